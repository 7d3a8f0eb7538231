"""A pin that was chosen in the list, while the other vehicles of the map are still on their way."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.map_page import feature, the_map
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY

DESK = SCREENS["desk"]


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


@pytest.fixture(params=["reduce", "no-preference"])
def late(open_page: OpenPage, request: pytest.FixtureRequest) -> Late:
    page = open_page(**DESK, reduced_motion=request.param)
    waiting: list[Route] = []
    page.route("**/vehicles.geojson*", lambda route: waiting.append(route))
    page.set_extra_http_headers({"X-City": CITY})
    with page.expect_request("**/vehicles.geojson*"):
        page.goto("/vehicles")
    late = Late(page, page.locator("[data-vehicle*=',']").nth(2), waiting)
    late.entry.get_by_role("button", name="show on the map").click()
    return late


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


def test_pin_that_was_closed_stays_closed_when_others_arrive(late: Late):
    popup = the_map(late.page).locator(".map-popup")
    expect(popup).to_be_visible()
    late.page.wait_for_timeout(700)
    late.page.get_by_role("button", name="Close", exact=True).focus()
    late.arrive(gap=2e-3)
    late.page.keyboard.press("Enter")
    late.page.wait_for_timeout(1_000)
    expect(popup).to_be_hidden()
