""" "Use my location": the browser's place leads to the nearest city, and only on request."""

from playwright.sync_api import Page, expect

from tests.browser.screens import SCREENS, OpenPage

OSTIA = {"latitude": 41.7325, "longitude": 12.2805}


def open_the_choice_of_a_city(page: Page) -> None:
    page.goto("/vehicles")
    page.locator("summary", has_text="Change city").click()


def test_use_my_location_leads_to_the_nearest_city(open_page: OpenPage) -> None:
    page = open_page(geolocation=OSTIA, permissions=["geolocation"], **SCREENS["phone"])
    open_the_choice_of_a_city(page)
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vehicles in Rome")


def test_a_browser_that_keeps_its_place_to_itself_leaves_the_choice(open_page: OpenPage) -> None:
    page = open_page(permissions=[], **SCREENS["phone"])
    open_the_choice_of_a_city(page)
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_text("We couldn't get your location.")).to_be_visible()
    page.get_by_role("button", name="Paris").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vehicles in Paris")


def test_without_scripts_there_is_no_such_button(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False, **SCREENS["phone"])
    open_the_choice_of_a_city(page)
    expect(page.get_by_role("button", name="Rome")).to_be_visible()
    expect(page.get_by_role("button", name="Use my location")).to_be_hidden()
