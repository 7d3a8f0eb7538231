"""What the map is good for by itself: where I am, what is near, and a ride."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.kinds import VehicleType
from movr.regions import CITIES
from tests.browser.map_page import feature, open_map, pin, status, the_map
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY, Person, arrive, log_in

DESK, PHONE = SCREENS["desk"], SCREENS["phone"]
# Boston Common.
HERE = {"latitude": 42.3555, "longitude": -71.0656}
LOCATED: dict[str, Any] = {"geolocation": HERE, "permissions": ["geolocation"]}
FAR = "#map=18/42.3/-71"


def add_to_the_map(page: Page, name: str) -> None:
    """A vehicle that is not on the list."""
    found = [feature(name, (42.3, -71.00004), "available")]
    answer = {"type": "FeatureCollection", "complete": True, "features": found}
    page.route("**/vehicles.geojson*", lambda route: route.fulfill(json=answer))


def seen_pins(page: Page) -> Locator:
    """Those that are in the part of the map that is shown; they are marked."""
    page.wait_for_timeout(1_000)
    the_map(page).locator("[data-map]").evaluate(
        """(box) => {
          const frame = box.getBoundingClientRect();
          for (const each of box.querySelectorAll(".map-pin")) {
            const { left, right, top, bottom } = each.getBoundingClientRect();
            each.toggleAttribute("data-seen", left > frame.left && right < frame.right
              && top > frame.top && bottom < Math.min(frame.bottom, innerHeight - 70));
          }
        }"""
    )
    return the_map(page).locator(".map-pin[data-seen]")


def test_first_view_shows_vehicles_one_by_one(page: Page, wide_city: str) -> None:
    open_map(page, city=wide_city)
    assert seen_pins(page).count() >= 3


def test_map_shows_where_one_is_above_all_pins(open_page: OpenPage, screen: dict[str, Any]) -> None:
    page = open_page(**screen, **LOCATED)
    open_map(page)
    expect(page.locator(".map-here")).to_have_count(0)
    page.get_by_role("button", name="Show where I am").click()
    expect(page.locator(".map-here")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"#map=\d+/42\.3555/-71\.0656$"))
    above = """(dot) => [...document.querySelectorAll(".map-marker")].every(
      (each) => each.contains(dot) || Number(each.style.zIndex)
        < Number(dot.closest(".map-marker").style.zIndex))"""
    assert page.locator(".map-here").evaluate(above)


def test_near_me_keeps_the_map_is_shown_as_active_and_tells_distances(
    open_page: OpenPage, screen: dict[str, Any], wide_city: str
) -> None:
    centre = CITIES[wide_city].centre
    here = {"latitude": centre.latitude + 0.002, "longitude": centre.longitude + 0.003}
    page = open_page(**screen, geolocation=here, permissions=["geolocation"])
    open_map(page, city=wide_city)
    near = page.get_by_role("button", name="Near me")
    expect(near).to_have_attribute("aria-pressed", "false")
    near.click()
    expect(page).to_have_url(re.compile("near="))
    expect(near).to_have_attribute("aria-pressed", "true")
    expect(the_map(page)).to_be_visible()
    expect(page.locator(".map-here")).to_be_in_viewport()
    expect(status(page)).to_contain_text("in view")
    seen_pins(page).first.click()
    expect(page.locator(".map-popup")).to_contain_text(re.compile(r"\d (m|km)"))
    near.click()
    expect(page).not_to_have_url(re.compile("near="))
    expect(the_map(page)).to_be_visible()


def test_vehicle_that_is_not_on_the_list_is_started_from_its_pin(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    page = open_page(**DESK)
    bikes = backend.get_vehicles(city=CITY, vehicle_type=VehicleType.BIKE, available_only=True).rows
    add_to_the_map(page, str(bikes[0].id))
    log_in(page, person, f"/vehicles?type=scooter{FAR}")
    pin(page, "Red bike, by the sea, available").click()
    the_map(page).get_by_role("button", name="Start ride").click()
    arrive(page, "Your rides", "Ride started")
    ride = backend.get_user(city=CITY, user_id=person.user.id).active_ride
    assert ride is not None
    assert ride.vehicle_id == bikes[0].id


def test_visitor_is_led_from_any_pin_to_its_vehicle(open_page: OpenPage) -> None:
    page = open_page(**DESK)
    add_to_the_map(page, "0b1d3c5e-0000-4000-8000-000000000000")
    open_map(page, f"/vehicles?available=1{FAR}")
    pin(page, "Red bike, by the sea, available").click()
    the_map(page).get_by_role("link", name="Ride").click()
    arrive(page, "Log in")
    (wanted,) = parse_qs(urlsplit(page.url).query)["next"]
    assert wanted.endswith("#v0b1d3c5e-0000-4000-8000-000000000000")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    assert parse_qs(urlsplit(page.url).query)["next"] == [wanted]


def test_keyboard_skips_to_the_map(open_page: OpenPage) -> None:
    page = open_page(**DESK)
    open_map(page)
    skip = page.get_by_role("link", name="Skip to the map")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.with-map-map') !== null")
    phone = open_page(**PHONE)
    open_map(phone)
    expect(phone.get_by_role("link", name="Skip to the map")).to_be_hidden()
