"""Who comes too late chooses another vehicle right away."""

from playwright.sync_api import Page, expect

from movr import MovR
from tests.browser.site import CITY_LABEL, Person, arrive, log_in, new_person, start_buttons
from tests.browser.states import start


def test_taken_vehicle_leaves_the_rider_at_the_list(
    page: Page, backend: MovR, person: Person
) -> None:
    log_in(page, person, "/vehicles?available=1")
    ride = start(backend, new_person(backend))
    page.locator(f"button[formaction='/rides/start/{ride.vehicle_id}']").click()
    arrive(page, f"Vehicles in {CITY_LABEL}", "Someone just took that one.")
    only = page.get_by_role("link", name="Only available")
    expect(only).to_have_attribute("aria-current", "true")
    start_buttons(page).first.click()
    arrive(page, "Your rides", "Ride started")
