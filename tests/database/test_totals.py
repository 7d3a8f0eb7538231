"""What is counted of rides: on the rider, on the vehicle, and by the time in which they began."""

from datetime import timedelta
from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import NotFound
from movr.records import Totals
from tests.database.actions import end_ride, get_ride, reread, start_ride
from tests.database.bulk import NOON

NONE = Totals(0, timedelta(0))


@pytest.fixture
def ride_for(movr: MovR, monkeypatch):
    """`ride_for(rider, vehicle, start, length)` - a ride at that time, from start to end."""

    def ride_for(rider, vehicle, start=NOON, length=timedelta(minutes=10)):
        monkeypatch.setattr("movr.clock.now", lambda: start)
        ride = start_ride(movr, rider, vehicle)
        monkeypatch.setattr("movr.clock.now", lambda: start + length)
        return end_ride(movr, rider, ride)

    return ride_for


def totals(movr: MovR, rider, *periods, cities=("new york", "rome")):
    return movr.get_ride_totals(
        cities=cities, rider_city=rider.city, rider_id=rider.id, periods=periods
    )


def counts(thing):
    return thing.ride_count, thing.time_ridden


def test_rider_and_vehicle_count_each_ride_once_and_when_it_ends(
    movr: MovR, rider, create_vehicle, ride_for
):
    here, away = create_vehicle(), create_vehicle(city="rome")
    ride = start_ride(movr, rider, here)
    assert counts(reread(movr, rider)) == (0, timedelta(0))
    for _ in range(2):
        ended = end_ride(movr, rider, ride)
    one = ride_for(rider, away, length=timedelta(hours=30, milliseconds=7))
    assert counts(reread(movr, rider)) == (2, ended.length + one.length)
    assert counts(movr.get_vehicle(city="rome", vehicle_id=away.id)) == (1, one.length)
    assert counts(movr.get_vehicle(city=here.city, vehicle_id=here.id)) == (1, ended.length)


def test_ride_counts_in_the_period_in_which_it_began(movr: MovR, rider, vehicle, ride_for):
    hour = timedelta(hours=1)
    ride_for(rider, vehicle, NOON, timedelta(hours=3))
    ride_for(rider, vehicle, NOON + 4 * hour, timedelta(milliseconds=1))
    before, first, second, at_its_end, both = totals(
        movr,
        rider,
        (NOON - hour, NOON),
        (NOON, NOON + hour),
        (NOON + 4 * hour, NOON + 5 * hour),
        (NOON + 3 * hour, NOON + 4 * hour),
        (NOON, NOON + 5 * hour),
    )
    assert (before, at_its_end) == (NONE, NONE)
    assert first == Totals(1, timedelta(hours=3))
    assert second == Totals(1, timedelta(milliseconds=1))
    assert both == Totals(2, timedelta(hours=3, milliseconds=1))


def test_other_riders_other_cities_and_running_rides_do_not_count(
    movr: MovR, rider, create_rider, create_vehicle, ride_for
):
    here, away = create_vehicle(), create_vehicle(city="rome")
    ride_for(rider, away)
    ride_for(create_rider(), here)
    start_ride(movr, rider, here)
    day = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert totals(movr, rider, day, cities=["new york"]) == (NONE,)
    assert totals(movr, rider, day) == (Totals(1, timedelta(minutes=10)),)


def test_only_its_rider_sees_a_ride(movr: MovR, rider, create_rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    assert get_ride(movr, rider, ride) == ride
    ended = end_ride(movr, rider, ride)
    assert get_ride(movr, rider, ride) == ended
    with pytest.raises(NotFound):
        get_ride(movr, create_rider(), ride)
    for city, ride_id in (("rome", ride.id), (ride.city, uuid4())):
        with pytest.raises(NotFound):
            movr.get_ride(city=city, ride_id=ride_id, rider_city=rider.city, rider_id=rider.id)
