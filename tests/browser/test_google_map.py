"""The map by Google, as far as our side of it goes: their script is played by a few lines here.

That Google's own script does with ours what this one does cannot be tried without Google.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from movr import MovR
from tests.browser.map_page import feature
from tests.browser.site import CITY, Person, field, log_in
from tests.browser.states import ride_once, share_in_every_state
from tests.browser.watch import Watch
from tests.support.gunicorn_server import GunicornServer

GOOGLE = "https://maps.googleapis.com"
# By the sea, without any other vehicle, and a street further.
FAR = [42.3, -71.0]
NEXT = [42.301, -71.001]

# What our script uses of Google's, with every marker as a button of the page.
_SCRIPT = """
(() => {
  const point = (place) => ({ lat: () => place.lat, lng: () => place.lng });
  class Listening {
    listeners = {};
    addListener(name, act) { this.listeners[name] = act; }
    tell(name, about) { this.listeners[name]?.(about); }
  }
  class Map extends Listening {
    constructor(box, { center, zoom }) {
      super();
      Object.assign(this, { box, center, zoom });
      const pressed = { latLng: point({ lat: 42.35, lng: -71.06 }) };
      box.addEventListener("click", ({ target }) => target === box && this.tell("click", pressed));
      window.googlesMap = this;
      this.settle();
    }
    settle() { setTimeout(() => this.tell("idle")); }
    getBounds() {
      const { center: { lat, lng }, zoom } = this;
      const half = 360 / 2 ** zoom;
      const bounds = { south: lat - half, west: lng - half, north: lat + half, east: lng + half };
      return { toJSON: () => bounds };
    }
    getCenter() { return point(this.center); }
    getZoom() { return this.zoom; }
    setCenter(center) {
      this.center = center.lat.call ? { lat: center.lat(), lng: center.lng() } : center;
      this.settle();
    }
    setZoom(zoom) {
      this.zoom = zoom;
      this.tell("zoom_changed");
      this.settle();
    }
    fitBounds() { this.settle(); }
  }
  class Marker extends Listening {
    constructor(options) {
      super();
      this.options = options;
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "googles-marker";
      this.button.textContent = options.title;
      this.button.addEventListener("click", () => this.tell("click"));
      options.map.box.append(this.button);
      this.setIcon(options.icon);
      this.setLabel(options.label);
    }
    getPosition() { return point(this.options.position); }
    setIcon(icon) { this.button.dataset.fill = icon?.fillColor; }
    setLabel(label) { this.button.dataset.label = label?.text; }
    setMap() {
      this.button.remove();
      // What hangs on a marker goes with it.
      this.window?.close();
    }
  }
  class InfoWindow extends Listening {
    setContent(content) { this.content = content; }
    open({ anchor, map }) {
      this.close();
      Object.assign(this, { anchor, open_content: this.content });
      anchor.window = this;
      this.content.className = "googles-window";
      map.box.append(this.content);
    }
    close() {
      this.open_content?.remove();
      if (this.anchor) this.anchor.window = null;
    }
  }
  class LatLngBounds { extend() {} }
  window.google = { maps: { Map, Marker, InfoWindow, LatLngBounds, SymbolPath: { CIRCLE: 0 } } };
  window.movrGoogleMapsAreReady();
})();
"""


@pytest.fixture(scope="module")
def google_server(backend: MovR, db_uri: str) -> Iterator[GunicornServer]:
    """The site with a key for Google Maps."""
    with GunicornServer({"DEBUG": "True", "DB_URI": db_uri, "API_KEY": "a-key"}) as running:
        yield running


@pytest.fixture
def page(browser: Browser, google_server: GunicornServer, watches: list[Watch]) -> Iterator[Page]:
    context = browser.new_context(
        base_url=google_server.url,
        viewport={"width": 1280, "height": 800},
        extra_http_headers={"X-City": CITY},
    )
    context.set_default_timeout(15_000)
    watches.append(Watch(context, google_server.url, GOOGLE))
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def google(page: Page) -> list[str]:
    """Plays Google; returns the addresses that it was asked for."""
    asked: list[str] = []

    def answer(route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=_SCRIPT, content_type="text/javascript")

    page.route(f"{GOOGLE}/**", answer)
    return asked


def test_vehicles_are_on_googles_map(page: Page, google: list[str]):
    page.goto("/vehicles")
    the_map = page.get_by_role("region", name="Map of the vehicles")
    expect(the_map.get_by_role("status")).to_contain_text("vehicles in view")
    assert len(google) == 1
    assert "key=a-key&" in google[0]
    entry = page.locator("[data-vehicle*=',']").first
    entry.hover()
    expect(the_map.locator(".googles-marker[data-fill='#ffc94d']")).to_have_count(1)
    entry.get_by_role("button", name="show on the map").click()
    expect(the_map.locator(".googles-window")).to_contain_text(
        entry.get_by_role("heading").inner_text()
    )
    expect(entry).to_have_class(re.compile("is-lit"))


def answer_with(page: Page, *vehicles: dict[str, Any]) -> None:
    """Let these be all the vehicles in view, but for those of the list."""
    found = {"type": "FeatureCollection", "complete": True, "features": vehicles}
    page.route("**/vehicles.geojson*", lambda route: route.fulfill(json=found))


def entry_apart(page: Page) -> tuple[Locator, list[float]]:
    """The entry of the list that stands furthest from the others, so in no group, and its point."""
    entries = page.locator("[data-vehicle*=',']")
    spots = entries.evaluate_all(
        "(all) => all.map(({ dataset }) => dataset.vehicle.split(',').map(Number))"
    )
    gaps = [
        min(math.dist(spot, other) for each, other in enumerate(spots) if each != number)
        for number, spot in enumerate(spots)
    ]
    number = gaps.index(max(gaps))
    return entries.nth(number), spots[number]


def test_what_is_open_stays_open_while_others_come_into_view(page: Page, google: list[str]):
    # Away from all, so that showing one of the list leads to where the map has to ask anew.
    page.goto("/vehicles#map=18/42.1/-71.3")
    the_map = page.get_by_role("region", name="Map of the vehicles")
    expect(the_map.get_by_role("status")).to_have_text("0 vehicles in view.")
    entry, spot = entry_apart(page)
    # One that stands beside it makes a group of them, with a marker of its own.
    answer_with(page, feature("another", spot, "unavailable"))
    entry.get_by_role("button", name="show on the map").click()
    window = the_map.locator(".googles-window")
    expect(window).to_contain_text(entry.get_by_role("heading").inner_text())
    window.evaluate("(window) => { window.dataset.old = '' }")
    both = the_map.get_by_role("button", name=re.compile("^2 vehicles"))
    expect(both).not_to_have_count(0)
    expect(the_map.get_by_role("status")).to_have_text(re.compile(r"^[1-9]\d* vehicles? in view"))
    expect(the_map.locator(".googles-window[data-old]")).to_be_visible()
    expect(entry).to_have_class(re.compile("is-lit"))


def test_what_is_open_goes_with_its_vehicle(page: Page, google: list[str]):
    answer_with(page, feature("another", FAR, "available"))
    page.goto(f"/vehicles#map=18/{FAR[0]}/{FAR[1]}")
    page.get_by_role("button", name="Red bike, by the sea, available").click()
    window = page.locator(".googles-window")
    expect(window).to_be_visible()
    answer_with(page)
    page.evaluate("googlesMap.setCenter({ lat: 42.2, lng: -70.8 })")
    expect(window).to_have_count(0)


def test_markers_that_stay_the_same_are_left_alone(page: Page, google: list[str]):
    answer_with(page, feature("one", FAR, "available"), feature("two", NEXT, "available"))
    page.goto(f"/vehicles#map=18/{FAR[0]}/{FAR[1]}")
    stays = page.get_by_role("button", name="Red bike, by the sea, available")
    expect(stays).to_have_count(2)
    all_markers = page.locator(".googles-marker")
    before = all_markers.count()
    all_markers.evaluate_all("(all) => { for (const each of all) each.dataset.old = '' }")
    answer_with(page, feature("one", FAR, "available"), feature("two", NEXT, "unavailable"))
    page.evaluate("googlesMap.setCenter({ lat: 42.2, lng: -70.8 })")
    # Only the one that has changed is another.
    expect(page.get_by_role("button", name="Red bike, by the sea, in use")).to_have_count(1)
    expect(all_markers).to_have_count(before)
    expect(page.locator(".googles-marker[data-old]")).to_have_count(before - 1)


def test_cluster_says_whether_one_of_them_is_to_be_had(page: Page, google: list[str]):
    answer_with(
        page,
        feature("a", FAR, "unavailable"),
        feature("b", FAR, "available"),
        feature("c", NEXT, "unavailable"),
        feature("d", NEXT, "unavailable"),
    )
    page.goto(f"/vehicles#map=18/{FAR[0]}/{FAR[1]}")
    some = page.get_by_role("button", name="2 vehicles, 1 available. Zoom in.")
    none = page.get_by_role("button", name="2 vehicles, 0 available. Zoom in.")
    # Neither has the colour of its first vehicle, nor of any one.
    expect(some).to_have_attribute("data-fill", "#06333a")
    expect(none).to_have_attribute("data-fill", "#fff")


def test_place_is_picked_on_googles_map(page: Page, google: list[str], person: Person):
    log_in(page, person, "/vehicles/add")
    page.get_by_role("button", name="Pick on the map").click()
    page.get_by_role("group", name="Map to pick the place on").click()
    expect(page.get_by_role("button", name="The place you picked")).to_be_visible()
    assert page.locator("input[name=latitude]").input_value() == "42.35000"
    assert field(page, "Where is it parked?").input_value().startswith("near ")


def test_small_map_of_a_ride_is_googles_too(
    page: Page, google: list[str], backend: MovR, person: Person
):
    ride_id = ride_once(backend, person)
    for path in (f"/rides/{ride_id}", "/rides"):
        log_in(page, person, path)
        names = page.get_by_role("figure").locator(".googles-marker")
        expect(names).to_have_text(["Harvard Square", "Boston Common"])
        # Hollow and filled.
        expect(names.first).to_have_attribute("data-fill", "#fff")
        expect(names.last).to_have_attribute("data-fill", "#0b6e7c")
    assert len(google) == 2


def test_owners_vehicles_are_on_googles_map_in_every_state(
    page: Page, google: list[str], backend: MovR, person: Person
):
    share_in_every_state(backend, person)
    log_in(page, person, "/users/me")
    page.get_by_text("Show on the map").click()
    # In colour, and with a letter or a sign.
    for state, fill, label in (
        ("Available", "#0b6e7c", "B"),
        ("In use", "#fff", "B"),
        ("Paused", "#fff", "II"),
        ("Problem", "#c22f3d", "!"),
    ):
        marker = page.get_by_role("button", name=re.compile(f"Harvard Square, {state}$"))
        expect(marker).to_have_attribute("data-fill", fill)
        expect(marker).to_have_attribute("data-label", label)
    marker.click()
    page.locator(".googles-window").get_by_role("link", name="Find it in the list").click()
    expect(page.locator(".is-own:target")).to_be_in_viewport()


def test_without_google_the_list_has_the_room_of_the_map(page: Page, watches: list[Watch]):
    page.route(f"{GOOGLE}/**", lambda route: route.abort())
    page.goto("/vehicles")
    expect(page.get_by_role("region", name="Map of the vehicles")).to_be_hidden()
    expect(page.locator("[data-vehicle]").first).to_be_visible()
    assert all(GOOGLE in problem for problem in watches[0].problems)
    watches[0].problems.clear()
