"""One person's way through the whole site, with a pointer, without scripts, by keyboard alone."""

from datetime import datetime
from uuid import uuid4

from playwright.sync_api import Page, expect

from movr.regions import CITIES
from tests.browser.hands import Hands, Keyboard, Pointer
from tests.browser.screens import SCREENS, OpenPage
from tests.browser.site import (
    CITY,
    CITY_LABEL,
    PASSWORD,
    arrive,
    banner,
    field,
    menu,
    running_ride,
    start_buttons,
)

DESTINATION = "Kendall Square, by the fountain"
NEW_PASSWORD = f"{PASSWORD} staple"


def sign_up(page: Page, hands: Hands, username: str) -> None:
    page.goto("/")
    arrive(page, "Ride New York")
    hands.press(menu(page, "Sign up"))
    arrive(page, "Sign up")
    hands.select(field(page, "City"), CITY_LABEL)
    hands.fill(field(page, "First name"), "Ada")
    hands.fill(field(page, "Last name"), "Byron")
    hands.fill(field(page, "Email"), "ada@example.com")
    hands.fill(field(page, "Username"), username)
    hands.fill(field(page, "Password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Sign up"))
    arrive(page, f"Vehicles in {CITY_LABEL}", "Welcome to MovR, Ada.")


def find_a_scooter(page: Page, hands: Hands) -> None:
    filters = page.get_by_role("navigation", name="Filters")
    everything = page.get_by_role("heading", level=2).all_inner_texts()
    assert not all(name.endswith("scooter") for name in everything)
    for name in ("Scooters", "Only available"):
        hands.press(filters.get_by_role("link", name=name))
        expect(filters.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")
    found = page.get_by_role("heading", level=2).all_inner_texts()
    assert found
    assert all(name.endswith("scooter") for name in found)
    expect(start_buttons(page)).to_have_count(len(found))
    arrive(page, f"Vehicles in {CITY_LABEL}")


def start_a_ride(page: Page, hands: Hands) -> tuple[str, str]:
    """Ride the first vehicle of the list; its name and where it stood."""
    card = page.get_by_role("listitem").filter(has=start_buttons(page)).first
    name = card.get_by_role("heading").inner_text()
    place = str(start_buttons(page).first.get_attribute("aria-label")).partition(", ")[2]
    expect(card.get_by_role("paragraph").first).to_contain_text(place)
    hands.press(start_buttons(page).first)
    arrive(page, "Your rides", f"Ride started: {place}.")
    expect(running_ride(page)).to_contain_text(f"You're riding the {name.lower()}")
    expect(running_ride(page)).to_contain_text(place)
    return name, place


def end_the_ride_elsewhere(page: Page, hands: Hands, name: str, place: str) -> None:
    hands.press(menu(page, "Vehicles"))
    arrive(page, f"Vehicles in {CITY_LABEL}")
    expect(banner(page)).to_contain_text(f"You're riding the {name.lower()}")
    expect(start_buttons(page)).to_have_count(0)
    hands.press(banner(page).get_by_role("link", name="End ride"))
    arrive(page, "Your rides")
    hands.fill(field(page, "Where are you leaving it?"), DESTINATION)
    hands.press(page.get_by_role("button", name="End ride"))
    # No known place, and no pin.
    hands.press(page.get_by_role("button", name="End ride anyway"))
    arrive(page, "Your ride", f"Ride ended: {DESTINATION}")
    receipt = page.get_by_role("main")
    for said in (place, DESTINATION, name, "under a minute"):
        expect(receipt).to_contain_text(said)
    expect(receipt.get_by_role("time")).to_have_count(2)
    hands.press(page.get_by_role("link", name="All your rides"))
    arrive(page, "Your rides")
    expect(page.get_by_text("1 ride, under a minute")).to_be_visible()
    expect(running_ride(page)).to_have_count(0)
    past = page.get_by_role("main").get_by_role("listitem")
    expect(past).to_have_count(1)
    expect(past.get_by_role("heading")).to_have_text(f"{place} to {DESTINATION}")
    expect(past).to_contain_text("under a minute")
    expect(past.get_by_role("time")).to_have_count(1)


def look_back(page: Page, hands: Hands, place: str) -> None:
    hands.press(page.get_by_role("link", name="By month"))
    arrive(page, f"Your rides in {datetime.now(CITIES[CITY].time_zone).year}")
    expect(page.get_by_role("table")).to_contain_text("under a minute")
    hands.press(page.get_by_role("link", name="All rides"))
    arrive(page, "Your rides")
    hands.press(page.get_by_role("link", name=f"{place} to {DESTINATION}"))
    arrive(page, "Your ride")


def change_the_password(page: Page, hands: Hands) -> None:
    hands.press(menu(page, "Profile"))
    arrive(page, "Ada Byron")
    hands.press(page.get_by_role("link", name="Change password"))
    arrive(page, "Change your password")
    hands.fill(field(page, "Current password"), PASSWORD)
    hands.fill(field(page, "New password"), NEW_PASSWORD)
    hands.press(page.get_by_role("button", name="Change password"))
    arrive(page, "Ada Byron", "Your password is changed.")


def share_a_bike_for_a_while(page: Page, hands: Hands) -> None:
    hands.press(menu(page, "Share"))
    arrive(page, "Share a vehicle")
    hands.choose(page.get_by_role("radio", name="Bike"))
    hands.fill(field(page, "Colour"), "Purple")
    hands.fill(field(page, "Brand"), "Rover")
    hands.fill(field(page, "Where is it parked?"), "Copley Square")
    hands.press(page.get_by_role("button", name="Share vehicle"))
    arrive(page, "Ada Byron", "Your vehicle is listed")
    bike = page.get_by_role("region", name="Your shared vehicles").get_by_role("listitem")
    expect(bike).to_contain_text("Purple bike")
    expect(bike).to_contain_text("Copley Square")
    expect(bike).to_contain_text("Not ridden yet")
    hands.press(bike.get_by_role("link", name="Edit the purple bike"))
    arrive(page, "Edit the purple bike")
    hands.fill(field(page, "Colour"), "Silver")
    hands.press(page.get_by_role("button", name="Save changes"))
    arrive(page, "Ada Byron", "Your changes are saved.")
    # What cannot be undone takes two steps.
    sure = bike.get_by_role("button", name="Yes, stop sharing the silver bike, Copley Square")
    expect(sure).to_be_hidden()
    hands.press(bike.locator("summary"))
    hands.press(sure)
    arrive(page, "Ada Byron", "You've stopped sharing the vehicle.")
    expect(page.get_by_role("heading", name="You're not sharing anything yet")).to_be_visible()


def close_the_account(page: Page, hands: Hands) -> None:
    account = page.get_by_role("region", name="Close your account")
    sure = account.get_by_role("button", name="Yes, close my account")
    expect(sure).to_be_hidden()
    hands.press(account.locator("summary"))
    hands.fill(account.get_by_label("Password", exact=True), "not my password")
    hands.press(sure)
    # The page opens where the form is.
    expect(account).to_contain_text("This isn't your current password.")
    hands.fill(account.get_by_label("Password", exact=True), NEW_PASSWORD)
    hands.press(sure)
    arrive(page, "Ride New York", "Your account is closed")


def be_refused(page: Page, hands: Hands, username: str) -> None:
    hands.press(menu(page, "Log in"))
    arrive(page, "Log in")
    hands.fill(field(page, "Username"), username)
    hands.fill(field(page, "Password"), NEW_PASSWORD)
    hands.press(page.get_by_role("button", name="Log in"))
    expect(page.get_by_role("alert")).to_have_text(
        "The username or password is wrong. Check both and try again."
    )
    arrive(page, "Log in")
    expect(menu(page, "Log in")).to_be_visible()


def travel(page: Page, hands: Hands) -> None:
    username = f"ada-{uuid4().hex[:12]}"
    sign_up(page, hands, username)
    find_a_scooter(page, hands)
    name, place = start_a_ride(page, hands)
    end_the_ride_elsewhere(page, hands, name, place)
    look_back(page, hands, place)
    change_the_password(page, hands)
    share_a_bike_for_a_while(page, hands)
    close_the_account(page, hands)
    be_refused(page, hands, username)


def test_a_person_travels_from_signing_up_to_closing_the_account(page: Page) -> None:
    travel(page, Pointer())


def test_a_person_travels_without_scripts(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False, **SCREENS["phone"])
    travel(page, Pointer())
    expect(page.locator("html.js")).to_have_count(0)


def test_a_person_travels_by_keyboard_alone(page: Page) -> None:
    travel(page, Keyboard(page))
