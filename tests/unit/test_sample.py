"""Demonstration data: as many rows as asked for, keeping every rule, at real places."""

import itertools
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from movr.kinds import VehicleStatus, VehicleType
from movr.models import Base
from movr.places import PLACES
from movr.records import Point
from movr.regions import CITIES, distance_km
from movr.rules import Lengths
from movr.sample import DEMO_USERNAME, Batch, Sample, Sizes

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sample(city="rome", seed=1):
    return Sample(city, password_hash="none", now=NOW, random=Random(seed))


def together(batches):
    batches = list(batches)
    return Batch(
        *(
            list(itertools.chain.from_iterable(getattr(batch, name) for batch in batches))
            for name in ("users", "vehicles", "rides")
        )
    )


def running(rows):
    return [ride for ride in rows.rides if ride["end_time"] is None]


def past(rows):
    return [ride for ride in rows.rides if ride["end_time"] is not None]


SIZES = [
    Sizes(),
    Sizes(1, 1, 1),
    Sizes(0, 5, 5),
    Sizes(5, 0, 5),
    Sizes(0, 0, 0),
    Sizes(241, 10, 1000),
    Sizes(10, 700, 3),
]
sized = pytest.mark.parametrize("sizes", SIZES, ids=str)


@sized
def test_sample_has_the_size_asked_for(sizes):
    rows = together(sample().batches(sizes))
    owners = [user for user in rows.users if user["is_owner"]]
    assert len(rows.vehicles) == sizes.vehicles
    assert len(rows.users) - len(owners) == sizes.riders
    # One for each dozen, and for what is left of a dozen in each batch.
    assert sizes.vehicles / 12 <= len(owners) < sizes.vehicles / 12 + 4
    assert len(past(rows)) == (sizes.rides if sizes.vehicles and sizes.riders else 0)


@sized
def test_transactions_stay_small(sizes):
    for batch in sample().batches(sizes):
        assert len(batch.vehicles) <= 240
        assert len(batch.rides) <= 240
        assert len(batch.users) <= 240 + 240 / 12 + 1


@sized
def test_batches_point_to_rows_of_their_own_or_earlier_ones(sizes):
    known = set()
    for batch in sample().batches(sizes):
        for table in (batch.users, batch.vehicles):
            known |= {(row["city"], row["id"]) for row in table}
        for vehicle in batch.vehicles:
            assert (vehicle["city"], vehicle["owner_id"]) in known
        for ride in batch.rides:
            assert (ride["city"], ride["vehicle_id"]) in known
            assert (ride["rider_city"], ride["rider_id"]) in known


@sized
def test_running_rides_keep_every_rule(sizes):
    rows = together(sample().batches(sizes))
    rides = running(rows)
    ridden = [ride["vehicle_id"] for ride in rides]
    riding = {ride["rider_id"]: ride for ride in rides}
    assert len(ridden) == len(set(ridden))
    assert len(riding) == len(rides)
    for vehicle in rows.vehicles:
        expected = VehicleStatus.UNAVAILABLE if vehicle["id"] in ridden else VehicleStatus.AVAILABLE
        assert vehicle["status"] is expected
    for user in rows.users:
        ride = riding.get(user["id"])
        noted = (user["active_ride_city"], user["active_ride_id"])
        assert noted == ((ride["city"], ride["id"]) if ride else (None, None))
    assert all(ride["start_time"] < NOW for ride in rides)
    assert len(rides) <= max(1, sizes.riders / 2 + 1)


@sized
def test_past_rides_are_over(sizes):
    for ride in past(together(sample().batches(sizes))):
        assert NOW - timedelta(days=91) < ride["start_time"] <= ride["end_time"] < NOW
        assert ride["length"] == ride["end_time"] - ride["start_time"] <= timedelta(minutes=45)


@sized
@pytest.mark.parametrize("who", ["rider_id", "vehicle_id"])
def test_nobody_is_on_two_rides_at_once(sizes, who):
    free_at = {}
    rides = together(sample().batches(sizes)).rides
    for ride in sorted(rides, key=lambda ride: ride["start_time"]):
        assert free_at.get(ride[who], ride["start_time"]) <= ride["start_time"]
        free_at[ride[who]] = ride["end_time"] or NOW


@sized
def test_ids_and_usernames_are_unique(sizes):
    rows = together([*sample(seed=1).batches(sizes), *sample(seed=2).batches(sizes)])
    for table in (rows.users, rows.vehicles, rows.rides):
        ids = [row["id"] for row in table]
        assert len(set(ids)) == len(ids)
    names = [user["username"] for user in rows.users]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and len(name) <= Lengths.USERNAME for name in names)


def test_rows_have_every_column_that_they_need():
    rows = together(sample().batches(Sizes()))
    for name in ("users", "vehicles", "rides"):
        columns = Base.metadata.tables[name].columns
        needed = {each.name for each in columns if not (each.nullable or each.server_default)}
        for row in getattr(rows, name):
            assert needed <= row.keys() <= {*columns.keys()}


def nearest_place_km(city, vehicle):
    """How far a vehicle stands from the nearest place of its city."""
    return min(
        distance_km(Point(vehicle["latitude"], vehicle["longitude"]), place.point)
        for place in PLACES[city]
    )


@pytest.mark.parametrize("city", CITIES)
def test_every_city_gets_vehicles_of_each_type_at_its_places(city):
    rows = together(sample(city).batches(Sizes()))
    assert len(rows.vehicles) >= 30
    assert {vehicle["type"] for vehicle in rows.vehicles} == set(VehicleType)
    available = [each for each in rows.vehicles if each["status"] is VehicleStatus.AVAILABLE]
    assert {vehicle["type"] for vehicle in available} == set(VehicleType)
    assert running(rows)
    names = {place.name for place in PLACES[city]}
    for vehicle in rows.vehicles:
        assert vehicle["city"] == city
        assert vehicle["last_location"] in names
        assert nearest_place_km(city, vehicle) < 1


def test_vehicle_stands_at_the_place_that_it_names():
    for vehicle in together(sample().batches(Sizes())).vehicles:
        (place,) = [each for each in PLACES["rome"] if each.name == vehicle["last_location"]]
        point = Point(vehicle["latitude"], vehicle["longitude"])
        assert distance_km(point, place.point) < 0.1


def test_ride_begins_and_ends_at_the_places_that_it_names():
    points = {place.name: place.point for place in PLACES["rome"]}
    for ride in together(sample().batches(Sizes())).rides:
        for side in ("start", "end"):
            name, latitude, longitude = (
                ride[f"{side}_{what}"] for what in ("location", "latitude", "longitude")
            )
            assert (name is None) == (latitude is None) == (longitude is None)
            if name is not None:
                assert distance_km(Point(latitude, longitude), points[name]) < 0.1


def test_demonstration_account_owns_a_vehicle_of_each_type_and_has_ridden():
    rows = sample().demo_user()
    (demo,) = rows.users
    assert (demo["username"], demo["is_owner"], demo["active_ride_id"]) == (
        DEMO_USERNAME,
        True,
        None,
    )
    assert [vehicle["type"] for vehicle in rows.vehicles] == list(VehicleType)
    assert {ride["rider_id"] for ride in rows.rides} == {demo["id"]}
    assert len(rows.rides) > 24
    assert running(rows) == []


def test_same_chance_gives_the_same_rows():
    assert list(sample(seed=7).batches(Sizes())) == list(sample(seed=7).batches(Sizes()))
    assert list(sample(seed=7).batches(Sizes())) != list(sample(seed=8).batches(Sizes()))
