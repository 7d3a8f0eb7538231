"""Everybody can use every page: no finding of axe, targets for fingers, a way past the menu."""

import re
from contextlib import suppress
from typing import Final, Literal
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.exceptions import NotFound

from movr import MovR
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY_LABEL, Person, arrive, field, fits, log_in
from tests.browser.states import STATES, State
from tests.web.site import SiteClient, join, new_browser
from tests.web.world import calls, path_of

# Everything that can be pressed or filled in, but for links within a sentence, which may be as
# high as their line, and those that are out of sight until the keyboard comes to them. A radio
# button is pressed by way of its label.
_SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((element) => element.checkVisibility() && element.type !== "hidden")
  .filter((element) => !element.matches("p a:not(.btn), .leaflet-control-attribution a"))
  .filter((element) => !element.matches(".skip-link:not(:focus), .map-skip:not(:focus)"))
  .map((element) => element.closest("label") ?? element)
  .filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return Math.min(width, height) < 44;
  })
  .map((element) => element.outerHTML)
"""


# Of what is in order, the number: to hand over all of it takes as long as to look.
_VIOLATIONS = """
async () => {
  const found = await axe.run({ resultTypes: ["violations"] });
  return { ...found, passes: found.passes.length, incomplete: [], inapplicable: [] };
}
"""
_THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

# What a theme may change, of every element and of what stands before and after it. The theme is set
# as theme.js does it, or by nobody.
_LOOKS = """
(theme) => {
  const properties = ["color", "background-color", "background-image", "border-top-color",
    "border-bottom-color", "box-shadow", "outline-color", "filter", "color-scheme"];
  const root = document.documentElement;
  const before = root.dataset.bsTheme;
  if (theme) root.dataset.bsTheme = theme;
  else root.removeAttribute("data-bs-theme");
  // The tiles of a map come and go while it works; what a theme does to them, it does to their
  // pane.
  const looks = [...document.querySelectorAll("*:not(.leaflet-tile-pane *)")].flatMap((element) =>
    ["", "::before", "::after"].map((part) => {
      const style = getComputedStyle(element, part);
      const values = properties.map((name) => `${name}: ${style.getPropertyValue(name)}`);
      return `${element.tagName}.${element.className}${part} {${values.join("; ")}}`;
    }));
  root.dataset.bsTheme = before;
  return looks;
}
"""


# Long enough for a map to ask for the vehicles in view, and short enough for a clock of seconds.
_QUIET = """
() => new Promise((done) => {
  let timer = setTimeout(done, 600);
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(done, 600);
  }).observe(document, { subtree: true, childList: true, attributes: true });
})
"""


def settle(page: Page) -> None:
    """Wait until nothing of a map is added, taken away or changed: it goes on for a while."""
    # Its code is loaded once the window is wide enough for it.
    for place in page.locator(".map:visible").all():
        expect(place).to_contain_class("leaflet-container")
    if (state := page.locator("[data-map-status]")).is_visible():
        expect(state).to_have_text(re.compile(r"\d+ vehicles? in view"))
    if page.locator(".leaflet-container").count():
        page.evaluate(_QUIET)


def looks(page: Page, system: Literal["light", "dark"], theme: str | None) -> list[str]:
    """How a page looks on a system that is light or dark, with the theme that a script has set."""
    page.emulate_media(color_scheme=system)
    found: list[str] = page.evaluate(_LOOKS, theme)
    return found


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
        for theme in _THEMES:
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            found = AxeResults(page.evaluate(_VIOLATIONS))
            assert found.violations_count == 0, f"{screen}, {theme}: {found.generate_report()}"
            assert found.response["passes"]
    settle(page)
    light, dark = looks(page, "light", "light"), looks(page, "dark", "dark")
    assert light != dark
    # Without scripts the system decides, and what a person has chosen overrules the system.
    assert looks(page, "light", None) == looks(page, "dark", "light") == light
    assert looks(page, "dark", None) == looks(page, "light", "dark") == dark


# Files, metrics and data for scripts: a page only where something is wrong with what
# was asked for.
_NO_PAGES = {"static", "bootstrap.static", "metrics.metrics", "maps.get_vehicles_in_view"}


def test_every_page_is_among_the_states_for_whoever_gets_to_see_it(app: Flask) -> None:
    app.test_client_class = SiteClient
    people = {False: new_browser(app), True: join(app).client}
    pages = {
        (rule.endpoint, logged_in)
        for method, rule in calls(app)
        if method == "GET" and rule.endpoint not in _NO_PAGES
        for logged_in, browser in people.items()
        # The example ids are of nothing that exists, so a page may be the one that says so.
        if (answer := browser.get(path_of(rule))).status_code not in (302, 303)
        if answer.mimetype == "text/html"
    }
    where = app.url_map.bind("localhost")
    looked_at = set()
    for state in STATES.values():
        with suppress(NotFound):
            path = state.path.format(me=uuid4(), id=uuid4())
            looked_at.add((where.match(path.partition("?")[0])[0], state.logged_in))
    assert pages - looked_at == set()


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
    field(page, "City").select_option(CITY_LABEL)
    for label, text in (
        ("First name", "Ada"),
        ("Last name", "Byron"),
        ("Email", "ada@example.com"),
        ("Username", "two words"),
        ("Password", "two words"),
    ):
        field(page, label).fill(text)
    page.get_by_role("button", name="Sign up").click()
    username = field(page, "Username")
    expect(username).to_be_focused()
    expect(username).to_have_accessible_description(re.compile("^Begin with a letter or digit"))
    expect(username).to_have_attribute("aria-invalid", "true")
    expect(field(page, "Email")).not_to_have_attribute("aria-invalid", "true")
    expect(field(page, "First name")).to_have_value("Ada")


def test_zoomed_in_four_times_nothing_is_scrolled_sideways_or_covered(
    open_page: OpenPage, person: Person
) -> None:
    # What is left of the desk at a zoom of 400 %.
    page = open_page(viewport={"width": 320, "height": 200})
    for path in ("/", "/vehicles", "/login", "/register"):
        page.goto(path)
        fits(page)
    log_in(page, person)
    for path in ("/vehicles", "/rides", "/users", "/users/me", "/vehicles/add"):
        page.goto(path)
        fits(page)
    expect(page.locator(".site-menu")).to_have_css("position", "static")
