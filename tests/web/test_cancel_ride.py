"""Cancelling a ride on the page: where it is offered, until when, and what is said afterwards."""

from datetime import timedelta

import pytest

from movr import clock
from tests.web.site import dump, heading, is_redirect, join, links, receipt, words

START = "Start ride: red bike, Dam"
CANCEL = "Cancel ride"


def running(person):
    """The ride that a person is on."""
    return person.movr.get_user(city=person.user.city, user_id=person.user.id).active_ride


@pytest.fixture
def ride(rider, owner):
    """A ride that has just begun, by the form of the list."""
    rider.client.press(rider.client.get("/vehicles"), START)
    return running(rider)


def begin_earlier(monkeypatch, rider, bike, length):
    """A ride that began this long ago."""
    began = clock.now() - length
    with monkeypatch.context() as patch:
        patch.setattr("movr.clock.now", lambda: began)
        return rider.start_ride(bike)


def test_a_ride_that_has_just_begun_is_cancelled_and_counts_nowhere(rider, ride):
    cancelled = rider.client.press(rider.client.get("/rides"), CANCEL)
    assert is_redirect(cancelled, "/vehicles")
    page = rider.client.get("/vehicles")
    assert "Ride cancelled. It doesn't count." in words(page)
    assert "Start ride: red bike, Dam" in page.text
    assert running(rider) is None
    assert rider.client.get(receipt(ride)).status_code == 404
    assert "Past rides" not in words(rider.client.get("/rides"))
    assert "No rides in" in words(rider.client.get("/rides/months"))


def test_a_ride_away_from_home_is_cancelled_there(app, rider):
    ride = rider.start_ride(join(app, city="rome").add_vehicle(location="Pantheon"), "rome")
    assert is_redirect(rider.client.press(rider.client.get("/rides"), CANCEL), "/vehicles")
    assert running(rider) is None
    assert rider.client.get(receipt(ride)).status_code == 404


def test_cancelling_twice_is_done_once(rider, ride):
    page = rider.client.get("/rides")
    rider.client.press(page, CANCEL)
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, CANCEL), "/vehicles")
    assert dump(rider.movr) == before


def test_the_form_that_started_a_cancelled_ride_starts_no_other(rider, owner):
    list_page = rider.client.get("/vehicles")
    rider.client.press(list_page, START)
    rider.client.press(rider.client.get("/rides"), CANCEL)
    before = dump(rider.movr)
    refusal = rider.client.press(list_page, START)
    assert refusal.status_code == 409
    assert heading(refusal) == "You cancelled this ride"
    assert links(refusal)["See the vehicles"] == "/vehicles"
    assert dump(rider.movr) == before
    rider.client.press(rider.client.get("/vehicles"), START)
    assert running(rider) is not None


def test_a_cancelled_ride_is_not_ended_by_a_page_that_was_open(rider, ride):
    page = rider.client.get("/rides")
    rider.client.press(page, CANCEL)
    before = dump(rider.movr)
    refusal = rider.client.press(page, "End ride", location="Spui")
    assert refusal.status_code == 409
    assert heading(refusal) == "You cancelled this ride"
    assert dump(rider.movr) == before


def test_who_comes_too_late_is_told_so_and_led_to_the_running_ride(rider, owner, ride, monkeypatch):
    page = rider.client.get("/rides")
    before = dump(rider.movr)
    monkeypatch.setattr("movr.clock.now", lambda: ride.start_time + timedelta(seconds=61))
    late = rider.client.press(page, CANCEL)
    assert is_redirect(late, receipt(ride))
    assert dump(rider.movr) == before
    there = rider.client.get(late.location, follow_redirects=True)
    assert there.request.path == "/rides"
    assert "It's too late to cancel this ride" in words(there)
    assert "You're riding the red bike" in words(there)


def test_who_has_ended_the_ride_is_led_to_its_receipt(rider, ride):
    page = rider.client.get("/rides")
    rider.end_ride(ride)
    late = rider.client.press(page, CANCEL)
    assert is_redirect(late, receipt(ride))
    there = rider.client.get(late.location)
    assert heading(there) == "Your ride"
    assert "It's too late to cancel this ride" in words(there)


def test_cancelling_is_offered_for_a_minute_and_on_this_page_only(rider, owner, monkeypatch):
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    ride = begin_earlier(monkeypatch, rider, bike.id, timedelta(seconds=30))
    shown = rider.client.get("/rides").text
    assert CANCEL in shown
    assert 'data-shown-for-ms="2' in shown or 'data-shown-for-ms="30000"' in shown
    assert CANCEL not in rider.client.get("/vehicles").text
    rider.end_ride(ride)
    assert CANCEL not in rider.client.get("/rides").text
    begin_earlier(monkeypatch, rider, bike.id, timedelta(seconds=61))
    assert CANCEL not in rider.client.get("/rides").text
