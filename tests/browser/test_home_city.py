"""Nobody gets a home city by pressing on: it is chosen."""

from playwright.sync_api import Page, expect

from tests.browser.site import arrive, field


def test_sign_up_waits_for_a_home_city(page: Page) -> None:
    page.goto("/register")
    arrive(page, "Sign up")
    city = field(page, "City")
    expect(city).to_have_value("")
    expect(page.get_by_text("It can't be changed later.")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    assert city.evaluate("city => city.validity.valueMissing")
    arrive(page, "Sign up")
    city.select_option(label="Boston")
    expect(city).to_have_value("boston")
