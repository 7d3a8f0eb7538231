"""A place in words alone loses the vehicle to the map: pages ask for a pin first."""

import pytest
from playwright.sync_api import Page, expect

from movr import MovR
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, arrive, field, fits, log_in
from tests.browser.states import start

WHERE = "Where are you leaving it?"
SOMEWHERE = "behind the church"
HERE = {"latitude": 42.34701, "longitude": -71.09702}


@pytest.mark.parametrize("scripts", [True, False])
def test_ride_ends_at_words_alone_only_when_it_is_said_twice(
    open_page: OpenPage, backend: MovR, person: Person, scripts: bool
) -> None:
    page = open_page(**SCREENS["phone"], java_script_enabled=scripts)
    ride = start(backend, person)
    log_in(page, person, "/rides")
    field(page, WHERE).fill(SOMEWHERE)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_role("alert")).to_contain_text("Riders won't see it on the map.")
    expect(field(page, WHERE)).to_have_value(SOMEWHERE)
    fits(page)
    page.get_by_role("button", name="End ride anyway").click()
    arrive(page, "Your ride", f"Ride ended: {SOMEWHERE}")
    page.goto("/vehicles")
    vehicle = backend.get_vehicle(city=ride.city, vehicle_id=ride.vehicle_id)
    assert vehicle.point is None


def test_question_is_gone_with_the_pin_that_it_asks_for(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    page = open_page(**SCREENS["desk"], geolocation=HERE, permissions=["geolocation"])
    ride = start(backend, person)
    log_in(page, person, "/rides")
    field(page, WHERE).fill(SOMEWHERE)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="End ride", exact=True).click()
    arrive(page, "Your ride", f"Ride ended: {SOMEWHERE}")
    vehicle = backend.get_vehicle(city=ride.city, vehicle_id=ride.vehicle_id)
    assert (vehicle.latitude, vehicle.longitude) == (42.34701, -71.09702)


def test_first_and_foremost_button_of_a_place_is_the_riders_own_location(
    page: Page, person: Person
) -> None:
    log_in(page, person, "/vehicles/add")
    buttons = page.locator("[data-place-picker]").get_by_role("button")
    expect(buttons.first).to_have_text("Use my location")
    primary = page.locator("[data-place-picker] .btn-primary")
    expect(primary).to_have_count(1)
    expect(primary).to_have_text("Use my location")


def test_place_in_another_country_is_refused_before_anything_is_sent(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    paris = {"latitude": 48.8566, "longitude": 2.3522}
    page = open_page(**SCREENS["desk"], geolocation=paris, permissions=["geolocation"])
    start(backend, person)
    log_in(page, person, "/rides")
    page.get_by_role("button", name="Use my location").click()
    expect(
        page.get_by_text("That's 5,500 km from Boston. Pick a place in the city.")
    ).to_be_visible()
    expect(page.locator("input[name=latitude]")).to_have_value("")
    expect(field(page, WHERE)).to_have_value("")
    # What was picked before stays.
    page.context.set_geolocation(HERE)
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("input[name=latitude]")).to_have_value("42.34701")
    page.context.set_geolocation(paris)
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_text("That's 5,500 km from Boston.")).to_be_visible()
    expect(page.locator("input[name=latitude]")).to_have_value("42.34701")
