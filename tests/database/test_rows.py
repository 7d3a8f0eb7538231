"""Lists give the records of rows that are as they were again, instead of converting them again."""

from dataclasses import dataclass, replace

from sqlalchemy import select, text

from movr import MovR
from movr.database.rows import MAX_KEPT, records
from movr.models import Vehicle as Vehicles
from movr.records import OwnVehicle, Place, Ride, Rider, User, Vehicle
from tests.database.actions import end_ride, reserve_vehicle, start_ride
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
    for rows, rows_again in zip(first, again, strict=True):
        assert [*map(id, rows)] == [*map(id, rows_again)]


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
    with movr.engine.connect() as connection:
        pairs = [
            records(Pair, connection.execute(select(*columns)))
            for columns in ((Vehicles.id, Vehicles.status), (Vehicles.date_added, Vehicles.id))
        ]
    assert pairs == [
        [Pair(vehicle.id, vehicle.status)],
        [Pair(vehicle.date_added, vehicle.id)],
    ]


def test_so_many_rows_are_kept_and_no_more(movr: MovR):
    numbers = text(
        "WITH RECURSIVE numbers (number) AS"
        " (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < :last)"
        " SELECT number FROM numbers"
    )
    with movr.engine.connect() as connection:
        first, *_ = records(Numbered, connection.execute(numbers, {"last": MAX_KEPT}))
        again, *_ = records(Numbered, connection.execute(numbers, {"last": 0}))
    assert again == first
    assert again is not first
