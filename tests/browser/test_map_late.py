"""A pin that was chosen in the list, while the other vehicles of the map are still on their way."""

import json
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.map_page import feature, the_map
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY

DESK = SCREENS["desk"]
# Others may have left vehicles reserved, whose pins say so and have no link.
AVAILABLE = "/vehicles?available=1"
# Where the list has its vehicles: the first one alone, the others far from it.
ALONE = ["42.36,-71.06", *(f"{42.2 + number / 500:.3f},-71.06" for number in range(23))]
# Where the map first shows a cluster of the eighth vehicle and another one.
CROWDED = [
    "42.358615,-71.057543",
    "42.359925,-71.056301",
    "42.349345,-71.078329",
    "42.350017,-71.076218",
    "42.349633,-71.078224",
    "42.358188,-71.063307",
    "42.36556,-71.061504",
    "42.359723,-71.056592",
    "42.34244,-71.085427",
    "42.342415,-71.085939",
    "42.350243,-71.076595",
    "42.347119,-71.076074",
    "42.365414,-71.060872",
    "42.34695,-71.097546",
    "42.359947,-71.054979",
    "42.349381,-71.077808",
    "42.355043,-71.065457",
    "42.346311,-71.097162",
    "42.349517,-71.07615",
    "42.33939,-71.0937",
    "42.365945,-71.061334",
    "42.36348,-71.053936",
    "42.359153,-71.057771",
    "42.354726,-71.065993",
]
PLACE = """
  document.addEventListener("readystatechange", () => {
    const entries = document.querySelectorAll("[data-vehicle*=',']");
    const spots = %s;
    entries.forEach((entry, place) => { entry.dataset.vehicle = spots[place]; });
  }, { once: true });
"""

CHOOSE_EIGHTH = """
  const chooseSoon = () => {
    if (!document.querySelector(".leaflet-cluster-anim")) return requestAnimationFrame(chooseSoon);
    setTimeout(() => document.querySelectorAll(".vehicle-card-show")[7].click(), %s);
  };
  chooseSoon();
"""


@dataclass
class Late:
    """A page whose other pins arrive when they are told to."""

    page: Page
    entry: Locator
    waiting: list[Route]

    def arrive(self, gap: float) -> None:
        """Send what was asked for: neighbours of the entry's pin, so many degrees apart."""
        latitude, longitude = map(float, str(self.entry.get_attribute("data-vehicle")).split(","))
        neighbours = [
            feature(f"at-{number}", (latitude + number * gap, longitude), "available")
            for number in range(1, 9)
        ]
        while self.waiting:
            found = {"type": "FeatureCollection", "complete": True, "features": neighbours}
            self.waiting.pop().fulfill(json=found)


def choose(open_page: OpenPage, motion: str, spots: list[str], place: int) -> Late:
    """Have one vehicle of the list shown on the map, before the others have arrived there."""
    page = open_page(**DESK, reduced_motion=motion)
    page.add_init_script(PLACE % json.dumps(spots))
    waiting: list[Route] = []
    page.route("**/vehicles.geojson*", lambda route: waiting.append(route))
    page.set_extra_http_headers({"X-City": CITY})
    with page.expect_request("**/vehicles.geojson*"):
        page.goto(AVAILABLE)
    late = Late(page, page.locator("[data-vehicle*=',']").nth(place), waiting)
    late.entry.get_by_role("button", name="show on the map").click()
    return late


@pytest.fixture(params=["reduce", "no-preference"])
def late(open_page: OpenPage, request: pytest.FixtureRequest) -> Late:
    return choose(open_page, request.param, ALONE, 0)


def test_pins_that_arrive_while_a_cluster_opens_hinder_nothing(open_page: OpenPage):
    late = choose(open_page, "no-preference", CROWDED, 7)
    for _ in range(3):
        late.arrive(gap=1e-5)
        late.page.wait_for_timeout(700)
    expect(the_map(late.page).locator(".leaflet-popup").get_by_role("link").first).to_be_focused()


# Counted from where the pins of the first view begin to move.
@pytest.mark.parametrize("after", [220, 260])
def test_pin_that_was_chosen_before_the_map_is_still_opens(open_page: OpenPage, after: int):
    page = open_page(**DESK, reduced_motion="no-preference")
    page.add_init_script(PLACE % json.dumps(CROWDED))
    page.add_init_script(CHOOSE_EIGHTH % after)
    # None arrive, which would open it again.
    page.route("**/vehicles.geojson*", lambda _route: None)
    page.set_extra_http_headers({"X-City": CITY})
    page.goto(AVAILABLE)
    page.wait_for_timeout(1_500)
    expect(the_map(page).locator(".map-popup")).to_be_visible()


def test_pin_that_was_chosen_is_open_once_its_neighbours_have_arrived(late: Late):
    # At once, and again for where the map has moved.
    for _ in range(3):
        late.arrive(gap=1e-5)
        late.page.wait_for_timeout(700)
    expect(the_map(late.page).locator(".leaflet-popup").get_by_role("link").first).to_be_focused()


def test_pin_that_opens_again_leaves_the_focus_where_it_is(late: Late):
    popup = the_map(late.page).locator(".map-popup")
    expect(popup).to_be_visible()
    late.page.wait_for_timeout(700)
    brand = late.page.get_by_role("link", name="MovR").first
    brand.focus()
    late.arrive(gap=1e-5)
    late.page.wait_for_timeout(1_000)
    expect(popup).to_be_visible()
    expect(brand).to_be_focused()


# The neighbours take the pin into a cluster, or are so far away that it is only drawn anew.
near_and_far = pytest.mark.parametrize("gap", [1e-5, 2e-2])


@near_and_far
def test_pin_that_was_closed_stays_closed_when_others_arrive(late: Late, gap: float):
    popup = the_map(late.page).locator(".map-popup")
    expect(popup).to_be_visible()
    late.page.wait_for_timeout(700)
    late.page.get_by_role("button", name="Close", exact=True).focus()
    late.arrive(gap)
    # Before a popup that has lost its pin opens again.
    late.page.wait_for_timeout(250)
    late.page.keyboard.press("Enter")
    late.page.wait_for_timeout(1_000)
    expect(popup).to_be_hidden()
    # The focus was not on another control of the popup.
    expect(the_map(late.page)).to_be_visible()


@near_and_far
def test_pin_keeps_light_and_focus_when_others_arrive(late: Late, gap: float):
    expect(the_map(late.page).locator(".map-popup :focus")).to_have_count(1)
    late.page.wait_for_timeout(700)
    late.page.keyboard.press("Escape")
    lit = the_map(late.page).locator(".map-marker.is-lit")
    lit.focus()
    late.entry.evaluate("(entry) => entry.dispatchEvent(new PointerEvent('pointerenter'))")
    expect(lit).to_be_focused()
    late.arrive(gap)
    late.page.wait_for_timeout(700)
    expect(lit).to_be_focused()
