"""Lists in pages of 24 by key: each row once and in order, whatever the filters and the ties."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from movr import MovR
from movr.cursors import PAGE_SIZE
from movr.errors import InvalidCursor
from movr.kinds import VehicleStatus, VehicleType
from movr.records import Page, User, Vehicle
from tests.database.actions import end_ride, start_ride
from tests.database.bulk import NOON, add_rides, add_users, add_vehicles
from tests.database.conftest import PASSWORD

LONGEST_LIST = 1000


def pages(fetch: Callable[..., Page[Any]], **arguments: Any) -> list[tuple[Any, ...]]:
    """The rows of every page, from the first to the one that has no next."""
    page = fetch(**arguments)
    found = [page.rows]
    while page.next_cursor is not None:
        assert len(found) < LONGEST_LIST, "the pages never end"
        page = fetch(**arguments, cursor=page.next_cursor)
        found.append(page.rows)
    return found


def chained(found: list[tuple[Any, ...]]) -> list[Any]:
    return [row for rows in found for row in rows]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, [0]), (1, [1]), (24, [24]), (25, [24, 1]), (48, [24, 24]), (60, [24, 24, 12])],
)
def test_pages_are_full_but_for_the_last(movr: MovR, owner: User, count, sizes):
    if count:
        add_vehicles(movr, owner, count)
    assert [len(rows) for rows in pages(movr.get_vehicles, city=owner.city)] == sizes
    assert PAGE_SIZE == 24


@pytest.fixture
def fleet(movr: MovR, create_rider, create_vehicle) -> User:
    """The owner of 30 available vehicles of each type, one ridden and some removed."""
    owner, other = create_rider(), create_rider()
    for kind in VehicleType:
        start_ride(movr, create_rider(), create_vehicle(owner=owner, vehicle_type=kind))
    create_vehicle(city="boston")
    for kind in VehicleType:
        add_vehicles(movr, owner, 30, kind)
        add_vehicles(movr, owner, 30, kind, VehicleStatus.REMOVED)
    add_vehicles(movr, other, 10, VehicleType.BIKE)
    return owner


@pytest.mark.parametrize("available_only", [False, True], ids=["any", "available"])
@pytest.mark.parametrize("kind", [None, *VehicleType])
def test_vehicles_come_once_each_and_in_order(movr: MovR, fleet: User, kind, available_only):
    shown = chained(
        pages(
            movr.get_vehicles,
            city="new york",
            vehicle_type=kind,
            available_only=available_only,
        )
    )
    available = {None: 100, VehicleType.BIKE: 40}.get(kind, 30)
    ridden = 0 if available_only else 3 if kind is None else 1
    assert len(shown) == len({vehicle.id for vehicle in shown}) == available + ridden
    assert shown == sorted(shown, key=lambda vehicle: (vehicle.status, vehicle.id))
    assert {vehicle.city for vehicle in shown} == {"new york"}
    assert kind is None or {vehicle.type for vehicle in shown} == {kind}
    assert [each.status for each in shown].count(VehicleStatus.UNAVAILABLE) == ridden
    assert VehicleStatus.REMOVED not in {vehicle.status for vehicle in shown}


def test_vehicles_of_an_owner_come_once_each_and_in_order(movr: MovR, fleet: User):
    found = pages(movr.get_vehicles_of_owner, city=fleet.city, owner_id=fleet.id)
    assert [len(rows) for rows in found] == [24, 24, 24, 21]
    shown = chained(found)
    assert len({vehicle.id for vehicle in shown}) == 93
    assert shown == sorted(shown, key=lambda vehicle: vehicle.id)
    assert {vehicle.owner_id for vehicle in shown} == {fleet.id}


def test_list_goes_on_after_a_vehicle_that_has_left_it(movr: MovR, rider, owner):
    ids = add_vehicles(movr, owner, 30)
    first = movr.get_vehicles(city=owner.city, available_only=True)
    start_ride(movr, rider, first.rows[-1])
    second = movr.get_vehicles(city=owner.city, available_only=True, cursor=first.next_cursor)
    assert [vehicle.id for vehicle in second.rows] == ids[24:]


def test_riders_come_once_each_and_by_name(movr: MovR, create_rider):
    names = [
        *(f"rider{number}" for number in range(50)),
        *("a.b", "a-b", "a_b", "ab", "a", "9lives"),
    ]
    add_users(movr, "new york", names)
    add_users(movr, "rome", ["roma"])
    closed = create_rider(username="closed")
    movr.remove_user(city=closed.city, user_id=closed.id, password=PASSWORD)
    found = pages(movr.get_users, city="new york")
    assert [len(rows) for rows in found] == [24, 24, 8]
    assert [rider.username for rider in chained(found)] == sorted(names)


@pytest.mark.parametrize("different_times", [1, 7, 60])
def test_rides_come_once_each_and_newest_first_whatever_the_ties(
    movr: MovR, rider: User, vehicle: Vehicle, different_times
):
    times = [NOON + timedelta(minutes=n % different_times) for n in range(60)]
    keys = add_rides(movr, rider, vehicle, times)
    found = pages(movr.get_rides, cities=["new york"], rider_city=rider.city, rider_id=rider.id)
    assert [len(rows) for rows in found] == [24, 24, 12]
    assert [(ride.start_time, ride.id) for ride in chained(found)] == keys


def test_rides_of_several_cities_come_as_one_list(
    movr: MovR, rider: User, create_vehicle, create_rider
):
    vehicles = [create_vehicle(city=city) for city in ("new york", "boston", "rome")]
    keys = []
    for number, vehicle in enumerate(vehicles):
        times = [NOON + timedelta(minutes=(n * (number + 1)) % 20) for n in range(30)]
        keys += add_rides(movr, rider, vehicle, times)
        add_rides(movr, create_rider(), vehicle, times)
    found = pages(
        movr.get_rides,
        cities=["new york", "boston", "rome"],
        rider_city=rider.city,
        rider_id=rider.id,
    )
    assert [len(rows) for rows in found] == [24, 24, 24, 18]
    assert [(ride.start_time, ride.id) for ride in chained(found)] == sorted(keys, reverse=True)


def test_ride_that_ends_between_two_pages_disturbs_neither(movr: MovR, rider: User, vehicle):
    keys = add_rides(movr, rider, vehicle, [NOON - timedelta(minutes=n) for n in range(30)])
    running = start_ride(movr, rider, vehicle)
    whose = {"cities": ["new york"], "rider_city": rider.city, "rider_id": rider.id}
    first = movr.get_rides(**whose)
    end_ride(movr, rider, running)
    second = movr.get_rides(**whose, cursor=first.next_cursor)
    shown = [(ride.start_time, ride.id) for ride in (*first.rows, *second.rows)]
    assert shown == keys


GARBAGE = [
    "",
    "~",
    "x",
    "available",
    f"available~{uuid4()}~{uuid4()}",
    f"stolen~{uuid4()}",
    "available~42",
    f"2026-11-20T12:00:00~{uuid4()}",
    f"2026-13-20T12:00:00+00:00~{uuid4()}",
    f"0001-01-01T00:00:00+23:59~{uuid4()}",
    "2026-11-20T12:00:00+00:00~x",
    f"available'; DROP TABLE users; --~{uuid4()}",
    f"avail\0able~{uuid4()}",
    "\ud800",
    "~" * 100_000,
]


@pytest.mark.parametrize("cursor", GARBAGE, ids=range(len(GARBAGE)))
def test_text_that_is_no_cursor_is_refused(movr: MovR, rider: User, refused, cursor: str):
    with refused(InvalidCursor):
        movr.get_vehicles(city="new york", cursor=cursor)
    with refused(InvalidCursor):
        movr.get_vehicles_of_owner(city="new york", owner_id=rider.id, cursor=cursor)
    with refused(InvalidCursor):
        movr.get_rides(cities=["new york"], rider_city=rider.city, rider_id=rider.id, cursor=cursor)


@pytest.mark.parametrize("cursor", ["a\0", "\x1b[2J", "\ud800"], ids=ascii)
def test_text_that_is_no_name_is_refused(movr: MovR, refused, cursor: str):
    with refused(InvalidCursor):
        movr.get_users(city="new york", cursor=cursor)


def test_cursor_of_one_list_is_none_of_another(movr: MovR, rider: User, owner: User, vehicle):
    add_vehicles(movr, owner, 30)
    add_rides(movr, rider, vehicle, [NOON] * 30)
    whose = {"cities": ["new york"], "rider_city": rider.city, "rider_id": rider.id}
    of_rides = movr.get_rides(**whose).next_cursor
    of_vehicles = movr.get_vehicles(city="new york").next_cursor
    with pytest.raises(InvalidCursor):
        movr.get_vehicles(city="new york", cursor=of_rides)
    with pytest.raises(InvalidCursor):
        movr.get_rides(**whose, cursor=of_vehicles)
