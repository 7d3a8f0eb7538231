"""Rides: who may start which vehicle, what a ride leaves behind, and the history."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import AlreadyRiding, NotFound, VehicleUnavailable, WrongEndTime
from movr.kinds import VehicleStatus, VehicleType
from movr.records import Place
from tests.database.actions import CORNER, end_ride, reread, start_ride
from tests.database.world import read_world


def row_of(movr: MovR, vehicle):
    return read_world(movr).vehicles[vehicle.city, vehicle.id]


def history(movr: MovR, rider, *cities):
    cities = cities or (rider.city,)
    return movr.get_rides(cities=cities, rider_city=rider.city, rider_id=rider.id).rows


def set_clock(monkeypatch, moment):
    monkeypatch.setattr("movr.clock.now", lambda: moment)


def test_started_ride_names_vehicle_place_and_time(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    assert (ride.city, ride.vehicle_id) == (vehicle.city, vehicle.id)
    assert (ride.vehicle_type, ride.vehicle_color, ride.vehicle_brand) == (
        vehicle.type,
        vehicle.color,
        vehicle.brand,
    )
    assert ride.vehicle_type is VehicleType.BIKE
    assert (ride.start_location, ride.start_point) == (vehicle.last_location, vehicle.point)
    assert ride.start_time.tzinfo is UTC
    assert abs(datetime.now(UTC) - ride.start_time) < timedelta(minutes=1)
    assert (ride.end_location, ride.end_point) == (None, None)
    assert (ride.end_time, ride.length) == (None, None)
    assert reread(movr, rider).active_ride == ride
    assert row_of(movr, vehicle).status is VehicleStatus.UNAVAILABLE


def test_second_rider_cannot_start_a_taken_vehicle(
    movr: MovR, rider, create_rider, vehicle, refused
):
    rival = create_rider()
    start_ride(movr, rider, vehicle)
    with refused(VehicleUnavailable):
        start_ride(movr, rival, vehicle)


def test_rider_cannot_start_a_second_vehicle(movr: MovR, rider, create_vehicle, refused):
    ride = start_ride(movr, rider, create_vehicle())
    others = [create_vehicle(city="new york"), create_vehicle(city="rome")]
    for other in others:
        with refused(AlreadyRiding):
            start_ride(movr, rider, other)
    end_ride(movr, rider, ride)
    start_ride(movr, rider, others[0])


def test_vehicle_and_rider_are_found_by_city_and_id_together(movr: MovR, rider, vehicle, refused):
    at_home = {"rider_city": rider.city, "rider_id": rider.id}
    for city, vehicle_id in [("boston", vehicle.id), (vehicle.city, uuid4())]:
        with refused(NotFound):
            movr.start_ride(city=city, vehicle_id=vehicle_id, **at_home)
    for rider_city, rider_id in [("boston", rider.id), (rider.city, uuid4())]:
        with refused(NotFound):
            movr.start_ride(
                city=vehicle.city,
                vehicle_id=vehicle.id,
                rider_city=rider_city,
                rider_id=rider_id,
            )


def test_ended_ride_leaves_the_vehicle_where_the_rider_says(movr: MovR, rider, vehicle):
    started = start_ride(movr, rider, vehicle)
    ended = end_ride(movr, rider, started, CORNER)
    assert (ended.id, ended.start_location, ended.start_time, ended.start_point) == (
        started.id,
        started.start_location,
        started.start_time,
        vehicle.point,
    )
    assert ended.end_point == CORNER.point
    assert (ended.end_location, ended.length) == (CORNER.name, ended.end_time - ended.start_time)
    assert ended.end_time.tzinfo is UTC
    after = row_of(movr, vehicle)
    assert after.status is VehicleStatus.AVAILABLE
    assert (after.last_location, after.latitude, after.longitude) == (
        CORNER.name,
        CORNER.point.latitude,
        CORNER.point.longitude,
    )
    assert reread(movr, rider).active_ride is None
    assert history(movr, rider) == (ended,)


def test_place_without_coordinates_clears_those_of_the_place_before(movr: MovR, rider, vehicle):
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle), Place("behind the old mill"))
    assert (ended.start_point, ended.end_point) == (vehicle.point, None)
    after = row_of(movr, vehicle)
    assert (after.last_location, after.latitude, after.longitude) == (
        "behind the old mill",
        None,
        None,
    )
    next_one = start_ride(movr, rider, vehicle)
    assert (next_one.start_location, next_one.start_point) == ("behind the old mill", None)
    assert end_ride(movr, rider, next_one, CORNER).end_point == CORNER.point


def test_next_ride_starts_where_the_last_one_ended(movr: MovR, rider, create_rider, vehicle):
    end_ride(movr, rider, start_ride(movr, rider, vehicle), CORNER)
    assert start_ride(movr, create_rider(), vehicle).start_location == CORNER.name


def test_only_the_rider_ends_a_ride(movr: MovR, rider, owner, vehicle, create_rider, refused):
    ride = start_ride(movr, rider, vehicle)
    for stranger in (owner, create_rider(), create_rider(city="rome")):
        with refused(NotFound):
            end_ride(movr, stranger, ride)
    end_ride(movr, rider, ride)
    with refused(NotFound):
        end_ride(movr, owner, ride)


def test_ride_is_found_by_city_and_id_together(movr: MovR, rider, vehicle, refused):
    ride = start_ride(movr, rider, vehicle)
    for city, ride_id in [("boston", ride.id), (ride.city, uuid4())]:
        with refused(NotFound):
            movr.end_ride(
                city=city,
                ride_id=ride_id,
                rider_city=rider.city,
                rider_id=rider.id,
                place=CORNER,
            )


def test_rider_away_from_home_rides_and_finds_the_ride_there(movr: MovR, rider, create_vehicle):
    vehicle = create_vehicle(city="rome")
    ride = start_ride(movr, rider, vehicle)
    assert ride.city == "rome"
    assert reread(movr, rider).active_ride == ride
    ended = end_ride(movr, rider, ride)
    assert history(movr, rider, "rome") == (ended,)
    assert history(movr, rider, "new york", "rome") == (ended,)
    assert history(movr, rider, "new york") == ()
    assert reread(movr, rider).active_ride is None


def test_history_has_the_ended_rides_of_one_rider_newest_first(
    movr: MovR, rider, create_rider, vehicle
):
    rides = [end_ride(movr, rider, start_ride(movr, rider, vehicle)) for _ in range(3)]
    end_ride(movr, (other := create_rider()), start_ride(movr, other, vehicle))
    running = start_ride(movr, rider, vehicle)
    shown = history(movr, rider)
    assert {ride.id for ride in shown} == {ride.id for ride in rides}
    assert shown == tuple(sorted(shown, key=lambda ride: (ride.start_time, ride.id), reverse=True))
    assert reread(movr, rider).active_ride == running


def test_rider_with_the_same_id_in_another_city_is_somebody_else(movr: MovR, rider, vehicle):
    end_ride(movr, rider, start_ride(movr, rider, vehicle))
    page = movr.get_rides(cities=[rider.city], rider_city="rome", rider_id=rider.id)
    assert page.rows == ()


@pytest.mark.parametrize(
    "length",
    [
        timedelta(milliseconds=1),
        timedelta(seconds=59, milliseconds=999),
        timedelta(hours=1, minutes=2, seconds=3),
        timedelta(days=40, hours=5, milliseconds=7),
        timedelta(days=400),
    ],
    ids=str,
)
def test_length_is_the_time_from_start_to_end(movr: MovR, rider, vehicle, monkeypatch, length):
    # Around a change of the clocks in New York, which must not lengthen a ride.
    start = datetime(2026, 10, 31, 23, 30, 15, 123000, tzinfo=UTC)
    set_clock(monkeypatch, start)
    ride = start_ride(movr, rider, vehicle)
    set_clock(monkeypatch, start + length)
    ended = end_ride(movr, rider, ride)
    assert (ended.start_time, ended.end_time, ended.length) == (start, start + length, length)
    assert history(movr, rider) == (ended,)


def test_end_by_a_clock_that_is_behind_gives_a_ride_of_no_length(
    movr: MovR, rider, vehicle, monkeypatch
):
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    set_clock(monkeypatch, start)
    ride = start_ride(movr, rider, vehicle)
    set_clock(monkeypatch, start - timedelta(seconds=3))
    ended = end_ride(movr, rider, ride)
    assert (ended.end_time, ended.length) == (start, timedelta(0))
    assert history(movr, rider) == (ended,)


def test_ride_ends_when_the_rider_says(movr: MovR, rider, vehicle, monkeypatch):
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    set_clock(monkeypatch, start)
    ride = start_ride(movr, rider, vehicle)
    set_clock(monkeypatch, start + timedelta(hours=30))
    ended = end_ride(movr, rider, ride, end_time=start + timedelta(hours=1))
    assert (ended.end_time, ended.length) == (start + timedelta(hours=1), timedelta(hours=1))
    assert history(movr, rider) == (ended,)
    assert reread(movr, rider).time_ridden == timedelta(hours=1)
    assert row_of(movr, vehicle).time_ridden == timedelta(hours=1)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=2)], ids=["start", "now"])
def test_ride_may_end_at_its_start_or_now(movr: MovR, rider, vehicle, monkeypatch, length):
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    set_clock(monkeypatch, start)
    ride = start_ride(movr, rider, vehicle)
    set_clock(monkeypatch, start + timedelta(hours=2))
    assert end_ride(movr, rider, ride, end_time=start + length).length == length


@pytest.mark.parametrize(
    "after_start", [timedelta(milliseconds=-1), timedelta(hours=2, milliseconds=1)], ids=str
)
def test_ride_ends_neither_before_its_start_nor_in_the_future(
    movr: MovR, rider, vehicle, monkeypatch, after_start, refused
):
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    set_clock(monkeypatch, start)
    ride = start_ride(movr, rider, vehicle)
    set_clock(monkeypatch, start + timedelta(hours=2))
    with refused(WrongEndTime):
        end_ride(movr, rider, ride, end_time=start + after_start)
    ended = end_ride(movr, rider, ride)
    assert end_ride(movr, rider, ride, end_time=start + after_start) == ended


def test_owner_sees_since_when_a_vehicle_is_ridden(movr: MovR, rider, owner, create_vehicle):
    ridden, free = create_vehicle(owner=owner), create_vehicle(owner=owner)
    end_ride(movr, rider, start_ride(movr, rider, free))
    ride = start_ride(movr, rider, ridden)
    own = movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id).rows
    since = {each.id: each.ridden_since for each in own}
    assert since == {ridden.id: ride.start_time, free.id: None}
