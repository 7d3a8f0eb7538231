"""What people do on every page of MovR, whatever they use it with."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.records import User
from tests.support.accounts import PASSWORD, open_account

CITY = "boston"
CITY_LABEL = "Boston"


@dataclass(frozen=True)
class Person:
    """An account, with what it takes to log in."""

    user: User
    username: str
    password: str = PASSWORD


def new_person(movr: MovR, **overrides: str) -> Person:
    """Open an account without the browser."""
    user = open_account(movr, CITY, **overrides)
    return Person(user, user.username)


def log_in(page: Page, person: Person, path: str = "/vehicles") -> None:
    """Begin a session behind the page's back, which is quicker than the form, and go to a path."""
    form = page.request.get("/login").text()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    answer = page.request.post(
        "/login",
        form={
            "username": person.username,
            "password": person.password,
            "csrf_token": token[1],
        },
        max_redirects=0,
    )
    assert answer.status in (302, 303), answer.text()
    page.goto(path)


def arrive(page: Page, heading: str, message: str | None = None) -> None:
    """See a page that fits the window, by its heading and the message above it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    if message is not None:
        expect(messages(page)).to_contain_text(message)
    fits(page)


def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    page.wait_for_load_state("load")
    width, window = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= window, f"{page.url} is {width} px wide in a window of {window} px"


def messages(page: Page) -> Locator:
    """Where a page tells what has just been done."""
    return page.get_by_role("status", name="Messages")


def field(page: Page, label: str) -> Locator:
    """What is filled in under this label."""
    return page.get_by_label(label, exact=True)


def menu(page: Page, name: str) -> Locator:
    """A link of the menu."""
    links = page.get_by_role("navigation", name="Main")
    return links.get_by_role("link", name=name, exact=True)


def start_buttons(page: Page) -> Locator:
    """The buttons that start a ride, one on each vehicle that is free."""
    return page.get_by_role("button", name="Start ride")


def running_ride(page: Page) -> Locator:
    """The part of the rides page about the ride that is running."""
    return page.get_by_role("region", name="You're riding")


def banner(page: Page) -> Locator:
    """The strip that tells of the running ride on all other pages."""
    return page.get_by_role("complementary", name="Ride in progress")
