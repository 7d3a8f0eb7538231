"""The list of vehicles stays whole, whether permission, scripts, tiles or an answer is missing."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from movr import MovR
from tests.browser.map_page import entry_of_a_pin, open_map, status, the_map
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY
from tests.browser.watch import Watch
from tests.support.tiles import TileServer

DESK = SCREENS["desk"]


def test_without_permission_the_list_stays_as_it_is(open_page: OpenPage):
    page = open_page(**DESK, permissions=[])
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    before = page.locator("[data-vehicle]").count()
    page.get_by_role("button", name="Near me").click()
    expect(page.get_by_text("We couldn't get your location")).to_be_visible()
    assert page.locator("[data-vehicle]").count() == before > 0
    assert urlsplit(page.url).path == "/vehicles"


def test_without_scripts_the_list_is_whole_and_there_is_no_map(open_page: OpenPage, backend: MovR):
    page = open_page(**DESK, java_script_enabled=False)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    assert page.locator("[data-vehicle]").count() == len(backend.get_vehicles(city=CITY).rows)
    for absent in (the_map(page), page.get_by_role("button", name="Near me")):
        expect(absent).to_be_hidden()


@pytest.mark.parametrize("script", ["leaflet.js", "leaflet-pins.js", "movr.js", "map-urls.js"])
def test_without_a_script_of_the_map_the_list_has_its_room(
    open_page: OpenPage, watches: list[Watch], script: str
):
    page = open_page(**DESK)
    page.route(f"**/{script}", lambda route: route.abort())
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    expect(page.locator("[data-vehicle]").first).to_be_visible()
    expect(the_map(page)).to_be_hidden()
    assert page.locator(".vehicle-list").bounding_box()["width"] > 1000
    assert watches[0].problems
    watches[0].problems.clear()


def test_without_tiles_the_pins_and_the_list_work(
    open_page: OpenPage, watches: list[Watch], tiles: TileServer
):
    page = open_page(**DESK)
    page.route(f"{tiles.origin}/**", lambda route: route.abort())
    watches[0].may_fail = tiles.origin
    open_map(page)
    expect(status(page)).to_have_text(
        re.compile(r"^\d+ vehicles? in view\. The map background couldn't load; the pins")
    )
    entry = entry_of_a_pin(page)
    entry.hover()
    expect(the_map(page).locator(".is-lit")).to_have_count(1)


def test_without_an_answer_the_map_says_so_and_asks_again_when_told(
    open_page: OpenPage, watches: list[Watch]
):
    page = open_page(**DESK)
    page.set_extra_http_headers({"X-City": CITY})

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route("**/vehicles.geojson*", fail)
    page.goto("/vehicles")
    expect(status(page)).to_have_text("The other vehicles couldn't load.")
    # Those of the list are there all the same.
    assert the_map(page).locator(".map-pin, .map-cluster").count() > 0
    again = page.get_by_role("button", name="Try again")
    with page.expect_request("**/vehicles.geojson*"):
        again.click()
    expect(status(page)).to_have_text("The other vehicles couldn't load.")
    page.unroute("**/vehicles.geojson*", fail)
    again.click()
    expect(status(page)).to_contain_text("vehicles in view")
    expect(again).to_be_hidden()
    assert all("vehicles.geojson" in problem for problem in watches[0].problems)
    watches[0].problems.clear()
