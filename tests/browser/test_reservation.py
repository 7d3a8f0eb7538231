"""A rider has a vehicle kept, sees how long, and starts it, gives it up or lets time run out."""

import re

from playwright.sync_api import Locator, Page, expect

from movr import MovR
from movr.numbers import full_number
from movr.records import Vehicle
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import CITY, Person, arrive, log_in, new_person, start_buttons
from tests.browser.states import free_vehicle


def reservation(page: Page) -> Locator:
    """The strip that tells of it on all pages but the vehicle's own."""
    return page.get_by_role("complementary", name="Your reservation")


def reserve(movr: MovR, person: Person) -> Vehicle:
    """Reserve a vehicle behind the browser's back."""
    vehicle = free_vehicle(movr)
    movr.reserve_vehicle(city=CITY, vehicle_id=vehicle.id, rider_city=CITY, rider_id=person.user.id)
    return vehicle


def test_rider_reserves_a_vehicle_from_the_list_and_starts_it(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    page = open_page(**SCREENS["phone"])
    log_in(page, person)
    cards = page.get_by_role("main").locator("[data-vehicle]").filter(has=start_buttons(page))
    cards.get_by_role("heading").get_by_role("link").first.click()
    page.get_by_role("button", name="Reserve for 10 minutes").click()
    expect(page.get_by_role("status", name="Messages")).to_contain_text("It's reserved for you")
    main = page.get_by_role("main")
    expect(main.get_by_role("timer")).to_have_text(re.compile(r"^9:5\d left$"))
    expect(main).to_contain_text(re.compile(r"Kept for you until \d+:\d\d"))
    page.goto("/rides")
    reservation(page).get_by_role("button", name="Start ride").click()
    arrive(page, "Your rides", "Ride started")
    expect(reservation(page)).to_have_count(0)


def test_clock_counts_down_on_every_page_and_goes_with_the_reservation(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    reserve(backend, person)
    page = open_page(**SCREENS["phone"])
    # Whatever the device believes to be the time.
    page.clock.install(time="2001-02-03T04:05:06")
    log_in(page, person, "/rides")
    clock = reservation(page).get_by_role("timer")
    expect(clock).to_have_text(re.compile(r"^9:[45]\d left$"))
    page.clock.fast_forward("09:00")
    expect(clock).to_have_text(re.compile(r"^0:[0-5]\d left$"))
    page.clock.fast_forward("01:00")
    expect(reservation(page)).to_be_hidden()


def test_page_of_the_vehicle_no_longer_calls_it_reserved_when_time_is_over(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    vehicle = reserve(backend, person)
    page = open_page(**SCREENS["phone"])
    page.clock.install(time="2001-02-03T04:05:06")
    log_in(page, person, f"/v/{full_number(CITY, vehicle.number)}")
    main = page.get_by_role("main")
    expect(main.get_by_text("Reserved for you")).to_be_visible()
    page.clock.fast_forward("10:00")
    for gone in (
        main.get_by_text("Reserved for you"),
        main.get_by_role("timer"),
        main.get_by_role("button", name="Cancel reservation"),
    ):
        expect(gone).to_be_hidden()
    expect(main.get_by_role("button", name="Start ride")).to_be_visible()


def test_reservation_is_told_and_cancelled_without_scripts(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    reserve(backend, person)
    page = open_page(java_script_enabled=False, **SCREENS["phone"])
    log_in(page, person, "/rides")
    expect(reservation(page)).to_contain_text(
        re.compile(r"Kept for you until \d\d:\d\d E[SD]T\s+· ")
    )
    reservation(page).get_by_role("button", name="Cancel reservation").click()
    arrive(page, "Vehicles in Boston", "Your reservation has ended.")
    expect(reservation(page)).to_have_count(0)


def test_vehicle_that_others_have_reserved_has_no_start(
    open_page: OpenPage, backend: MovR, person: Person
) -> None:
    vehicle = reserve(backend, new_person(backend))
    page = open_page(**SCREENS["desk"])
    log_in(page, person)
    card = page.locator(f"#v{vehicle.id}")
    expect(card).to_contain_text("Reserved")
    expect(start_buttons(card)).to_have_count(0)
