"""Picking a place for a form: on the map, by the browser's location, or in words."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place, Point, Vehicle
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, field, fits, log_in
from tests.browser.states import start
from tests.browser.watch import Watch
from tests.support.tiles import TileServer

DESK = SCREENS["desk"]
# Beside Fenway Park.
HERE = {"latitude": 42.34701, "longitude": -71.09702}
LOCATED: dict[str, Any] = {"geolocation": HERE, "permissions": ["geolocation"]}
WHERE = "Where is it parked?"


def the_map(page: Page) -> Locator:
    return page.get_by_role("group", name="Map to pick the place on")


def pin(page: Page) -> Locator:
    return the_map(page).get_by_text("The place you picked")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def point(page: Page) -> tuple[str, ...]:
    """What the form would send."""
    values = [page.locator(f"input[name={name}]") for name in ("latitude", "longitude")]
    return tuple(value.input_value() for value in values)


def share(page: Page) -> None:
    """Fill in the rest of the form and send it."""
    page.get_by_label("Bike").check()
    field(page, "Colour").fill("Red")
    field(page, "Brand").fill("Rover")
    press(page, "Share vehicle")
    expect(page.get_by_role("status").first).to_contain_text("Your vehicle is listed")


def vehicle_of(backend: MovR, person: Person) -> Vehicle:
    (vehicle,) = backend.get_vehicles_of_owner(city=person.user.city, owner_id=person.user.id).rows
    return vehicle


@pytest.fixture
def form(page: Page, person: Person) -> Page:
    """The form that shares a vehicle."""
    log_in(page, person, "/vehicles/add")
    return page


def test_place_is_picked_on_the_map_and_kept(form: Page, backend: MovR, person: Person):
    press(form, "Pick on the map")
    expect(the_map(form).locator(".leaflet-tile-loaded").first).to_be_visible()
    the_map(form).click(position={"x": 150, "y": 160})
    expect(pin(form)).to_be_attached()
    latitude, longitude = point(form)
    assert re.fullmatch(r"42\.\d{5}", latitude)
    fits(form)
    field(form, WHERE).fill("by the blue door")
    share(form)
    vehicle = vehicle_of(backend, person)
    assert (vehicle.last_location, vehicle.latitude, vehicle.longitude) == (
        "by the blue door",
        float(latitude),
        float(longitude),
    )


def test_browsers_location_is_taken_when_it_is_asked_for(
    open_page: OpenPage, screen: dict[str, Any], backend: MovR, person: Person
):
    page = open_page(**screen, **LOCATED)
    log_in(page, person, "/vehicles/add")
    assert point(page) == ("", "")
    press(page, "Use my location")
    expect(pin(page)).to_be_attached()
    expect(field(page, WHERE)).to_have_value("near Fenway Park")
    share(page)
    vehicle = vehicle_of(backend, person)
    assert (vehicle.last_location, vehicle.latitude, vehicle.longitude) == (
        "near Fenway Park",
        42.34701,
        -71.09702,
    )


def test_ride_ends_at_the_browsers_location(open_page: OpenPage, backend: MovR, person: Person):
    page = open_page(**DESK, **LOCATED)
    ride = start(backend, person)
    log_in(page, person, "/rides")
    press(page, "Use my location")
    expect(field(page, "Where are you leaving it?")).to_have_value("near Fenway Park")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_role("status").first).to_contain_text("Ride ended")
    vehicle = backend.get_vehicle(city=ride.city, vehicle_id=ride.vehicle_id)
    assert (vehicle.latitude, vehicle.longitude) == (42.34701, -71.09702)


def test_without_permission_words_and_map_are_left(open_page: OpenPage, person: Person):
    page = open_page(**DESK, permissions=[])
    log_in(page, person, "/vehicles/add")
    press(page, "Use my location")
    expect(page.get_by_text("We couldn't get your location")).to_be_visible()
    assert point(page) == ("", "")
    press(page, "Pick on the map")
    expect(the_map(page)).to_be_visible()


def test_without_scripts_words_are_all_that_is_asked_for(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(**DESK, java_script_enabled=False)
    log_in(page, person, "/vehicles/add")
    for button in ("Use my location", "Pick on the map"):
        expect(page.get_by_role("button", name=button)).to_be_hidden()
    field(page, WHERE).fill("Fenway Park")
    share(page)
    assert vehicle_of(backend, person).latitude == 42.3467


def test_without_tiles_the_map_says_so_and_still_takes_a_place(
    open_page: OpenPage, person: Person, watches: list[Watch], tiles: TileServer
):
    page = open_page(**DESK)
    page.route(f"{tiles.origin}/**", lambda route: route.abort())
    watches[0].may_fail = tiles.origin
    log_in(page, person, "/vehicles/add")
    press(page, "Pick on the map")
    expect(page.get_by_text("The map background couldn't load.")).to_be_visible()
    the_map(page).click(position={"x": 150, "y": 160})
    expect(pin(page)).to_be_attached()
    # That the pictures do not load takes nothing away from what was said of the pin.
    expect(page.locator("[data-place-status]")).to_have_text(
        re.compile(r"^The pin is set\. .*The map background couldn't load\.")
    )


def test_own_words_are_left_alone_and_keep_the_pin(form: Page):
    field(form, WHERE).fill("by the blue door")
    press(form, "Pick on the map")
    the_map(form).click(position={"x": 150, "y": 160})
    expect(field(form, WHERE)).to_have_value("by the blue door")
    picked = point(form)
    field(form, WHERE).fill("by the red door")
    field(form, WHERE).blur()
    assert point(form) == picked != ("", "")


def test_pin_comes_back_when_words_go_on_that_begin_like_a_known_place(form: Page):
    press(form, "Pick on the map")
    the_map(form).click(position={"x": 150, "y": 160})
    expect(pin(form)).to_be_attached()
    latitude = form.locator("[name=latitude]").input_value()
    field(form, WHERE).fill("")
    field(form, WHERE).press_sequentially("Fenway Park")
    assert form.locator("[name=latitude]").input_value() != latitude
    field(form, WHERE).press_sequentially(", gate B")
    assert form.locator("[name=latitude]").input_value() == latitude
    expect(pin(form)).to_be_attached()


def test_known_place_that_is_chosen_by_name_takes_the_pin_along(form: Page):
    press(form, "Pick on the map")
    the_map(form).click(position={"x": 150, "y": 160})
    picked = point(form)
    field(form, WHERE).fill("fenway park")
    field(form, WHERE).blur()
    expect(form.get_by_text("The pin is at this place: Fenway Park.")).to_be_visible()
    assert point(form) == ("42.34670", "-71.09720") != picked
    # It was put there by the words, and goes with them.
    field(form, WHERE).fill("by the blue door")
    field(form, WHERE).blur()
    assert point(form) == ("", "")


def test_pin_is_removed(form: Page):
    press(form, "Pick on the map")
    the_map(form).click(position={"x": 150, "y": 160})
    expect(pin(form)).to_be_attached()
    press(form, "Remove the pin")
    expect(pin(form)).not_to_be_attached()
    assert point(form) == ("", "")
    expect(form.get_by_role("button", name="Remove the pin")).to_be_hidden()


def test_place_is_picked_with_the_keyboard(open_page: OpenPage, person: Person):
    page = open_page(**DESK)
    log_in(page, person, "/vehicles/add")
    opener = page.get_by_role("button", name="Pick on the map")
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(the_map(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(pin(page)).to_be_attached()
    # The middle of the map is that of the city.
    assert [float(part) for part in point(page)] == pytest.approx([42.3601, -71.0589], abs=0.001)


def test_refused_form_still_shows_the_pin(form: Page):
    press(form, "Pick on the map")
    the_map(form).click(position={"x": 150, "y": 160})
    picked = point(form)
    form.locator("form.form-card").evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(form.get_by_text("Choose a type.")).to_be_visible()
    expect(pin(form)).to_be_attached()
    assert point(form) == picked


FENWAY = Place("Fenway Park", Point(42.3467, -71.0972))
CHURCH = Place("behind the chruch", Point(42.35123, -71.06123))


def where(vehicle: Vehicle) -> Place:
    return Place(vehicle.last_location, vehicle.point)


def change(page: Page, backend: MovR, person: Person, spot: Place) -> None:
    """Look at the form that changes the person's only vehicle, which stands there."""
    backend.add_vehicle(
        city=person.user.city,
        owner_id=person.user.id,
        vehicle_type=VehicleType.BIKE,
        color="red",
        brand="Rover",
        place=spot,
    )
    vehicle = vehicle_of(backend, person)
    log_in(page, person, f"/vehicles/change/{vehicle.id}?city={vehicle.city}")


def save(page: Page) -> None:
    press(page, "Save changes")
    expect(page.get_by_role("status").first).to_contain_text("Your changes are saved.")


def test_pin_of_a_vehicle_is_shown_and_stays_when_its_words_are_corrected(
    page: Page, backend: MovR, person: Person
):
    change(page, backend, person, CHURCH)
    expect(pin(page)).to_be_visible()
    assert point(page) == ("42.35123", "-71.06123")
    field(page, WHERE).fill("behind the church")
    save(page)
    assert where(vehicle_of(backend, person)) == Place(
        "behind the church", Point(42.35123, -71.06123)
    )


def test_pin_of_a_vehicle_is_removed_though_its_words_stay(
    page: Page, backend: MovR, person: Person
):
    change(page, backend, person, CHURCH)
    press(page, "Remove the pin")
    expect(page.get_by_text("Your description is enough")).to_be_visible()
    # Nor does it come back with a form that is refused.
    field(page, "Brand").fill("")
    form = page.get_by_role("main").locator("form")
    form.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.get_by_text("Enter the brand.")).to_be_visible()
    assert point(page) == ("", "")
    field(page, "Brand").fill("Rover")
    save(page)
    assert where(vehicle_of(backend, person)) == Place("behind the chruch")


def test_pin_of_a_vehicle_at_a_known_place_goes_where_its_words_go(
    page: Page, backend: MovR, person: Person
):
    change(page, backend, person, FENWAY)
    expect(pin(page)).to_be_visible()
    field(page, WHERE).fill("Boston Common")
    field(page, WHERE).blur()
    expect(page.get_by_text("The pin is at this place: Boston Common.")).to_be_visible()
    assert point(page) != ("42.34670", "-71.09720")
    field(page, WHERE).fill("by the blue door")
    field(page, WHERE).blur()
    expect(page.get_by_text("The pin was removed because the description changed.")).to_be_visible()
    assert point(page) == ("", "")


def test_pin_of_a_vehicle_at_a_known_place_is_of_its_words(
    page: Page, backend: MovR, person: Person
):
    change(page, backend, person, FENWAY)
    expect(pin(page)).to_be_visible()
    field(page, WHERE).fill("by the blue door")
    # Said while it is typed: the message must not move the button that is pressed next.
    expect(page.locator("[data-place-status]")).to_contain_text("The pin was removed")
    save(page)
    assert where(vehicle_of(backend, person)) == Place("by the blue door")
