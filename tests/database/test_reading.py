"""Reads hand their statements to the driver, and keep the records of rows that are as they were."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, literal, literal_column, select
from sqlalchemy.exc import DBAPIError

from movr import MovR
from movr.database import reading
from movr.database.reading import MAX_KEPT, records, rows
from movr.errors import WrongPassword
from movr.models import Vehicle as Vehicles
from movr.records import OwnVehicle, Place, Ride, Rider, User, Vehicle
from tests.database.actions import end_ride, reserve_vehicle, start_ride
from tests.database.wire import recorded
from tests.database.world import as_record, read_world


def lists(movr: MovR, rider: User, owner: User) -> list[object]:
    """Every list whose rows are kept, of a town with a rider and an owner."""
    return [
        movr.get_vehicles(city=owner.city).rows,
        movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id).rows,
        movr.get_rides(cities=[owner.city], rider_city=rider.city, rider_id=rider.id).rows,
        movr.get_users(city=owner.city).rows,
    ]


def test_records_are_those_of_the_tables_and_the_same_again(
    movr: MovR, rider: User, owner: User, create_vehicle
):
    pinned = create_vehicle(owner=owner)
    vague = create_vehicle(owner=owner, place=Place("somewhere"))
    end_ride(movr, rider, start_ride(movr, rider, pinned))
    end_ride(movr, rider, start_ride(movr, rider, vague), Place("elsewhere"))
    reserve_vehicle(movr, rider, pinned)

    first, again = lists(movr, rider, owner), lists(movr, rider, owner)

    world = read_world(movr)
    fleet = sorted(world.vehicles.values(), key=lambda vehicle: vehicle.id)
    rides = sorted(world.rides.values(), key=lambda ride: ride.start_time, reverse=True)
    people = sorted(world.users.values(), key=lambda user: user.username)
    # As text, in which 1 is not True, nor one time zone another.
    assert repr(first) == repr(
        [
            tuple(as_record(Vehicle, vehicle) for vehicle in fleet),
            tuple(as_record(OwnVehicle, vehicle, ridden_since=None) for vehicle in fleet),
            tuple(
                as_record(
                    Ride,
                    ride,
                    **{
                        f"vehicle_{name}": getattr(world.vehicles[ride.city, ride.vehicle_id], name)
                        for name in ("type", "color", "brand", "number")
                    },
                )
                for ride in rides
            ),
            tuple(as_record(Rider, user) for user in people),
        ]
    )
    for found, found_again in zip(first, again, strict=True):
        assert [*map(id, found)] == [*map(id, found_again)]


def test_a_changed_row_gives_another_record(movr: MovR, owner: User, vehicle: Vehicle):
    (before,) = movr.get_vehicles(city=owner.city).rows
    movr.change_vehicle(
        city=owner.city,
        vehicle_id=vehicle.id,
        owner_city=owner.city,
        owner_id=owner.id,
        color="blue",
        brand=vehicle.brand,
        place=Place(vehicle.last_location, vehicle.point),
        ride_count=0,
    )
    assert movr.get_vehicles(city=owner.city).rows == (replace(before, color="blue"),)
    assert before.color == vehicle.color


@dataclass(frozen=True)
class Numbered:
    """A record of no other list."""

    number: int


@dataclass(frozen=True)
class Pair:
    """A record of two lists, whose columns differ."""

    one: object
    other: object


def test_columns_are_converted_as_what_they_are(movr: MovR, owner: User, vehicle: Vehicle):
    with movr._home.reading.connect() as connection:
        pairs = [
            records(connection, Pair, select(*columns), {})
            for columns in ((Vehicles.id, Vehicles.status), (Vehicles.date_added, Vehicles.id))
        ]
    assert pairs == [
        [Pair(vehicle.id, vehicle.status)],
        [Pair(vehicle.date_added, vehicle.id)],
    ]


def numbers_to(last: object) -> Select[Any]:
    numbers = select(literal(0).label("number")).cte("numbers", recursive=True)
    more = select(numbers.c.number + 1).where(numbers.c.number < last)
    return select(numbers.union_all(more).c.number)


NUMBERS = numbers_to(bindparam("last"))


def test_so_many_rows_are_kept_and_no_more(movr: MovR):
    with movr._home.reading.connect() as connection:
        first, *_ = records(connection, Numbered, NUMBERS, {"last": MAX_KEPT})
        again, *_ = records(connection, Numbered, NUMBERS, {"last": 0})
    assert again == first
    assert again is not first


def test_nothing_secret_or_personal_is_kept(movr: MovR, rider: User):
    asked = reading._record.cache_info().misses
    movr.authenticate(username=rider.username, password="wrong", cities=[rider.city])
    movr.get_user(city=rider.city, user_id=rider.id)
    with suppress(WrongPassword):
        movr.change_password(
            city=rider.city, user_id=rider.id, old_password="wrong", new_password="also wrong"
        )
    assert reading._record.cache_info().misses == asked


def test_listener_hears_of_reads_which_say_the_same(
    movr: MovR, rider: User, owner: User, create_vehicle
):
    end_ride(movr, rider, start_ride(movr, rider, create_vehicle(owner=owner)))
    start_ride(movr, rider, create_vehicle(owner=owner, place=Place("somewhere")))

    def everything() -> list[object]:
        user = movr.get_user(city=rider.city, user_id=rider.id)
        totals = movr.get_ride_totals(
            cities=[rider.city],
            rider_city=rider.city,
            rider_id=rider.id,
            periods=[(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))],
        )
        return [user, totals, *lists(movr, rider, owner)]

    unheard = everything()
    with recorded(movr.engine) as sent:
        heard = everything()
    assert repr(heard) == repr(unheard) == repr(everything())
    assert len(sent) == len(heard)


def test_value_that_a_statement_needs_is_not_forgotten(movr: MovR):
    with movr._home.reading.connect() as connection, pytest.raises(KeyError, match="last"):
        rows(connection, NUMBERS, {})


def test_text_of_in_depends_on_the_values(movr: MovR, vehicle: Vehicle):
    query = select(Vehicles.number).where(
        Vehicles.city.in_(bindparam("cities", expanding=True)), Vehicles.id == vehicle.id
    )
    with movr._home.reading.connect() as connection:
        for cities in (["rome"], ["rome", vehicle.city], [vehicle.city]):
            found = [number for (number,) in rows(connection, query, {"cities": cities})]
            assert found == ([vehicle.number] if vehicle.city in cities else [])


def test_statement_that_fails_is_an_error_of_sqlalchemy(movr: MovR):
    query = select(literal_column("nothing_of_this_name"))
    with movr._home.reading.connect() as connection:
        with pytest.raises(DBAPIError, match="nothing_of_this_name"):
            rows(connection, query, {})
        assert rows(connection, NUMBERS, {"last": 1}) == [(0,), (1,)]
