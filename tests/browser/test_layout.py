"""Pages hold together with the longest texts, and weigh what a phone can carry."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place
from movr.rules import Lengths
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import (
    CITY,
    Person,
    arrive,
    banner,
    field,
    fits,
    log_in,
    new_person,
    running_ride,
    start_buttons,
)


@pytest.fixture
def long_person(backend: MovR) -> Person:
    """Somebody whose every word is as long as the forms allow, and so are the vehicle's."""
    person = new_person(
        backend,
        first_name="F" * Lengths.NAME,
        last_name="L" * Lengths.NAME,
        email=f"{'e' * 60}@{'d' * 60}.example.com",
        username=uuid4().hex.ljust(Lengths.USERNAME, "x"),
    )
    backend.add_vehicle(
        city=CITY,
        owner_id=person.user.id,
        vehicle_type=VehicleType.SKATEBOARD,
        color="C" * Lengths.NAME,
        brand="B" * Lengths.NAME,
        place=Place("W" * Lengths.LOCATION),
    )
    return person


def fits_everywhere(page: Page) -> None:
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        fits(page)


def test_longest_texts_fit(open_page: OpenPage, backend: MovR, long_person: Person) -> None:
    page = open_page()
    owner = long_person.user
    log_in(page, long_person, "/users/me")
    arrive(page, f"{owner.first_name} {owner.last_name}")
    fits_everywhere(page)
    for path in ("/users", "/vehicles/add"):
        page.goto(path)
        fits_everywhere(page)
    vehicle = backend.get_vehicles_of_owner(city=CITY, owner_id=owner.id).rows[0]
    backend.start_ride(city=CITY, vehicle_id=vehicle.id, rider_city=CITY, rider_id=owner.id)
    page.goto("/vehicles")
    expect(banner(page)).to_contain_text(vehicle.color.lower())
    fits_everywhere(page)
    page.goto("/rides")
    expect(running_ride(page)).to_contain_text(vehicle.last_location)
    fits_everywhere(page)
    place = "Z" * Lengths.LOCATION
    field(page, "Where are you leaving it?").fill(place)
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fits_everywhere(page)
    page.get_by_role("button", name="End ride anyway").click()
    arrive(page, "Your ride", place)
    fits_everywhere(page)
    page.goto("/rides")
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text(place)
    fits_everywhere(page)
    page.goto(f"/vehicles/change/{vehicle.id}")
    fits_everywhere(page)


def test_full_page_of_vehicles_is_light(open_page: OpenPage, person: Person) -> None:
    page = open_page()
    log_in(page, person)
    answer = page.request.get("/vehicles")
    assert page.get_by_role("main").get_by_role("heading", level=2).count() == 24
    assert len(answer.body()) < 60_000


def test_first_vehicle_stands_in_the_first_third_of_a_phone(
    open_page: OpenPage, person: Person
) -> None:
    page = open_page(**SCREENS["phone"])
    log_in(page, person)
    first = page.locator("[data-vehicle]").first
    top = first.evaluate("(card) => card.getBoundingClientRect().top")
    assert top <= 844 / 3
    expect(page.get_by_text("Change city")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Near me")).to_be_visible()
    chips = page.locator(".filters .chip").evaluate_all(
        "(chips) => chips.map((chip) => chip.getBoundingClientRect().top)"
    )
    # One row, with a pixel to spare for rounding.
    assert max(chips) - min(chips) <= 1
    fits(page)


def test_map_has_the_right_side_of_a_wide_window(open_page: OpenPage, person: Person) -> None:
    page = open_page(viewport={"width": 1500, "height": 900})
    log_in(page, person)
    expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()
    right, bottom, width = page.locator(".with-map-map").evaluate(
        """(map) => {
          const { right, bottom } = map.getBoundingClientRect();
          return [right, bottom, document.documentElement.clientWidth];
        }"""
    )
    assert (right, bottom) == (width, 900)
    left = page.get_by_role("heading", level=1).bounding_box()
    brand = page.get_by_role("link", name="MovR").bounding_box()
    assert left is not None
    assert brand is not None
    assert left["x"] == brand["x"]
    fits(page)


def test_start_is_outlined_and_the_distance_stands_out(open_page: OpenPage, person: Person) -> None:
    page = open_page(**SCREENS["desk"])
    log_in(page, person, "/vehicles?near=42.3555,-71.0656&available=1")
    expect(start_buttons(page).first).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    weight = "(text) => getComputedStyle(text).fontWeight"
    assert page.locator(".vehicle-card-distance").first.evaluate(weight) == "600"


def test_banners_are_low_on_the_smallest_phone_and_say_everything(
    open_page: OpenPage, backend: MovR
) -> None:
    owner, rider, other = (new_person(backend) for _ in range(3))
    ridden, reserved = (
        backend.add_vehicle(
            city=CITY,
            owner_id=owner.user.id,
            vehicle_type=VehicleType.SKATEBOARD,
            color="silver",
            brand="Longboard",
            place=Place("Boston Common"),
        )
        for _ in range(2)
    )
    me, them = ({"rider_city": CITY, "rider_id": each.user.id} for each in (rider, other))
    backend.start_ride(city=CITY, vehicle_id=ridden, **me)
    backend.reserve_vehicle(city=CITY, vehicle_id=reserved, **them)
    for person, name, highest, said in (
        (rider, "Ride in progress", 80, "You're riding the silver skateboard"),
        (other, "Your reservation", 130, "Reserved: silver skateboard"),
    ):
        page = open_page(viewport={"width": 320, "height": 568}, has_touch=True)
        log_in(page, person)
        strip = page.get_by_role("complementary", name=name)
        expect(strip).to_contain_text(said)
        if person is other:
            expect(strip.get_by_role("timer")).to_contain_text("left")
            expect(strip).to_contain_text("Boston Common")
        assert height(strip) <= highest
        assert min(map(height, strip.locator(".btn").all())) >= 44
        assert min(map(height, strip.get_by_role("link").all()), default=44) >= 24
        fits(page)


def height(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["height"]


def test_list_does_not_move_when_its_map_can_be_shown(page: Page) -> None:
    held: list[Route] = []
    page.route("**/vehicle-map*.js", lambda route: held.append(route))
    page.goto("/vehicles", wait_until="commit")
    # With its style, and parsed up to the script that is held up.
    expect(page.locator(".with-map")).to_have_css("position", "relative")
    page.wait_for_function("document.readyState === 'interactive'")
    card = page.locator("[data-vehicle]").first
    before = card.bounding_box()
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".has-map")).to_have_count(1)
    assert card.bounding_box() == before
