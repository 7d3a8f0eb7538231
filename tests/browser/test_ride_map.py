"""The small map of where a ride began and ended: on its receipt, and beside the list on a desk."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.records import Ride
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY, Person, fits, log_in, new_person
from tests.browser.states import COMMON, end, ride_in_words, ride_once, share_one
from tests.browser.watch import Watch
from tests.support.tiles import TileServer

DESK, PHONE = SCREENS["desk"], SCREENS["phone"]


def the_map(page: Page) -> Locator:
    return page.get_by_role("figure", name="Map of where the ride began and ended")


def stops(page: Page) -> Locator:
    return the_map(page).locator(".map-stop")


def ride_around(backend: MovR, person: Person) -> Ride:
    """Begin and end at the same place."""
    vehicle_id = share_one(backend, new_person(backend), point=COMMON)
    ride = backend.start_ride(
        city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=person.user.id
    )
    return end(backend, person, ride, COMMON)


def test_receipt_has_a_map_with_a_pin_for_start_and_end(page: Page, backend: MovR, person: Person):
    log_in(page, person, f"/rides/{ride_once(backend, person)}")
    expect(the_map(page).locator(".leaflet-tile-loaded").first).to_be_visible()
    start, finish = stops(page).all()
    expect(start).to_have_text("Harvard Square")
    expect(start).to_have_class(re.compile("is-start"))
    expect(finish).to_have_text("Boston Common")
    expect(finish).to_have_class(re.compile("is-end"))
    # Harvard is west of the Common, and north of it.
    (one, other), frame = (
        (start.bounding_box(), finish.bounding_box()),
        the_map(page).bounding_box(),
    )
    assert one["x"] < other["x"]
    assert one["y"] < other["y"]
    for box in (one, other):
        assert frame["x"] <= box["x"] <= frame["x"] + frame["width"] - box["width"]
        assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] - box["height"]
    # A picture: whoever scrolls or tabs past it is not caught.
    expect(the_map(page).get_by_role("button")).to_have_count(0)
    assert the_map(page).locator("[tabindex='0']").count() == 0
    fits(page)


def test_ride_around_has_one_pin(page: Page, backend: MovR, person: Person):
    log_in(page, person, f"/rides/{ride_around(backend, person).id}")
    expect(stops(page)).to_have_count(1)
    expect(stops(page)).to_have_class(re.compile("is-end"))


def test_receipt_of_words_has_neither_map_nor_box(page: Page, backend: MovR, person: Person):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    log_in(page, person, f"/rides/{ride_in_words(backend, person)}")
    expect(page.get_by_text("Boston Common").first).to_be_visible()
    expect(the_map(page)).to_have_count(0)
    assert not [url for url in asked if "map" in url or "leaflet" in url]


def test_without_scripts_the_receipt_is_as_good_as_without_a_map(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(java_script_enabled=False, **PHONE)
    log_in(page, person, f"/rides/{ride_once(backend, person)}")
    expect(page.get_by_text("Harvard Square")).to_be_visible()
    expect(page.locator("figure")).to_be_hidden()


@pytest.mark.parametrize("script", ["leaflet.js", "movr.js", "map-code.js"])
def test_without_a_script_of_the_map_there_is_no_empty_box(
    open_page: OpenPage, backend: MovR, person: Person, watches: list[Watch], script: str
):
    page = open_page(**DESK)
    page.route(f"**/{script}", lambda route: route.abort())
    ride_id = ride_once(backend, person)
    for path in (f"/rides/{ride_id}", "/rides"):
        log_in(page, person, path)
        expect(page.locator("figure")).to_be_hidden()
        expect(page.get_by_text("Harvard Square").first).to_be_visible()
    assert page.locator(".vehicle-list").bounding_box()["width"] > 1000
    # What comes of it is on record when the page is gone.
    page.goto("about:blank")
    assert watches[0].problems
    watches[0].problems.clear()


def test_without_tiles_the_map_says_so(
    open_page: OpenPage, backend: MovR, person: Person, watches: list[Watch], tiles: TileServer
):
    page = open_page(**PHONE)
    page.route(f"{tiles.origin}/**", lambda route: route.abort())
    watches[0].may_fail = tiles.origin
    log_in(page, person, f"/rides/{ride_once(backend, person)}")
    expect(the_map(page).get_by_role("status")).to_have_text(
        "The map background couldn't load; the pins are still right."
    )
    expect(stops(page)).to_have_count(2)


def test_list_on_a_desk_shows_the_newest_ride_and_then_the_one_that_is_chosen(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(**DESK)
    ride_once(backend, person)
    ride_in_words(backend, person)
    ride_around(backend, person)
    ride_in_words(backend, person)
    log_in(page, person, "/rides")
    caption = the_map(page).locator(".ride-route")
    # The newest one that is known to the map.
    expect(stops(page)).to_have_count(1)
    around, further = page.locator(".is-ride").nth(1), page.locator(".is-ride").last
    expect(around).to_have_class(re.compile("is-lit"))
    further.hover()
    expect(stops(page)).to_have_count(2)
    expect(caption).to_have_text("Harvard Square to Boston Common")
    expect(page.locator(".is-ride.is-lit")).to_have_count(1)
    expect(further).to_have_class(re.compile("is-lit"))
    page.mouse.move(0, 0)
    around.get_by_role("link").focus()
    expect(stops(page)).to_have_count(1)
    expect(around).to_have_class(re.compile("is-lit"))
    # There is nothing to show of this one: the map says which ride it still shows.
    page.locator(".is-ride").first.hover()
    page.wait_for_timeout(400)
    expect(around).to_have_class(re.compile("is-lit"))
    fits(page)


def test_list_on_a_phone_loads_no_map_until_there_is_room_for_one(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(**PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ride_once(backend, person)
    log_in(page, person, "/rides")
    page.wait_for_load_state("networkidle")
    expect(page.locator("figure")).to_be_hidden()
    assert not [url for url in asked if "leaflet" in url]
    page.set_viewport_size(DESK["viewport"])
    expect(stops(page)).to_have_count(2)
