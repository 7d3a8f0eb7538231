"""All the rows of a database as values, and the rules of the design that they must keep.

Made to be compared before and after, and to be checked after whatever a test has done.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table, delete, select

from movr import MovR
from movr.kinds import VehicleStatus
from movr.models import Base, Problem, Ride, User, Vehicle
from movr.records import ForgottenRide, PastUse
from movr.records import Problem as ProblemRecord
from movr.records import Ride as RideRecord
from movr.records import User as UserRecord
from movr.records import Vehicle as VehicleRecord
from movr.rules import RESERVED_FOR

T = TypeVar("T", UserRecord, VehicleRecord, RideRecord, ProblemRecord, PastUse, ForgottenRide)

Key = tuple[str, UUID]
Rows = dict[Key, SimpleNamespace]


@dataclass(frozen=True)
class World:
    """Every row of users, vehicles, rides and problems by (city, id), the columns as attributes."""

    users: Rows
    vehicles: Rows
    rides: Rows
    problems: Rows


def read_world(movr: MovR) -> World:
    """Read all there is, in one transaction."""
    with movr.engine.connect() as connection:
        return world_of(connection)


def world_of(connection: Connection) -> World:
    """Read all that a transaction sees."""
    return World(*(_rows(connection, model.__table__) for model in (User, Vehicle, Ride, Problem)))


def as_record(kind: type[T], row: SimpleNamespace, **others: Any) -> T:
    """A record of what it has in common with a row, and of other things."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in vars(row).items() if name in names} | others)


def empty(movr: MovR) -> None:
    """Delete all rows, those that others point to last."""
    with movr.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


def broken_rules(world: World) -> list[str]:
    """What is wrong with the rows, in words; nothing if the invariants of the design hold."""
    return [
        *_wrong_rides(world),
        *_wrong_vehicles(world),
        *_wrong_users(world),
        *_wrong_counts(world),
        *_wrong_reservations(world),
    ]


def _rows(connection: Connection, table: Any) -> Rows:
    assert isinstance(table, Table)
    rows = connection.execute(select(table)).mappings()
    return {(row["city"], row["id"]): SimpleNamespace(**row) for row in rows}


def _running(world: World) -> list[SimpleNamespace]:
    return [ride for ride in world.rides.values() if ride.end_time is None]


def _wrong_rides(world: World) -> Iterator[str]:
    for ride in world.rides.values():
        if ride.end_time is None:
            end = (ride.end_location, ride.end_latitude, ride.end_longitude, ride.length)
            if ride.cancelled or end.count(None) < len(end):
                yield f"running ride {ride.id} has an end"
        elif ride.end_time < ride.start_time:
            yield f"ride {ride.id} ends before it starts"
        elif ride.length != ride.end_time - ride.start_time:
            yield f"ride {ride.id} is not as long as from its start to its end"


def _wrong_vehicles(world: World) -> Iterator[str]:
    running = [(ride.city, ride.vehicle_id) for ride in _running(world)]
    reported = {
        (problem.city, problem.vehicle_id)
        for problem in world.problems.values()
        if problem.resolved_time is None
    }
    for key, vehicle in world.vehicles.items():
        rides = running.count(key)
        if rides > 1:
            yield f"vehicle {vehicle.id} is on {rides} rides at once"
        if (vehicle.status == VehicleStatus.UNAVAILABLE) != (rides > 0):
            yield f"vehicle {vehicle.id} is {vehicle.status} with {rides} running rides"
        reservation = (vehicle.reserver_city, vehicle.reserver_id, vehicle.reserved_until)
        if reservation.count(None) not in (0, 3):
            yield f"vehicle {vehicle.id} is half reserved"
        if vehicle.status == VehicleStatus.UNAVAILABLE and vehicle.reserved_until is not None:
            yield f"vehicle {vehicle.id} is ridden and reserved"
        if vehicle.paused_since is not None and vehicle.status != VehicleStatus.REMOVED:
            yield f"vehicle {vehicle.id} is paused and {vehicle.status}"
        if (vehicle.problem_since is not None) != (key in reported):
            yield f"vehicle {vehicle.id} has a problem since {vehicle.problem_since}"
        if vehicle.problem_since is not None and vehicle.status == VehicleStatus.AVAILABLE:
            yield f"vehicle {vehicle.id} has a problem and is available"
        if not world.users[vehicle.city, vehicle.owner_id].is_owner:
            yield f"the owner of vehicle {vehicle.id} does not count as one"


def _wrong_users(world: World) -> Iterator[str]:
    in_service = {
        (vehicle.city, vehicle.owner_id)
        for vehicle in world.vehicles.values()
        if vehicle.status != VehicleStatus.REMOVED or vehicle.paused_since is not None
    }
    running: dict[Key, list[Key]] = {}
    for ride in _running(world):
        running.setdefault((ride.rider_city, ride.rider_id), []).append((ride.city, ride.id))
    for key, user in world.users.items():
        noted = (user.active_ride_city, user.active_ride_id)
        rides = running.get(key, [])
        if rides != ([] if noted == (None, None) else [noted]):
            yield f"user {user.id} has a note of {noted} and these running rides: {rides}"
        personal = (
            *(user.first_name, user.last_name, user.email),
            *(user.username, user.password_hash),
        )
        if personal.count(None) not in (0, len(personal)):
            yield f"user {user.id} is half closed"
        if user.username is None and (rides or key in in_service):
            yield f"closed account {user.id} has a running ride or vehicles"


def _wrong_reservations(world: World) -> Iterator[str]:
    for key, user in world.users.items():
        noted = (user.reserved_city, user.reserved_vehicle_id, user.reserved_until)
        if noted.count(None) not in (0, 3):
            yield f"user {user.id} has half a reservation"
        if None in noted:
            continue
        if user.username is None or user.active_ride_id is not None:
            yield f"user {user.id} is riding or gone, and has a reservation"
        for other, vehicle in world.vehicles.items():
            if (vehicle.reserver_city, vehicle.reserver_id) != key:
                continue
            if other == noted[:2] and vehicle.reserved_until != user.reserved_until:
                yield f"vehicle {vehicle.id} is not reserved as user {user.id} has noted"
            # Clocks may differ, but not by minutes.
            begin = user.reserved_until - RESERVED_FOR
            if other != noted[:2] and vehicle.reserved_until > begin + timedelta(minutes=2):
                yield f"user {user.id} has reserved vehicle {vehicle.id}, and another one"


def _wrong_counts(world: World) -> Iterator[str]:
    ended = [
        ride for ride in world.rides.values() if ride.end_time is not None and not ride.cancelled
    ]
    for kind, rows, keys in (
        ("vehicle", world.vehicles, [(ride.city, ride.vehicle_id) for ride in ended]),
        ("user", world.users, [(ride.rider_city, ride.rider_id) for ride in ended]),
    ):
        for key, row in rows.items():
            lengths = [ride.length for ride, other in zip(ended, keys, strict=True) if other == key]
            if (row.ride_count, row.time_ridden) != (len(lengths), sum(lengths, timedelta(0))):
                yield f"{kind} {row.id} counts {row.ride_count} rides and not {len(lengths)}"
    for key, user in world.users.items():
        cities = {ride.city for ride in ended if (ride.rider_city, ride.rider_id) == key}
        if user.rides_noted == user.ride_count and set(user.ridden_in) != cities:
            yield f"user {user.id} has a note of {user.ridden_in} and has ridden in {cities}"
