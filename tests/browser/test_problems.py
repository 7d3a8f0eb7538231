"""A rider reports a problem, and the owner lists the vehicle again."""

import pytest
from playwright.sync_api import Page, expect

from movr import MovR
from movr.numbers import full_number
from movr.records import Vehicle
from tests.browser.conftest import OpenPage
from tests.browser.site import CITY, CITY_LABEL, Person, arrive, field, log_in, new_person
from tests.browser.states import share_one

THANKS = "Thank you. The vehicle is out of the list until it's fixed."


@pytest.fixture
def vehicle(backend: MovR, person: Person) -> Vehicle:
    """The person's bike."""
    return backend.get_vehicle(city=CITY, vehicle_id=share_one(backend, person))


def path_of(vehicle: Vehicle) -> str:
    return f"/v/{full_number(vehicle.city, vehicle.number or '')}"


def report(page: Page, kind: str, words: str) -> None:
    """Follow the link, fill in the form and send it."""
    page.get_by_role("link", name="Report a problem").click()
    arrive(page, "Report a problem")
    page.get_by_text(kind, exact=True).click()
    field(page, "In your words").fill(words)
    page.get_by_role("button", name="Report the problem").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_owner_reads_what_a_rider_has_reported_and_lists_the_vehicle_again(
    open_page: OpenPage,
    screen: dict[str, object],
    backend: MovR,
    person: Person,
    vehicle: Vehicle,
    scripts: bool,
) -> None:
    rider = open_page(**screen, java_script_enabled=scripts)
    log_in(rider, new_person(backend), path_of(vehicle))
    report(rider, "Brakes", "They squeak.")
    arrive(rider, f"Vehicles in {CITY_LABEL}", THANKS)
    rider.goto(path_of(vehicle))
    expect(rider.get_by_text("Somebody has reported a problem")).to_be_visible()
    owner = open_page(**screen, java_script_enabled=scripts)
    log_in(owner, person, f"/users/{person.user.id}")
    expect(owner.get_by_text("They squeak.")).to_be_visible()
    expect(owner.get_by_text("Check the brakes, then list the vehicle again.")).to_be_visible()
    owner.get_by_role("button", name="It's fixed: list it again").click()
    arrive(owner, "Ada Byron", "The vehicle is listed again.")
    rider.reload()
    expect(rider.get_by_role("button", name="Start ride")).to_be_visible()


def test_report_is_made_by_the_keyboard_during_a_ride(
    page: Page, backend: MovR, person: Person, vehicle: Vehicle
) -> None:
    log_in(page, new_person(backend), path_of(vehicle))
    page.get_by_role("button", name="Start ride").click()
    arrive(page, "Your rides", "Ride started")
    page.get_by_role("link", name="Report a problem").press("Enter")
    arrive(page, "Report a problem")
    page.get_by_label("Flat tyre or wheel").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Brakes")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("The left one does nothing.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    arrive(page, "Your rides", "When your ride ends, the vehicle is out of the list")


def test_what_was_typed_survives_a_reload(
    page: Page, backend: MovR, person: Person, vehicle: Vehicle
) -> None:
    log_in(page, new_person(backend), f"/problems/report/{vehicle.id}")
    page.get_by_text("Something else", exact=True).click()
    field(page, "In your words").fill("It smells of fish.")
    page.reload()
    expect(page.get_by_label("Something else")).to_be_checked()
    expect(field(page, "In your words")).to_have_value("It smells of fish.")
