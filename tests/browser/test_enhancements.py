"""What scripts add: messages that close, a theme that is remembered, buttons that show progress."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, arrive, field, log_in, menu, messages, start_buttons


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(**SCREENS["phone"])


def shown_theme(page: Page) -> str | None:
    return page.locator("html").get_attribute("data-bs-theme")


def test_message_stays_until_it_is_closed(phone: Page, person: Person) -> None:
    phone.clock.install()
    log_in(phone, person)
    start_buttons(phone).first.click()
    message = messages(phone).get_by_role("paragraph")
    expect(message).to_contain_text("Ride started")
    phone.clock.fast_forward("30:00")
    expect(message).to_be_visible()
    phone.get_by_role("button", name="Close message").click()
    expect(message).to_have_count(0)
    # Whoever uses the keyboard goes on from where the message was.
    expect(phone.get_by_role("main")).to_be_focused()


def test_message_comes_up_in_a_region_that_is_there_before_it(phone: Page, person: Person) -> None:
    # What a live region holds from the first is not announced, what comes up in it is.
    phone.clock.install(time=0)
    log_in(phone, person)
    region = messages(phone)
    expect(region).to_have_count(1)
    expect(region).to_be_empty()
    phone.clock.pause_at(3_600_000)
    start_buttons(phone).first.click()
    arrive(phone, "Your rides")
    told = phone.get_by_text("Ride started")
    expect(told).to_be_hidden()
    phone.clock.run_for(1_000)
    expect(told).to_be_visible()
    expect(messages(phone).filter(has=told)).to_have_count(1)


def test_without_scripts_there_is_no_button_that_does_nothing(
    open_page: OpenPage, person: Person
) -> None:
    page = open_page(java_script_enabled=False, **SCREENS["phone"])
    log_in(page, person)
    start_buttons(page).first.click()
    expect(messages(page)).to_contain_text("Ride started")
    expect(page.get_by_role("button", name="Close message")).to_be_hidden()
    expect(page.locator("[data-theme-switch]")).to_be_hidden()
    page.goto(f"/users/password/{person.user.id}")
    expect(page.locator("[data-show-password]")).to_have_count(2)
    expect(page.get_by_role("button", name="Show")).to_have_count(0)


def test_theme_follows_the_system_until_one_is_chosen_and_is_remembered(phone: Page) -> None:
    phone.emulate_media(color_scheme="dark")
    phone.goto("/")
    assert shown_theme(phone) == "dark"
    switch = phone.get_by_role("button", name="Colour theme")
    expect(switch).to_have_accessible_name("Colour theme: automatic. Change to light.")
    switch.click()
    assert shown_theme(phone) == "light"
    menu(phone, "Log in").click()
    arrive(phone, "Log in")
    assert shown_theme(phone) == "light"
    for theme in ("dark", "dark"):
        switch.click()
        assert shown_theme(phone) == theme
    expect(switch).to_have_accessible_name("Colour theme: automatic. Change to light.")
    phone.emulate_media(color_scheme="light")
    expect(phone.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_button_shows_that_its_form_is_on_the_way_and_comes_back(phone: Page) -> None:
    sent: list[Route] = []

    def answer_nothing(route: Route) -> None:
        sent.append(route)
        # With this status a browser stays on the page, as it does while it waits.
        route.fulfill(status=204)

    phone.clock.install()
    phone.goto("/login")
    phone.route("**/login", answer_nothing)
    field(phone, "Username").fill("somebody")
    field(phone, "Password").fill("a password")
    button = phone.get_by_role("button", name="Log in")
    button.click()
    expect(button).to_have_attribute("aria-disabled", "true")
    # A second push sends nothing, and keeps the focus where it is.
    button.focus()
    phone.keyboard.press("Enter")
    expect(button).to_be_focused()
    # If no answer comes, the form can be sent again.
    phone.clock.fast_forward("00:11")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    with phone.expect_response("**/login"):
        button.click()
    assert len(sent) == 2


def test_password_is_shown_while_its_button_is_pressed_and_sent_hidden(
    phone: Page, person: Person
) -> None:
    log_in(phone, person, f"/users/password/{person.user.id}")
    old, new = field(phone, "Current password"), field(phone, "New password")
    show = phone.get_by_role("button", name="Show: New password")
    expect(show).to_have_attribute("aria-pressed", "false")
    new.fill("four-larger-ships")
    show.focus()
    phone.keyboard.press("Space")
    expect(new).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(show).to_have_accessible_name("Show: New password")
    expect(show).to_be_focused()
    # Each button is for one field, and what is shown goes to no spelling checker.
    expect(old).to_have_attribute("type", "password")
    expect(new).to_have_attribute("spellcheck", "false")
    show.click()
    expect(new).to_have_attribute("type", "password")
    show.click()
    old.fill(person.password)
    # With this status a browser stays on the page, as it does while it waits.
    phone.route("**/users/password/*", lambda route: route.fulfill(status=204))
    with phone.expect_request("**/users/password/*") as sent:
        phone.get_by_role("button", name="Change password").click()
    assert "new_password=four-larger-ships" in (sent.value.post_data or "")
    expect(new).to_have_attribute("type", "password")
    expect(show).to_have_attribute("aria-pressed", "false")
