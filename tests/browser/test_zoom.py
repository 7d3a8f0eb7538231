"""At 400 % a desk's window has 320 by 256 CSS pixels: the page must be seen in it."""

from playwright.sync_api import Page, expect

from movr import MovR
from tests.browser.screens import OpenPage
from tests.browser.site import Person, banner, fits, log_in
from tests.browser.states import start

# How much of the window what sticks or floats covers once the page is scrolled.
_COVERED = """
() => {
  const isStuck = (element) => {
    const { position } = getComputedStyle(element);
    return position === "fixed" || position === "sticky";
  };
  const boxes = [...document.querySelectorAll("body *")].filter(isStuck)
    .map((element) => element.getBoundingClientRect())
    .map(({ top, bottom }) => Math.min(bottom, innerHeight) - Math.max(top, 0));
  return boxes.filter((height) => height > 0).reduce((sum, height) => sum + height, 0);
}
"""


def test_running_ride_does_not_cover_an_enlarged_page(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    page: Page = open_page(viewport={"width": 320, "height": 256})
    start(backend, person)
    log_in(page, person)
    expect(banner(page)).to_be_visible()
    fits(page)
    page.evaluate("scrollTo(0, 800)")
    page.wait_for_function("scrollY > 500")
    assert page.evaluate(_COVERED) == 0
    expect(banner(page)).not_to_be_in_viewport()


def test_running_ride_stays_in_sight_where_there_is_room(
    page: Page, backend: MovR, person: Person
) -> None:
    start(backend, person)
    log_in(page, person)
    page.evaluate("scrollTo(0, 800)")
    expect(banner(page)).to_be_in_viewport()
