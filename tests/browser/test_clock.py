"""Clocks on the rider's own device: its zone, its language, and a ride that ticks; and on paper."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from movr import MovR
from movr.models import Ride as Rides
from movr.records import Ride
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY, Person, arrive, banner, log_in, running_ride
from tests.browser.states import end, start

# Far from Boston, and from English.
TOKYO = {"timezone_id": "Asia/Tokyo", "locale": "de-DE", **SCREENS["phone"]}


def timer(part: Locator) -> Locator:
    return part.get_by_role("timer")


def shift(movr: MovR, ride: Ride, **by: int) -> None:
    """Make a running ride so much older than it is."""
    with movr.engine.begin() as connection:
        connection.execute(
            update(Rides)
            .where(Rides.city == CITY, Rides.id == ride.id)
            .values(start_time=ride.start_time - timedelta(**by))
        )


@pytest.fixture
def ride(backend: MovR, person: Person) -> Ride:
    """A running ride of the person."""
    return start(backend, person)


@pytest.fixture
def ended(backend: MovR, person: Person, ride: Ride) -> Ride:
    """A ride of the person on Fri 20 Nov 2026, 23:30 in Boston."""
    end(backend, person, ride)
    moment = ride.start_time.fromisoformat("2026-11-21T04:30:00+00:00")
    with backend.engine.begin() as connection:
        connection.execute(
            update(Rides)
            .where(Rides.city == CITY, Rides.id == ride.id)
            .values(
                start_time=moment,
                end_time=moment + timedelta(minutes=25),
                length=timedelta(minutes=25),
            )
        )
    return ride


def test_running_ride_ticks_on_every_page(open_page: OpenPage, person: Person, ride: Ride) -> None:
    page = open_page(**SCREENS["phone"])
    log_in(page, person)
    for path, part in (("/vehicles", banner(page)), ("/rides", running_ride(page))):
        page.goto(path)
        clock = timer(part)
        expect(clock).to_have_text(re.compile(r"^0:\d\d$"))
        before = clock.inner_text()
        expect(clock).not_to_have_text(before)
        assert before < clock.inner_text()
        # Nobody wants to hear each second.
        expect(clock).to_have_attribute("aria-live", "off")


def test_clock_counts_on_from_what_the_server_says_whatever_the_device_believes(
    open_page: OpenPage, backend: MovR, person: Person, ride: Ride
) -> None:
    shift(backend, ride, minutes=59, seconds=30)
    page = open_page(**SCREENS["phone"])
    # A device that believes to live in another year, when the ride has not begun yet.
    page.clock.install(time="2001-02-03T04:05:06")
    log_in(page, person)
    clock = timer(banner(page))
    expect(clock).to_have_text(re.compile(r"^59:[3-5]\d$"))
    page.clock.fast_forward("01:00")
    expect(clock).to_have_text(re.compile(r"^1:00:[3-5]\d$"))
    # A phone that has slept in a pocket is right as soon as it is looked at.
    page.clock.fast_forward("24:00:00")
    expect(clock).to_have_text(re.compile(r"^25:00:[3-5]\d$"))


def test_time_is_that_of_the_device_in_its_own_words(
    open_page: OpenPage, person: Person, ended: Ride
) -> None:
    page = open_page(**TOKYO)
    log_in(page, person, "/rides")
    moment = page.get_by_role("listitem").get_by_role("time")
    expect(moment).to_have_text(re.compile(r"^Sa\., 21\. Nov\. 2026,? (um )?13:30"))
    expect(moment).to_have_attribute("lang", "de-DE")
    page.get_by_role("link", name="to Boston Common").click()
    arrive(page, "Your ride")
    begun, over = page.get_by_role("main").get_by_role("time").all()
    expect(begun).to_have_text(re.compile(r"21\. Nov\. 2026.*13:30 (GMT\+9|JST)"))
    expect(over).to_have_text(re.compile(r"21\. Nov\. 2026.*13:55 (GMT\+9|JST)"))
    expect(page.get_by_role("main")).to_contain_text("25 min")


def test_ride_of_today_is_told_by_the_clock_alone(
    open_page: OpenPage, person: Person, ride: Ride
) -> None:
    page = open_page(timezone_id="America/New_York", locale="en-US", **SCREENS["phone"])
    # Not at the mercy of midnight: on the device, it is the day on which the ride began.
    page.clock.install(time=ride.start_time)
    log_in(page, person)
    since = banner(page).get_by_role("time")
    expect(since).to_have_text(re.compile(r"^\d{1,2}:\d\d\s[AP]M$"))
    page.clock.install(time=ride.start_time + timedelta(days=2))
    page.reload()
    expect(since).to_have_text(re.compile(r"^\w{3}, \w{3} \d{1,2}, 20\d\d.*[AP]M$"))


def test_without_scripts_all_is_said_in_the_time_of_the_city(
    open_page: OpenPage, backend: MovR, person: Person, ended: Ride
) -> None:
    page = open_page(java_script_enabled=False, **TOKYO)
    running = start(backend, person)
    shift(backend, running, hours=1, minutes=5)
    log_in(page, person)
    expect(timer(banner(page))).to_have_text("1 h 5 min")
    expect(banner(page).get_by_role("time")).to_have_text(
        re.compile(r"^\w{3} \d{1,2} \w{3} 20\d\d, \d\d:\d\d E[SD]T$")
    )
    page.goto(f"/rides/{ended.id}?city={CITY}")
    assert page.get_by_role("main").get_by_role("time").all_inner_texts() == [
        "Fri 20 Nov 2026, 23:30 EST",
        "Fri 20 Nov 2026, 23:55 EST",
    ]
    expect(page.get_by_role("button", name="Print")).to_be_hidden()


# --- On paper ---


@pytest.fixture
def receipt(open_page: OpenPage, person: Person, ended: Ride) -> Page:
    page = open_page(color_scheme="dark", **SCREENS["desk"])
    log_in(page, person, f"/rides/{ended.id}?city={CITY}")
    arrive(page, "Your ride")
    return page


def test_receipt_is_printed_by_its_button(receipt: Page) -> None:
    receipt.evaluate("window.print = () => { document.title = 'printed' }")
    receipt.get_by_role("button", name="Print").click()
    expect(receipt).to_have_title("printed")


def test_printed_receipt_is_black_on_white_and_nothing_but_the_receipt(receipt: Page) -> None:
    facts = receipt.get_by_role("main").locator("dd")
    on_screen = [receipt.get_by_role("banner"), receipt.get_by_role("contentinfo")]
    on_screen += [receipt.get_by_role("button", name="Print"), receipt.get_by_text("Ride again")]
    for part in on_screen:
        expect(part).to_be_visible()
    receipt.emulate_media(media="print")
    for part in on_screen:
        expect(part).to_be_hidden()
    for said in ("Boston Common", "25 min", "Boston"):
        expect(facts.filter(has_text=said).first).to_be_visible()
    expect(receipt.get_by_text("MovR", exact=True).locator("visible=true")).to_have_count(1)
    colours = receipt.evaluate(
        """() => [...document.querySelectorAll("body, h1, dt, dd, .receipt-facts, .receipt-number")]
          .map((element) => getComputedStyle(element))
          .map((style) => [style.color, style.backgroundColor])"""
    )
    assert {colour for colour, _ in colours} == {"rgb(0, 0, 0)"}
    assert {paper for _, paper in colours} <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


def test_cancelling_goes_from_the_page_when_its_minute_is_over(
    open_page: OpenPage, backend: MovR, person: Person, ride: Ride
) -> None:
    shift(backend, ride, seconds=55)
    page = open_page(**SCREENS["phone"])
    log_in(page, person, "/rides")
    button = page.get_by_role("button", name="Cancel ride")
    expect(button).to_be_visible()
    expect(button).to_be_hidden()
    expect(page.get_by_role("button", name="End ride")).to_be_visible()
