"""Cancelling a ride: who may and until when, what it leaves behind, and doing it again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import NotFound, RideCancelled, TooLateToCancel
from movr.records import Totals
from movr.rules import CANCEL_WITHIN
from tests.database.actions import cancel_ride, end_ride, get_ride, reread, start_ride
from tests.database.world import read_world

A_MILLISECOND = timedelta(milliseconds=1)


def pass_time(monkeypatch, ride, length):
    """Let this much time have passed since the start of a ride."""
    monkeypatch.setattr("movr.clock.now", lambda: ride.start_time + length)


@pytest.mark.parametrize("city", ["new york", "rome"])
def test_cancelled_ride_leaves_everything_as_it_was_before_its_start(
    movr: MovR, rider, create_vehicle, city
):
    vehicle = create_vehicle(city=city)
    before = read_world(movr)
    ride = start_ride(movr, rider, vehicle)
    cancel_ride(movr, rider, ride)
    after = read_world(movr)
    # But for the note that makes this rider wait before reserving it.
    vars(before.vehicles[vehicle.city, vehicle.id]).update(
        reserver_city=rider.city, reserver_id=rider.id, reserved_until=ride.start_time
    )
    assert (after.users, after.vehicles) == (before.users, before.vehicles)
    row = after.rides[ride.city, ride.id]
    assert row.cancelled
    assert (row.end_location, row.end_latitude, row.end_longitude) == (
        vehicle.last_location,
        vehicle.latitude,
        vehicle.longitude,
    )
    with pytest.raises(NotFound):
        get_ride(movr, rider, ride)
    key = {"cities": [city], "rider_city": rider.city, "rider_id": rider.id}
    assert movr.get_rides(**key).rows == ()
    day = (ride.start_time - timedelta(days=1), ride.start_time + timedelta(days=1))
    assert movr.get_ride_totals(**key, periods=[day]) == (Totals(0, timedelta(0)),)


def test_rider_and_vehicle_are_free_for_the_next_ride(movr: MovR, rider, create_rider, vehicle):
    cancel_ride(movr, rider, start_ride(movr, rider, vehicle))
    again = start_ride(movr, rider, vehicle)
    assert again.start_location == vehicle.last_location
    cancel_ride(movr, rider, again)
    ended = end_ride(movr, (other := create_rider()), start_ride(movr, other, vehicle))
    assert get_ride(movr, other, ended) == ended


def test_second_cancel_changes_nothing(movr: MovR, rider, vehicle, monkeypatch):
    cancel_ride(movr, rider, ride := start_ride(movr, rider, vehicle))
    running = start_ride(movr, rider, vehicle)
    before = read_world(movr)
    cancel_ride(movr, rider, ride)
    pass_time(monkeypatch, ride, timedelta(days=1))
    cancel_ride(movr, rider, ride)
    assert read_world(movr) == before
    assert reread(movr, rider).active_ride == running


def test_start_sent_again_does_not_bring_a_cancelled_ride_back(movr: MovR, rider, vehicle, refused):
    ride = start_ride(movr, rider, vehicle, uuid4())
    cancel_ride(movr, rider, ride)
    with refused(RideCancelled):
        start_ride(movr, rider, vehicle, ride.id)
    start_ride(movr, rider, vehicle)
    with refused(RideCancelled):
        start_ride(movr, rider, vehicle, ride.id)


def test_cancelled_ride_is_not_ended(movr: MovR, rider, vehicle, refused):
    cancel_ride(movr, rider, ride := start_ride(movr, rider, vehicle))
    with refused(RideCancelled):
        end_ride(movr, rider, ride)


def test_ended_ride_is_not_cancelled(movr: MovR, rider, vehicle, refused):
    end_ride(movr, rider, ride := start_ride(movr, rider, vehicle))
    with refused(TooLateToCancel):
        cancel_ride(movr, rider, ride)


def test_minute_since_the_start_decides(movr: MovR, rider, vehicle, monkeypatch, refused):
    ride = start_ride(movr, rider, vehicle)
    pass_time(monkeypatch, ride, CANCEL_WITHIN + A_MILLISECOND)
    with refused(TooLateToCancel):
        cancel_ride(movr, rider, ride)
    pass_time(monkeypatch, ride, CANCEL_WITHIN)
    cancel_ride(movr, rider, ride)
    assert timedelta(minutes=1) == CANCEL_WITHIN


def test_clock_that_is_behind_cancels_as_well(movr: MovR, rider, vehicle, monkeypatch):
    ride = start_ride(movr, rider, vehicle)
    pass_time(monkeypatch, ride, timedelta(seconds=-3))
    cancel_ride(movr, rider, ride)
    assert reread(movr, rider).active_ride is None


def test_only_the_rider_cancels_a_ride(movr: MovR, rider, owner, vehicle, create_rider, refused):
    ride = start_ride(movr, rider, vehicle)
    for stranger in (owner, create_rider(), create_rider(city="rome")):
        with refused(NotFound):
            cancel_ride(movr, stranger, ride)
    for city, ride_id in [("boston", ride.id), (ride.city, uuid4())]:
        with refused(NotFound):
            movr.cancel_ride(city=city, ride_id=ride_id, rider_city=rider.city, rider_id=rider.id)
