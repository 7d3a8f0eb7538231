"""An owner's vehicles on a map: in which state they are, and the way from a pin to its card."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.records import Point
from tests.browser.hands import Keyboard, Pointer
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import Person, fits, log_in
from tests.browser.states import share_in_every_state, share_one
from tests.browser.watch import Watch
from tests.support.tiles import TileServer

DESK, PHONE = SCREENS["desk"], SCREENS["phone"]


def fold(page: Page) -> Locator:
    return page.locator("[data-own-map]")


def opener(page: Page) -> Locator:
    return fold(page).locator("summary")


def the_map(page: Page) -> Locator:
    return page.get_by_role("group", name="Map of your vehicles")


def pin(page: Page, state: str) -> Locator:
    return the_map(page).get_by_role("button", name=re.compile(f", {state}$"))


def test_every_state_has_a_shape_a_word_and_a_line_of_the_legend(
    page: Page, backend: MovR, person: Person
):
    share_in_every_state(backend, person)
    log_in(page, person, "/users/me")
    opener(page).click()
    looks = set()
    for state in ("Available", "Reserved", "In use", "Paused", "Problem"):
        shape = pin(page, state).locator(".map-pin")
        looks.add(
            shape.evaluate(
                """(pin) => {
                  const after = getComputedStyle(pin, "::after");
                  const { borderStyle, borderRadius } = getComputedStyle(pin);
                  return [borderStyle, borderRadius, after.display, after.content].join();
                }"""
            )
        )
        expect(fold(page).get_by_role("listitem").filter(has_text=state)).to_be_visible()
    assert len(looks) == 5
    expect(fold(page)).to_contain_text("1 vehicle on this page isn't on the map")
    fits(page)


def test_code_of_the_map_is_loaded_when_it_is_opened(page: Page, backend: MovR, person: Person):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    share_one(backend, person, point=Point(42.36, -71.09))
    log_in(page, person, "/users/me")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "leaflet" in url]
    opener(page).click()
    expect(pin(page, "Available")).to_have_count(1)
    # There is no line for what there is not.
    expect(fold(page).get_by_role("listitem")).to_have_text(["Available"])
    for _ in range(2):
        opener(page).click()
    expect(pin(page, "Available")).to_have_count(1)


@pytest.mark.parametrize("hands", ["pointer", "keyboard"])
def test_pin_leads_to_its_card(open_page: OpenPage, backend: MovR, person: Person, hands: str):
    page = open_page(**DESK)
    share_in_every_state(backend, person)
    log_in(page, person, "/users/me")
    hand = Pointer() if hands == "pointer" else Keyboard(page)
    hand.press(opener(page))
    expect(pin(page, "Paused")).to_be_visible()
    if hands == "pointer":
        pin(page, "Paused").click()
    else:
        pin(page, "Paused").focus()
        page.keyboard.press("Enter")
    popup = the_map(page).locator(".map-popup")
    expect(popup).to_contain_text("Harvard Square")
    expect(popup).to_contain_text("Paused")
    link = popup.get_by_role("link", name="Find it in the list")
    if hands == "pointer":
        link.click()
    else:
        expect(popup.locator(":focus")).to_have_count(1)
        link.focus()
        page.keyboard.press("Enter")
    card = page.locator(".is-own:target")
    expect(card).to_be_in_viewport()
    expect(card.locator(".status")).to_have_text("Paused")


def test_many_at_one_place_say_how_many_and_whether_one_has_a_problem(
    open_page: OpenPage, backend: MovR, person: Person
):
    page = open_page(**PHONE)
    share_in_every_state(backend, person)
    # So far away that the others are together.
    share_one(backend, person, point=Point(42.20, -71.30))
    log_in(page, person, "/users/me")
    opener(page).click()
    group = the_map(page).get_by_role(
        "button", name="Vehicles here: 5, with a problem: 1. Zoom in."
    )
    expect(group).to_be_visible()
    expect(group.locator(".map-cluster")).to_have_class(re.compile("is-problem"))
    group.click()
    expect(pin(page, "Problem")).to_be_visible()


def test_map_may_be_skipped_by_keyboard(open_page: OpenPage, backend: MovR, person: Person):
    page = open_page(**DESK)
    share_in_every_state(backend, person)
    log_in(page, person, "/users/me")
    hand = Keyboard(page)
    hand.press(opener(page))
    expect(pin(page, "Paused")).to_be_visible()
    hand.press(page.get_by_role("link", name="Skip the map"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.is-own') !== null")


def test_without_scripts_there_is_the_list(open_page: OpenPage, backend: MovR, person: Person):
    page = open_page(java_script_enabled=False, **PHONE)
    share_one(backend, person, point=Point(42.36, -71.09))
    log_in(page, person, "/users/me")
    expect(page.locator(".is-own")).to_be_visible()
    expect(fold(page)).to_be_hidden()


def test_without_the_code_of_the_map_the_page_says_so(
    open_page: OpenPage, backend: MovR, person: Person, watches: list[Watch]
):
    page = open_page(**DESK)
    page.route("**/leaflet.js", lambda route: route.abort())
    share_one(backend, person, point=Point(42.36, -71.09))
    log_in(page, person, "/users/me")
    opener(page).click()
    expect(fold(page).get_by_role("status")).to_have_text(
        "The map couldn't load. The list has all your vehicles."
    )
    expect(the_map(page)).to_be_hidden()
    # What comes of it is on record when the page is gone.
    page.goto("about:blank")
    assert watches[0].problems
    watches[0].problems.clear()


def test_without_tiles_the_pins_are_right(
    open_page: OpenPage, backend: MovR, person: Person, watches: list[Watch], tiles: TileServer
):
    page = open_page(**DESK)
    page.route(f"{tiles.origin}/**", lambda route: route.abort())
    watches[0].may_fail = tiles.origin
    share_one(backend, person, point=Point(42.36, -71.09))
    log_in(page, person, "/users/me")
    opener(page).click()
    expect(fold(page).get_by_role("status")).to_contain_text("The map background couldn't load")
    expect(pin(page, "Available")).to_be_visible()
