"""Whoever taps a vehicle and has to log in or sign up first stands before that vehicle after it."""

from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import CITY, CITY_LABEL, PASSWORD, Person, arrive, field


def tap_the_last(page: Page) -> Locator:
    """Tap the last vehicle of the list, which no phone shows at first; return its card."""
    page.set_extra_http_headers({"X-City": CITY})
    page.goto("/vehicles?available=1")
    card = page.locator("[data-vehicle]").last
    known = page.locator(f"#{card.get_attribute('id')}")
    expect(card).not_to_be_in_viewport()
    card.get_by_role("link", name="Ride").click()
    arrive(page, "Log in")
    return known


def stands_before(page: Page, card: Locator) -> None:
    arrive(page, f"Vehicles in {CITY_LABEL}")
    expect(card).to_be_in_viewport()
    card.get_by_role("button", name="Start ride").click()
    arrive(page, "Your rides", "Ride started")


def test_login_leads_back_to_the_vehicle(page: Page, person: Person) -> None:
    card = tap_the_last(page)
    field(page, "Username").fill(person.username)
    field(page, "Password").fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    stands_before(page, card)


def test_sign_up_leads_back_to_the_vehicle(page: Page) -> None:
    card = tap_the_last(page)
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    arrive(page, "Sign up")
    field(page, "First name").fill("Ada")
    field(page, "Last name").fill("Byron")
    field(page, "Email").fill("ada@example.com")
    field(page, "Username").fill(f"ada-{uuid4().hex[:12]}")
    field(page, "Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    stands_before(page, card)
