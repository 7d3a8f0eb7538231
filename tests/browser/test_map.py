"""The map beside the list of vehicles: pins and entries, filters, near me, the keyboard."""

import json
import re
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from movr import MovR
from tests.browser.map_page import entry_of_a_pin, feature, open_map, pin, status, the_map
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY, Person, fits, log_in, start_buttons
from tests.browser.states import start
from tests.support.tiles import TileServer

DESK, PHONE = SCREENS["desk"], SCREENS["phone"]
# Boston Common.
HERE = {"latitude": 42.3555, "longitude": -71.0656}
# Of a pin or of a cluster.
_NAME = r"^\d+ vehicles, \d+ available\. Zoom in\.$|^[^,]+, .+, (available|in use|reserved)$"
# How bright the text of an element is, and what it stands on, as WCAG 2 reckons it. axe does not
# say of clusters, which stand on pictures.
_COLOURS = """
(element) => ["color", "backgroundColor"].map((name) => {
  const parts = getComputedStyle(element)[name].match(/[\\d.]+/g).map(Number);
  const [red, green, blue, alpha = 1] = parts;
  if (alpha !== 1) throw new Error(`${name} is not solid`);
  const bright = (part) =>
    part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * bright(red) + 0.7152 * bright(green) + 0.0722 * bright(blue);
})
"""
LOCATED: dict[str, Any] = {"geolocation": HERE, "permissions": ["geolocation"]}


def test_map_shows_the_vehicles_in_view_and_its_pictures(page: Page, tiles: TileServer):
    open_map(page)
    expect(the_map(page).locator(".leaflet-tile-loaded").first).to_be_visible()
    assert the_map(page).locator(".map-pin, .map-cluster").count() > 1
    fits(page)


def test_entry_lights_its_pin_by_pointer_and_by_keyboard(open_page: OpenPage):
    page = open_page(**DESK)
    open_map(page)
    entry = entry_of_a_pin(page)
    lit = the_map(page).locator(".is-lit")
    page.mouse.move(0, 0)
    expect(lit).to_have_count(0)
    entry.hover()
    expect(lit).to_have_count(1)
    page.mouse.move(0, 0)
    expect(lit).to_have_count(0)
    entry.get_by_role("link").last.focus()
    expect(lit).to_have_count(1)
    entry.get_by_role("link").last.blur()
    expect(lit).to_have_count(0)


def test_pin_lights_its_entry_and_scrolls_to_it(open_page: OpenPage, wide_city: str):
    page = open_page(**DESK)
    open_map(page, city=wide_city)
    entry = page.locator("[data-vehicle*=',']").last
    entry.get_by_role("button", name="show on the map").click()
    popup = the_map(page).locator(".map-popup")
    expect(popup).to_contain_text(entry.get_by_role("heading").inner_text())
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    expect(entry).not_to_be_in_viewport()
    entry.evaluate("(entry) => entry.dispatchEvent(new PointerEvent('pointerenter'))")
    the_map(page).locator(".is-lit").click()
    expect(popup).to_be_visible()
    # The page has moved, and the pointer may be over another vehicle now.
    page.mouse.move(0, 0)
    expect(page.locator("[data-vehicle].is-lit")).to_have_count(1)
    expect(entry).to_have_class(re.compile("is-lit"))
    expect(entry).to_be_in_viewport()


def test_escape_on_a_phone_returns_the_focus_to_the_pin(open_page: OpenPage, wide_city: str):
    page = open_page(**PHONE)
    page.set_extra_http_headers({"X-City": wide_city})
    page.goto("/vehicles")
    page.get_by_role("button", name="show on the map").first.focus()
    page.keyboard.press("Enter")
    expect(the_map(page).locator(".map-popup :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(the_map(page).locator(".map-marker:focus")).to_have_count(1)


def test_entry_on_a_phone_leads_to_its_pin_and_back(open_page: OpenPage):
    page = open_page(**PHONE)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    expect(the_map(page)).to_be_hidden()
    page.get_by_role("button", name="show on the map").first.click()
    expect(the_map(page).locator(".map-popup")).to_be_visible()
    expect(page.locator("[data-vehicle]").first).to_be_hidden()
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.locator("[data-vehicle]").first).to_be_visible()
    expect(the_map(page)).to_be_hidden()


def test_leaflet_speaks_the_language_of_the_page(open_page: OpenPage):
    page = open_page(**DESK)
    page.add_init_script("""
      document.addEventListener("readystatechange", () => {
        const texts = document.querySelector("[data-text-zoom-in]")?.dataset;
        const words = { textZoomIn: "Nearer", textZoomOut: "Farther", textClose: "Shut" };
        Object.assign(texts ?? {}, words);
      });
    """)
    open_map(page)
    for name in ("Nearer", "Farther"):
        expect(the_map(page).get_by_role("button", name=name, exact=True)).to_be_visible()
    entry_of_a_pin(page).get_by_role("button", name="show on the map").click()
    expect(the_map(page).get_by_role("button", name="Shut", exact=True)).to_be_visible()


def test_ride_is_started_from_a_pin(open_page: OpenPage, person):
    page = open_page(**DESK)
    log_in(page, person)
    start_buttons(page).first.wait_for()
    free = page.locator("[data-vehicle*=',']").filter(has=start_buttons(page)).first
    free.get_by_role("button", name="show on the map").click()
    the_map(page).get_by_role("button", name="Start ride").click()
    expect(page.get_by_role("heading", name="You're riding the")).to_be_visible()


def test_vehicle_that_is_not_in_the_list_leads_to_the_list_around_it_during_a_ride(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(**DESK)
    start(backend, person)
    log_in(page, person)
    another = feature("another", (42.3, -71.00004), "available")
    found = {"type": "FeatureCollection", "complete": True, "features": [another]}
    page.route("**/vehicles.geojson*", lambda route: route.fulfill(json=found))
    open_map(page, "/vehicles?available=1#map=18/42.3/-71")
    pin(page, "Red bike, by the sea, available").click()
    the_map(page).get_by_role("link", name="Find it in the list").click()
    expect(page.get_by_text("nearest first")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"available": ["1"], "near": ["42.3000,-71.0000"]}


def test_filter_keeps_the_place_on_the_map(open_page: OpenPage):
    page = open_page(**DESK)
    open_map(page)
    zoom_in = the_map(page).get_by_role("button", name="Zoom in", exact=True)
    zoom_in.click()
    expect(page).to_have_url(re.compile(r"#map=\d+/42\.\d+/-71\.\d+$"))
    kept = urlsplit(page.url).fragment
    page.get_by_role("link", name="Bikes").click()
    expect(page).to_have_url(re.compile(r"type=bike"))
    assert urlsplit(page.url).fragment == kept
    expect(status(page)).to_contain_text("in view")
    pictures = the_map(page).locator(".map-pin .vehicle-icon")
    assert pictures.count() == the_map(page).locator(".map-pin .vehicle-icon-bike").count()


def test_filter_keeps_the_map_where_it_takes_turns_with_the_list(open_page: OpenPage):
    page = open_page(**PHONE)
    open_map(page)
    kept = urlsplit(page.url).fragment
    page.get_by_role("link", name="Bikes").click()
    expect(page).to_have_url(re.compile(r"type=bike"))
    assert urlsplit(page.url).fragment == kept != ""
    expect(the_map(page)).to_be_visible()
    page.get_by_role("button", name="List", exact=True).click()
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.locator("[data-vehicle]").first).to_be_visible()
    assert urlsplit(page.url).fragment == ""


def test_what_everybody_asks_for_is_the_same_within_a_tile(open_page: OpenPage):
    asked = []
    for sideways in (0.0, 0.0004):
        page = open_page(**DESK)
        page.on("request", lambda request: asked.append(request.url))
        open_map(page, f"/vehicles#map=15/42.3555/{-71.06 - sideways}")
    boxes = [parse_qs(urlsplit(url).query)["bbox"] for url in asked if "geojson" in url]
    assert len(boxes) == 2
    assert boxes[0] == boxes[1]


def test_near_me_sorts_the_list_by_distance(open_page: OpenPage, screen):
    page = open_page(**screen, **LOCATED)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles?type=bike")
    page.get_by_role("button", name="Near me").click()
    expect(page).to_have_url(re.compile(r"near=42\.3555(,|%2C)-71\.0656"))
    expect(page.get_by_text("nearest first")).to_be_visible()
    assert "type=bike" in page.url
    distances = page.locator(".vehicle-card-distance").all_inner_texts()
    metres = [
        float(number) * (1000 if unit == "km" else 1)
        for number, unit in (re.findall(r"([\d.]+) (k?m)", text)[0] for text in distances)
    ]
    assert metres == sorted(metres)
    assert len(metres) > 3
    fits(page)


def test_map_that_shows_only_some_says_so(open_page: OpenPage):
    page = open_page(**DESK)

    def cut(route: Route) -> None:
        answer = json.loads(route.fetch().text())
        route.fulfill(json=answer | {"complete": False})

    page.route("**/vehicles.geojson*", cut)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    expect(status(page)).to_contain_text("Zoom in to see the others")


def test_map_is_used_by_keyboard_and_may_be_skipped(open_page: OpenPage, wide_city: str):
    page = open_page(**DESK)
    open_map(page, city=wide_city)
    skip = page.get_by_role("link", name="Skip the map")
    skip.focus()
    expect(skip).to_be_in_viewport()
    pin(page, ", available").first.focus()
    page.keyboard.press("Enter")
    popup = the_map(page).locator(".map-popup")
    expect(popup).to_be_visible()
    # The focus follows the popup in a moment of its own.
    expect(popup.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(the_map(page).locator(".map-marker:focus")).to_have_count(1)
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.with-map-map') === null")


@pytest.mark.parametrize("zoom", [12, 18])
def test_every_pin_and_every_cluster_has_a_name(open_page: OpenPage, zoom: int):
    page = open_page(**DESK)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles")
    spot = str(page.locator("[data-vehicle*=',']").first.get_attribute("data-vehicle"))
    open_map(page, f"/vehicles?available=#map={zoom}/{spot.replace(',', '/')}")
    expect(page.locator(".map-marker").first).to_be_visible()
    markers = page.locator(".map-marker[role=button]").all()
    assert markers
    for marker in markers:
        expect(marker).to_have_accessible_name(re.compile(_NAME))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cluster_says_in_words_and_by_its_shape_if_none_is_to_be_had(
    open_page: OpenPage, theme: Literal["light", "dark"]
):
    page = open_page(**DESK, color_scheme=theme)
    # At one place, so that no zoom takes them apart.
    taken, mixed = (42.3, -71.0), (42.301, -71.001)
    found = [feature(f"taken {number}", taken, "unavailable") for number in range(11)]
    found += [feature(f"mixed {number}", mixed, "unavailable") for number in range(11)]
    found.append(feature("free", mixed, "available"))
    answer = {"type": "FeatureCollection", "complete": True, "features": found}
    page.route("**/vehicles.geojson*", lambda route: route.fulfill(json=answer))
    open_map(page, "/vehicles#map=18/42.3005/-71.0005")
    none = pin(page, "11 vehicles, 0 available. Zoom in.")
    some = pin(page, "12 vehicles, 1 available. Zoom in.")
    expect(none.locator(".map-cluster")).to_have_css("border-style", "dashed")
    expect(some.locator(".map-cluster")).to_have_css("border-style", "solid")
    for cluster in (none, some):
        ink, paper = cluster.locator(".map-cluster").evaluate(_COLOURS)
        # What WCAG asks of text in AA.
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5
