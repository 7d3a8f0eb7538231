"""The map by Google, as far as our side of it goes: their script is played by a few lines here.

That Google's own script does with ours what this one does cannot be tried without Google.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from movr import MovR
from tests.browser.site import CITY, Person, field, sign_in
from tests.browser.watch import Watch
from tests.support.gunicorn_server import GunicornServer

GOOGLE = "https://maps.googleapis.com"

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
      setTimeout(() => this.tell("idle"));
    }
    getBounds() {
      return { toJSON: () => ({ south: 42.2, west: -71.2, north: 42.5, east: -70.9 }) };
    }
    getCenter() { return point(this.center); }
    getZoom() { return this.zoom; }
    setCenter(center) { this.center = center.lat.call ? { lat: center.lat(), lng: 0 } : center; }
    setZoom(zoom) { this.zoom = zoom; this.tell("zoom_changed"); }
    fitBounds() { this.tell("idle"); }
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
    }
    getPosition() { return point(this.options.position); }
    setIcon(icon) { this.button.dataset.fill = icon?.fillColor; }
    setMap() { this.button.remove(); }
  }
  class InfoWindow extends Listening {
    setContent(content) { this.content = content; }
    open({ map }) {
      this.content.className = "googles-window";
      map.box.append(this.content);
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
    entry = page.locator("[data-vehicle][data-latitude]").first
    entry.hover()
    expect(the_map.locator(".googles-marker[data-fill='#ffc94d']")).to_have_count(1)
    entry.get_by_role("button", name="show on the map").click()
    expect(the_map.locator(".googles-window")).to_contain_text(
        entry.get_by_role("heading").inner_text()
    )
    expect(entry).to_have_class(re.compile("is-lit"))


def test_place_is_picked_on_googles_map(page: Page, google: list[str], person: Person):
    sign_in(page, person, "/vehicles/add")
    page.get_by_role("button", name="Pick on the map").click()
    page.get_by_role("group", name="Map to pick the place on").click()
    expect(page.get_by_role("button", name="The place that you picked")).to_be_visible()
    assert page.locator("input[name=latitude]").input_value() == "42.35000"
    assert field(page, "Where it stands").input_value().startswith("near ")


def test_without_google_the_list_has_the_room_of_the_map(page: Page, watches: list[Watch]):
    page.route(f"{GOOGLE}/**", lambda route: route.abort())
    page.goto("/vehicles")
    expect(page.get_by_role("region", name="Map of the vehicles")).to_be_hidden()
    expect(page.locator("[data-vehicle]").first).to_be_visible()
    assert all(GOOGLE in problem for problem in watches[0].problems)
    watches[0].problems.clear()
