"""What people see and do on the page with the map of the vehicles."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import CITY


def the_map(page: Page) -> Locator:
    return page.get_by_role("region", name="Map of the vehicles")


def status(page: Page) -> Locator:
    return the_map(page).get_by_role("status")


def pin(page: Page, name: str) -> Locator:
    return the_map(page).get_by_role("button", name=name)


def open_map(page: Page, path: str = "/vehicles", city: str = CITY) -> None:
    """Look at the vehicles of a city until all in view are there."""
    page.set_extra_http_headers({"X-City": city})
    page.goto(path)
    switch = page.get_by_role("button", name="Map", exact=True)
    if switch.is_visible():
        switch.click()
    expect(status(page)).to_have_text(re.compile(r"\d+ vehicles? in view"))


def feature(name: str, spot: Sequence[float], status: str) -> dict[str, Any]:
    """A red bike that is not in the list, as /vehicles.geojson has it; `spot` is its point."""
    about = {"type": "bike", "color": "red", "brand": "City", "location": "by the sea"}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [spot[1], spot[0]]},
        "properties": {"id": name, "status": status, **about},
    }


def entry_of_a_pin(page: Page) -> Locator:
    """An entry of the list whose pin is on its own; the map is moved so that there is one."""
    entry = page.locator("[data-vehicle*=',']").first
    entry.get_by_role("button", name="show on the map").click()
    expect(the_map(page).locator(".map-popup")).to_be_visible()
    page.keyboard.press("Escape")
    return entry
