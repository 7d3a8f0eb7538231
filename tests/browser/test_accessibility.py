"""Everybody can use every page: no finding of axe, targets for fingers, a way past the menu."""

import re
from typing import Final, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect

from movr import MovR
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, arrive, field, fits, sign_in
from tests.browser.states import STATES, State

# Everything that can be pressed or filled in, but for links within a sentence, which may be as
# high as their line. A radio button is pressed by way of its label.
_SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((element) => element.checkVisibility() && element.type !== "hidden")
  .filter((element) => !element.matches("p a:not(.btn), .skip-link"))
  .map((element) => element.closest("label") ?? element)
  .filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return Math.min(width, height) < 44;
  })
  .map((element) => element.outerHTML)
"""


_EVERYTHING = {"resultTypes": ["violations"]}
# A theme changes colours and nothing else.
_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
_THEMES: Final[tuple[tuple[Literal["light", "dark"], dict[str, list[str]]], ...]] = (
    ("light", _EVERYTHING),
    ("dark", _COLOURS),
)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_page_is_for_everybody_on_every_screen_in_both_themes(
    state: State, shared_page: Page, backend: MovR
) -> None:
    page = shared_page
    page.set_viewport_size(SCREENS["phone"]["viewport"])
    state.reach(page, backend)
    arrive(page, state.heading)
    assert page.evaluate(_SMALL_TARGETS) == []
    page.evaluate(AXE_SCRIPT)
    for screen in ("phone", "desk"):
        page.set_viewport_size(SCREENS[screen]["viewport"])
        fits(page)
        for theme, options in _THEMES:
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            found = AxeResults(page.evaluate("options => axe.run(options)", options))
            assert found.violations_count == 0, f"{screen}, {theme}: {found.generate_report()}"
            assert found.response["passes"]


def test_first_tab_leads_past_the_menu(page: Page) -> None:
    page.goto("/vehicles")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_first_field_to_correct_has_the_focus_and_says_why(
    open_page: OpenPage, scripts: bool
) -> None:
    page = open_page(java_script_enabled=scripts, **SCREENS["phone"])
    page.goto("/register")
    for label, text in (
        ("First name", "Ada"),
        ("Last name", "Byron"),
        ("E-mail", "ada@example.com"),
        ("Username", "two words"),
        ("Password", "two words"),
    ):
        field(page, label).fill(text)
    page.get_by_role("button", name="Sign up").click()
    username = field(page, "Username")
    expect(username).to_be_focused()
    expect(username).to_have_accessible_description(re.compile("^Please use letters from A to Z"))
    expect(username).to_have_attribute("aria-invalid", "true")
    expect(field(page, "E-mail")).not_to_have_attribute("aria-invalid", "true")
    expect(field(page, "First name")).to_have_value("Ada")


def test_zoomed_in_four_times_nothing_is_scrolled_sideways_or_covered(
    open_page: OpenPage, person: Person
) -> None:
    # What is left of the desk at a zoom of 400 %.
    page = open_page(viewport={"width": 320, "height": 200})
    for path in ("/", "/vehicles", "/login", "/register"):
        page.goto(path)
        fits(page)
    sign_in(page, person)
    for path in ("/vehicles", "/rides", "/users", "/users/me", "/vehicles/add"):
        page.goto(path)
        fits(page)
    expect(page.locator(".site-menu")).to_have_css("position", "static")
