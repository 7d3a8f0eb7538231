"""Pressing twice and going back: whatever a person repeats, there is one ride at a time."""

import pytest
from playwright.sync_api import Page, Route, expect

from movr import MovR
from movr.records import Ride
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import (
    CITY,
    CITY_LABEL,
    Person,
    arrive,
    field,
    log_in,
    running_ride,
    start_buttons,
)
from tests.support.processes import wait_until

PLACE = "Copley Square"


def past_rides(movr: MovR, person: Person) -> tuple[Ride, ...]:
    return movr.get_rides(cities=[CITY], rider_city=CITY, rider_id=person.user.id).rows


def running(movr: MovR, person: Person) -> Ride | None:
    return movr.get_user(city=CITY, user_id=person.user.id).active_ride


def end_here(page: Page) -> None:
    field(page, "Where are you leaving it?").fill(PLACE)
    page.get_by_role("button", name="End ride").click()
    arrive(page, "Your ride", f"Ride ended: {PLACE}")


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def either_page(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=request.param, **SCREENS["phone"])


@pytest.fixture
def rider_page(open_page: OpenPage, person: Person) -> Page:
    page = open_page(**SCREENS["phone"])
    log_in(page, person)
    return page


def test_double_click_starts_one_ride(either_page: Page, person: Person, backend: MovR) -> None:
    log_in(either_page, person)
    start_buttons(either_page).first.dblclick()
    arrive(either_page, "Your rides", "Ride started")
    ride = running(backend, person)
    assert ride is not None
    end_here(either_page)
    assert [past.id for past in past_rides(backend, person)] == [ride.id]
    assert running(backend, person) is None


def test_start_pressed_again_after_a_lost_answer_starts_one_ride(
    open_page: OpenPage, person: Person, backend: MovR
) -> None:
    page = open_page(java_script_enabled=False, **SCREENS["phone"])
    log_in(page, person)
    sent: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            route.fetch(max_redirects=0)
        else:
            route.continue_()

    page.route("**/rides/start/*", lose_the_first_answer)
    box = start_buttons(page).first.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*middle)

    def has_started() -> bool:
        page.wait_for_timeout(20)  # Playwright does its part only while it is waited for.
        return running(backend, person) is not None

    assert wait_until(has_started, 15)
    page.mouse.click(*middle)
    arrive(page, "Your rides", "Ride started")
    assert len(sent) == 2
    assert sent[0] == sent[1]
    end_here(page)
    assert len(past_rides(backend, person)) == 1


def test_double_click_on_end_ride_ends_it_once(
    either_page: Page, person: Person, backend: MovR
) -> None:
    log_in(either_page, person)
    start_buttons(either_page).first.click()
    arrive(either_page, "Your rides")
    field(either_page, "Where are you leaving it?").fill(PLACE)
    either_page.get_by_role("button", name="End ride").dblclick()
    arrive(either_page, "Your ride", f"Ride ended: {PLACE}")
    assert len(past_rides(backend, person)) == 1


def test_back_after_a_ride_shows_the_vehicles_as_they_are_and_starts_the_next(
    rider_page: Page, person: Person, backend: MovR
) -> None:
    start_buttons(rider_page).first.click()
    arrive(rider_page, "Your rides")
    end_here(rider_page)
    rider_page.go_back()
    rider_page.go_back()
    arrive(rider_page, f"Vehicles in {CITY_LABEL}")
    start_buttons(rider_page).first.click()
    arrive(rider_page, "Your rides", "Ride started")
    expect(running_ride(rider_page)).to_be_visible()
    assert running(backend, person) is not None
    assert len(past_rides(backend, person)) == 1


def test_form_of_a_ride_that_has_ended_says_so_and_starts_nothing(
    rider_page: Page, person: Person, backend: MovR
) -> None:
    form_id = rider_page.locator("[name=form_id]").input_value()
    start_buttons(rider_page).first.click()
    arrive(rider_page, "Your rides")
    end_here(rider_page)
    # A browser may show a page as it was left, with the ride of then in its form.
    rider_page.goto("/vehicles")
    field = rider_page.locator("[name=form_id]")
    field.evaluate("(input, old) => { input.value = old }", form_id)
    start_buttons(rider_page).first.click()
    arrive(rider_page, "Your rides", "This ride has already ended.")
    expect(running_ride(rider_page)).to_have_count(0)
    assert running(backend, person) is None
    assert len(past_rides(backend, person)) == 1
