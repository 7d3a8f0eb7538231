"""What was typed stays in the browser until the server has it."""

import pytest
from playwright.sync_api import Page, expect

from movr import MovR
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, arrive, field, log_in, new_person
from tests.browser.states import start
from tests.browser.watch import Watch

HERE = {"latitude": 42.34701, "longitude": -71.09702}
WHERE = "Where are you leaving it?"
PLACE = "Copley Square"
KEPT = "Object.values(sessionStorage).join()"


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(**SCREENS["phone"], geolocation=HERE, permissions=["geolocation"])


def fill_in(page: Page) -> None:
    page.get_by_label("Scooter").check()
    field(page, "Colour").fill("Red")
    field(page, "Brand").fill("Rover")
    page.get_by_role("button", name="Use my location").click()
    expect(field(page, "Where is it parked?")).to_have_value("near Fenway Park")


def test_form_is_still_filled_in_after_a_reload_until_it_was_received(
    phone: Page, person: Person, backend: MovR
) -> None:
    log_in(phone, person, "/vehicles/add")
    fill_in(phone)
    phone.reload()
    expect(phone.get_by_label("Scooter")).to_be_checked()
    expect(field(phone, "Colour")).to_have_value("Red")
    expect(field(phone, "Where is it parked?")).to_have_value("near Fenway Park")
    expect(phone.locator("input[name=latitude]")).to_have_value("42.34701")
    phone.get_by_role("button", name="Share vehicle").click()
    arrive(phone, "Ada Byron", "Your vehicle is listed")
    (vehicle,) = backend.get_vehicles_of_owner(city="boston", owner_id=person.user.id).rows
    assert (vehicle.color, vehicle.latitude) == ("Red", 42.34701)
    phone.goto("/vehicles/add")
    expect(field(phone, "Colour")).to_have_value("")
    assert phone.evaluate(KEPT) == ""


def test_offline_says_so_before_anything_is_sent(
    phone: Page, person: Person, backend: MovR
) -> None:
    ride = start(backend, person)
    log_in(phone, person, "/rides")
    field(phone, WHERE).fill(PLACE)
    phone.context.set_offline(True)
    button = phone.get_by_role("button", name="End ride")
    button.click()
    expect(phone.get_by_role("alert")).to_contain_text("You're offline, so this wasn't sent.")
    arrive(phone, "Your rides")
    phone.context.set_offline(False)
    expect(phone.get_by_role("alert")).to_have_count(0)
    button.click()
    arrive(phone, "Your ride", f"Ride ended: {PLACE}")
    assert backend.get_vehicle(city=ride.city, vehicle_id=ride.vehicle_id).point is not None
    assert phone.evaluate(KEPT) == ""


def test_form_whose_network_failed_on_the_way_is_still_filled_in(
    phone: Page, person: Person, backend: MovR, watches: list[Watch]
) -> None:
    start(backend, person)
    log_in(phone, person, "/rides")
    field(phone, WHERE).fill(PLACE)
    phone.route("**/rides/end/*", lambda route: route.abort())
    with phone.expect_event("requestfailed"):
        phone.get_by_role("button", name="End ride").click()
    watches[0].problems.clear()
    phone.unroute("**/rides/end/*")
    phone.goto("/rides")
    expect(field(phone, WHERE)).to_have_value(PLACE)
    phone.get_by_role("button", name="End ride").click()
    arrive(phone, "Your ride", f"Ride ended: {PLACE}")


def test_nobody_else_gets_what_was_typed_and_no_password_is_kept(
    phone: Page, person: Person, backend: MovR
) -> None:
    log_in(phone, person, "/vehicles/add")
    fill_in(phone)
    kept = phone.evaluate(KEPT)
    assert "Rover" in kept
    assert "csrf_token" not in kept
    phone.context.clear_cookies()
    log_in(phone, new_person(backend), "/vehicles/add")
    expect(field(phone, "Brand")).to_have_value("")
    for path in (f"/users/password/{person.user.id}", "/register", "/login"):
        phone.context.clear_cookies()
        phone.goto(path)
        for secret in phone.locator("input[type=password]").all():
            secret.fill("a secret of mine")
    assert "a secret of mine" not in phone.evaluate(KEPT)
