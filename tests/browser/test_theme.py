"""The colours: those of the system without scripts, those that were chosen with them, at once."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.screens import SCREENS, OpenPage

PAPER = {"light": "rgb(244, 247, 247)", "dark": "rgb(15, 22, 24)"}

# Notes the theme at the moment when there is the first bit of a body to paint.
_NOTE_THE_THEME = """
localStorage.setItem("movr-theme", "dark");
new MutationObserver((_changes, observer) => {
  if (!document.body) return;
  window.themeAtFirst = document.documentElement.dataset.bsTheme;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""


@pytest.mark.parametrize("system", ["light", "dark"])
def test_without_scripts_the_theme_is_that_of_the_system(
    open_page: OpenPage, system: Literal["light", "dark"]
) -> None:
    page = open_page(java_script_enabled=False, color_scheme=system, **SCREENS["phone"])
    for path in ("/", "/vehicles", "/login", "/no/such/page"):
        page.goto(path)
        expect(page.locator("[data-bs-theme]")).to_have_count(0)
        expect(page.locator("html")).to_have_css("color-scheme", system)
        expect(page.locator("body")).to_have_css("background-color", PAPER[system])


def test_chosen_theme_is_there_before_there_is_anything_to_paint(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light", **SCREENS["phone"])
    page.add_init_script(_NOTE_THE_THEME)
    page.goto("/vehicles")
    assert page.evaluate("window.themeAtFirst") == "dark"
    expect(page.locator("body")).to_have_css("background-color", PAPER["dark"])


def test_paper_is_white_whatever_the_theme(open_page: OpenPage) -> None:
    for scripts in (True, False):
        page = open_page(java_script_enabled=scripts, color_scheme="dark", **SCREENS["desk"])
        page.goto("/vehicles")
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
