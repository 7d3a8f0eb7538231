"""Riders have a vehicle kept for ten minutes; what they, others and its owner see of it."""

import re
from datetime import timedelta

import pytest

from movr import clock
from movr.numbers import full_number
from movr.rules import RESERVED_FOR
from tests.support.page_tree import Page
from tests.web.site import heading, is_redirect, join, new_browser, words

RESERVE, CANCEL, START = "Reserve for 10 minutes", "Cancel reservation", "Start ride"
LISTED = "Start ride: red bike, Dam"


@pytest.fixture
def bike(owner):
    """The owner's red bike, which stands at Dam."""
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle


@pytest.fixture
def its_page(bike):
    """The path of the bike's own page."""
    return f"/v/{full_number(bike.city, bike.number)}"


@pytest.fixture
def rival(app):
    """Another rider."""
    return join(app)


@pytest.fixture
def later(monkeypatch):
    """Let all reservations be over; they are made as if it had been earlier."""
    now = clock.now
    earlier = RESERVED_FOR + timedelta(seconds=1)
    monkeypatch.setattr("movr.clock.now", lambda: now() - earlier)
    return lambda: monkeypatch.setattr("movr.clock.now", now)


def test_a_rider_reserves_a_vehicle_on_its_page_and_starts_it(rider, bike, its_page):
    page = rider.client.get("/vehicles")
    # The name of each vehicle in the list leads to its page.
    assert its_page in [link.get("href") for link in Page(page.text).all("a")]
    answer = rider.client.press(rider.client.get(its_page), RESERVE)
    assert is_redirect(answer, its_page)
    page = rider.client.get(its_page)
    assert "It's reserved for you. Nobody else can start it." in words(page)
    assert "Reserved for you" in words(page)
    assert is_redirect(rider.client.press(page, START), "/rides")
    assert "You've reserved" not in words(rider.client.get("/vehicles"))


def test_every_page_says_what_is_reserved_and_until_when(rider, bike, its_page):
    rider.reserve_vehicle(bike.id)
    for path in ("/vehicles", "/rides", "/users", f"/users/{rider.user.id}"):
        page = rider.client.get(path)
        (banner,) = Page(page.text).all("aside")
        assert banner.get("aria-label") == "Your reservation"
        assert "Reserved: red bike" in words(page)
        assert re.search(r"Kept for you until \d\d:\d\d CES?T · Dam", words(page))
        # Nor does a script write the date, if midnight comes in between.
        assert 'data-time="clock"' in page.text
        assert 590_000 < int(re.search(r'data-left-ms="(\d+)"', page.text)[1]) <= 600_000
    # The vehicle's own page says it once.
    assert rider.client.get(its_page).text.count("data-left-ms") == 1
    assert is_redirect(rider.client.press(page, START), "/rides")


def test_a_reservation_is_cancelled_from_any_page(rider, rival, bike, its_page):
    rider.reserve_vehicle(bike.id)
    page = rider.client.get("/rides")
    assert is_redirect(rider.client.press(page, CANCEL), "/vehicles")
    page = rider.client.get("/vehicles")
    assert "Your reservation has ended." in words(page)
    assert "Reserved: red bike" not in words(page)
    # The same button in another tab.
    assert is_redirect(rider.client.submit(f"/reservations/cancel/{bike.id}"), "/vehicles")
    page = rider.client.get("/vehicles")
    assert "You have no reservation of this vehicle any more." in words(page)
    assert "Your reservation has ended." not in words(page)
    rival.reserve_vehicle(bike.id)


def test_others_see_that_it_is_reserved_and_cannot_start_it(app, rider, rival, bike, its_page):
    rider.reserve_vehicle(bike.id)
    for browser in (rival.client, new_browser(app)):
        page = browser.get("/vehicles", headers={"X-City": "Amsterdam"})
        assert "Reserved" in words(page)
        assert LISTED not in page.text
        assert "No matching vehicles" in words(
            browser.get("/vehicles?available=1", headers={"X-City": "Amsterdam"})
        )
        page = browser.get(its_page)
        assert re.search(r"Someone has reserved it until \d\d:\d\d", words(page))
        assert START not in page.text
        assert RESERVE not in page.text
    own = rider.client.get("/vehicles")
    assert "Reserved for you" in words(own)
    assert LISTED in own.text


def test_a_reservation_that_is_over_is_gone_from_every_page(
    rider, rival, owner, bike, its_page, later
):
    rider.reserve_vehicle(bike.id)
    later()
    assert "Reserved" not in words(rider.client.get("/vehicles"))
    page = rival.client.get("/vehicles")
    assert "Reserved" not in words(page)
    assert "Pause" in words(owner.client.get(f"/users/{owner.user.id}"))
    # Its rider lets others have a chance first, and may ride.
    own = rider.client.get(its_page)
    assert RESERVE not in own.text
    assert START in own.text
    assert "You can reserve it again in a few minutes." in words(own)
    form = {"city": bike.city, "next": its_page}
    answer = rider.client.submit(f"/vehicles/reserve/{bike.id}", form)
    assert is_redirect(answer, its_page)
    assert "You had this one reserved just now." in words(rider.client.get(its_page))
    assert is_redirect(rival.client.press(page, LISTED), "/rides")


def test_who_comes_too_late_is_led_back(rider, rival, bike, its_page):
    listed, page = rival.client.get("/vehicles"), rival.client.get(its_page)
    rider.reserve_vehicle(bike.id)
    assert is_redirect(rival.client.press(listed, LISTED), "/vehicles")
    assert "Someone just took that one." in words(rival.client.get("/vehicles"))
    assert is_redirect(rival.client.press(page, RESERVE), its_page)
    assert "You haven't reserved it" in words(rival.client.get(its_page))
    # Without a page to lead back to there is one that says it.
    answer = rival.client.submit(f"/vehicles/reserve/{bike.id}", {"city": bike.city})
    assert (answer.status_code, heading(answer)) == (409, "Someone just reserved that one")
    answer = rival.client.submit(f"/rides/start/{bike.id}", {"city": bike.city})
    assert (answer.status_code, heading(answer)) == (409, "Someone just reserved that one")
    assert is_redirect(rival.client.press(page, START), its_page)
    assert "Your ride hasn't started" in words(rival.client.get(its_page))


def test_who_starts_from_the_banner_when_the_time_is_over_is_led_to_other_vehicles(
    rider, rival, bike, later
):
    rider.reserve_vehicle(bike.id)
    page = rider.client.get("/rides")
    later()
    rival.start_ride(bike.id)
    assert is_redirect(rider.client.press(page, START), "/vehicles")
    assert "Your ride hasn't started" in words(rider.client.get("/vehicles"))


def test_reserving_twice_is_reserving_once_and_another_one_moves_it(rider, owner, bike, its_page):
    other = owner.add_vehicle("scooter", "green", "Rokin")
    page = rider.client.get(its_page)
    for _ in range(2):
        assert is_redirect(rider.client.press(page, RESERVE), its_page)
    number = rider.movr.get_vehicle(city="amsterdam", vehicle_id=other).number
    page = rider.client.get(f"/v/AM-{number}")
    assert "Your other reservation ends when you reserve this one." in words(page)
    rider.client.press(page, RESERVE)
    assert "Reserved: green scooter" in words(rider.client.get("/rides"))
    # The first one has ended unused.
    assert RESERVE not in rider.client.get(its_page).text


def test_a_rider_on_a_ride_is_offered_no_reservation(rider, owner, bike, its_page):
    rider.start_ride(owner.add_vehicle())
    assert RESERVE not in rider.client.get(its_page).text
    answer = rider.client.submit(f"/vehicles/reserve/{bike.id}", {"city": bike.city})
    assert (answer.status_code, heading(answer)) == (409, "You're already on a ride")


def test_the_owner_sees_until_when_it_is_reserved_and_may_pause_it(owner, rider, bike, its_page):
    rider.reserve_vehicle(bike.id)
    page = owner.client.get(f"/users/{owner.user.id}")
    assert re.search(r"Reserved until \d\d:\d\d CES?T\.", words(page))
    assert owner.client.get(f"/vehicles/change/{bike.id}?city=amsterdam").status_code == 200
    assert is_redirect(owner.client.press(page, "Pause: red bike, Dam"), f"/users/{owner.user.id}")
    page = rider.client.get(its_page)
    assert "Its owner isn't sharing it right now." in words(page)
    assert "data-left-ms" not in page.text


def test_a_paused_vehicle_is_not_reserved_and_nobody_speaks_of_a_ride(rider, owner, bike, its_page):
    page = rider.client.get(its_page)
    owner.client.press(owner.client.get(f"/users/{owner.user.id}"), "Pause: red bike, Dam")
    assert is_redirect(rider.client.press(page, RESERVE), its_page)
    assert "Its owner has just paused it. You haven't reserved it" in words(
        rider.client.get(its_page)
    )


def test_the_map_says_that_it_is_reserved_to_everybody_alike(rider, rival, bike):
    rider.reserve_vehicle(bike.id)
    found = [
        person.client.get("/vehicles.geojson?city=amsterdam&bbox=4,52,5,53").json
        for person in (rider, rival)
    ]
    assert found[0] == found[1]
    assert [each["properties"]["status"] for each in found[0]["features"]] == ["reserved"]


def test_a_reservation_is_no_longer_shown_while_the_vehicle_is_not_available(rider, owner, bike):
    reservation = rider.movr.reserve_vehicle(
        city="amsterdam", vehicle_id=bike.id, rider_city="amsterdam", rider_id=rider.user.id
    )
    assert reservation.until > clock.now()
    rider.start_ride(bike.id)
    assert "data-left-ms" not in rider.client.get("/vehicles").text


def test_after_a_login_the_form_leads_to_the_page_that_it_came_from(app, bike, its_page):
    answer = new_browser(app).submit(
        f"/vehicles/reserve/{bike.id}", {"city": bike.city, "next": its_page}
    )
    assert is_redirect(answer, f"/login?next={its_page}")
