"""The reads of the application: one callback `*_txn(reader, ...)` for each method of MovR.

Each is one statement, so it needs no transaction block around it, and each reads a bounded number
of rows off one range of an index, whatever the size of the table. A statement that does not name
the city says why. To put a statement together takes longer than to run it, so it is done once for
each shape, with its values as parameters. With `from_afar`, those of whoever looks at a city of
another region are answered by the nearest replica, as of a few seconds ago. The reads behind the
map are in map_queries.py.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Result,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from movr.cursors import (
    PAGE_SIZE,
    page_of,
    read_ride_cursor,
    read_rider_cursor,
    read_vehicle_cursor,
    write_cursor,
)
from movr.database.intervals import milliseconds
from movr.database.replicas import few_seconds_ago
from movr.database.statements import Reader
from movr.errors import NotFound
from movr.models import ACCOUNT_OPEN, ENDED, IN_SERVICE
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import (
    Credentials,
    Page,
    Ride,
    Rider,
    Totals,
    User,
    Vehicle,
    VehicleStatus,
    VehicleType,
)

VEHICLE = tuple(getattr(Vehicles, field.name) for field in fields(Vehicle))

_RIDE = (
    Rides.city,
    Rides.id,
    Rides.vehicle_id,
    Vehicles.type.label("vehicle_type"),
    Vehicles.color.label("vehicle_color"),
    Vehicles.brand.label("vehicle_brand"),
    Rides.start_location,
    Rides.start_time,
    Rides.end_location,
    Rides.end_time,
    Rides.length,
)

_THE_RIDDEN_VEHICLE = and_(Vehicles.city == Rides.city, Vehicles.id == Rides.vehicle_id)


_USER: Final = (
    select(
        *(Users.city, Users.id, Users.username, Users.first_name, Users.last_name),
        *(Users.email, Users.is_owner, Users.session_epoch),
        *(Users.ride_count, Users.time_ridden, Users.sessions),
        *(column.label(f"ride_{place}") for place, column in enumerate(_RIDE)),
    )
    .outerjoin(Rides, and_(Rides.city == Users.active_ride_city, Rides.id == Users.active_ride_id))
    .outerjoin(Vehicles, _THE_RIDDEN_VEHICLE)
    .where(Users.city == bindparam("city"), Users.id == bindparam("user_id"), ACCOUNT_OPEN)
)


def get_user_txn(reader: Reader, *, city: str, user_id: UUID) -> User | NotFound:
    """Return an open account with its running ride."""
    row = reader.execute(_USER, {"city": city, "user_id": user_id}).one_or_none()
    if row is None:
        return NotFound("user")
    user, ride = row[: -len(_RIDE)], row[-len(_RIDE) :]
    return User(*(*user, Ride(*ride) if ride[0] is not None else None))


@cache
def _credentials(in_cities: bool) -> Select[Any]:
    query = select(Users.city, Users.id, Users.session_epoch, Users.password_hash).where(
        Users.username == bindparam("username")
    )
    return query.where(Users.city.in_(bindparam("cities", expanding=True))) if in_cities else query


def get_credentials_txn(
    reader: Reader, *, username: str, cities: Sequence[str] | None
) -> Credentials | None:
    """Return what a login is checked against, or None if nobody in `cities` has this name.

    With None for `cities` the whole world is asked, and the statement names no city: it is for
    riders who are away from home, of whom nothing but the name is known.
    """
    values: dict[str, Any] = {"username": username}
    if cities is not None:
        values["cities"] = cities
    row = reader.execute(_credentials(cities is not None), values).one_or_none()
    return None if row is None else Credentials(*row)


_PASSWORD_HASH: Final = select(Users.password_hash).where(
    Users.city == bindparam("city"), Users.id == bindparam("user_id"), ACCOUNT_OPEN
)


def get_password_hash_txn(reader: Reader, *, city: str, user_id: UUID) -> str | NotFound:
    """Return what the password of an open account is checked against."""
    found = reader.execute(_PASSWORD_HASH, {"city": city, "user_id": user_id}).scalar_one_or_none()
    return NotFound("user") if found is None else found


@cache
def _users(after_cursor: bool, from_afar: bool) -> Select[Any]:
    query = select(Users.username, Users.first_name, Users.is_owner).where(
        Users.city == bindparam("city"), ACCOUNT_OPEN
    )
    if after_cursor:
        query = query.where(Users.username > bindparam("last_username"))
    query = query.order_by(Users.username).limit(PAGE_SIZE + 1)
    return few_seconds_ago(query, "username") if from_afar else query


def get_users_txn(reader: Reader, *, city: str, cursor: str | None, from_afar: bool) -> Page[Rider]:
    """Return a page of the city's riders by username; raises InvalidCursor."""
    values = {"city": city}
    if cursor is not None:
        values["last_username"] = read_rider_cursor(cursor)
    rows = reader.execute(_users(cursor is not None, from_afar), values).all()
    return page_of(rows, lambda row: Rider(*row), lambda rider: rider.username)


_VEHICLE_BY_ID: Final = select(*VEHICLE).where(
    Vehicles.city == bindparam("city"), Vehicles.id == bindparam("vehicle_id"), IN_SERVICE
)


def get_vehicle_txn(reader: Reader, *, city: str, vehicle_id: UUID) -> Vehicle | NotFound:
    """Return a vehicle in service."""
    row = reader.execute(_VEHICLE_BY_ID, {"city": city, "vehicle_id": vehicle_id}).one_or_none()
    return NotFound("vehicle") if row is None else Vehicle(*row)


@cache
def _vehicles(
    of_type: bool, available_only: bool, after_cursor: bool, from_afar: bool
) -> Select[Any]:
    query = select(*VEHICLE).where(Vehicles.city == bindparam("city"), IN_SERVICE)
    if of_type:
        query = query.where(Vehicles.type == bindparam("type"))
    if available_only:
        query = query.where(Vehicles.status == VehicleStatus.AVAILABLE)
    if after_cursor:
        last_status = bindparam("last_status", type_=Vehicles.status.type)
        last_id = bindparam("last_id", type_=Vehicles.id.type)
        # Beside a status that is given already, a pair that names it again would keep SQLite from
        # entering the index at the id.
        query = query.where(
            Vehicles.id > last_id
            if available_only
            else tuple_(Vehicles.status, Vehicles.id) > tuple_(last_status, last_id)
        )
    query = query.order_by(Vehicles.status, Vehicles.id).limit(PAGE_SIZE + 1)
    return few_seconds_ago(query, "status", "id") if from_afar else query


def get_vehicles_txn(
    reader: Reader,
    *,
    city: str,
    vehicle_type: VehicleType | None,
    available_only: bool,
    cursor: str | None,
    from_afar: bool,
) -> Page[Vehicle]:
    """Return a page of the city's vehicles in service, available ones first.

    Raises InvalidCursor.
    """
    values: dict[str, Any] = {"city": city}
    if vehicle_type is not None:
        values["type"] = vehicle_type
    if cursor is not None:
        last_status, values["last_id"] = read_vehicle_cursor(cursor)
        if not available_only:
            values["last_status"] = last_status
    query = _vehicles(vehicle_type is not None, available_only, cursor is not None, from_afar)
    return _page_of_vehicles(reader.execute(query, values))


@cache
def _vehicles_of_owner(after_cursor: bool) -> Select[Any]:
    query = select(*VEHICLE).where(
        Vehicles.city == bindparam("city"), Vehicles.owner_id == bindparam("owner_id"), IN_SERVICE
    )
    if after_cursor:
        query = query.where(Vehicles.id > bindparam("last_id"))
    return query.order_by(Vehicles.id).limit(PAGE_SIZE + 1)


def get_vehicles_of_owner_txn(
    reader: Reader, *, city: str, owner_id: UUID, cursor: str | None
) -> Page[Vehicle]:
    """Return a page of an owner's vehicles in service; raises InvalidCursor."""
    values: dict[str, Any] = {"city": city, "owner_id": owner_id}
    if cursor is not None:
        values["last_id"] = read_vehicle_cursor(cursor)[1]
    return _page_of_vehicles(reader.execute(_vehicles_of_owner(cursor is not None), values))


def _page_of_vehicles(found: Result[Any]) -> Page[Vehicle]:
    return page_of(
        found.all(),
        lambda row: Vehicle(*row),
        lambda vehicle: write_cursor(vehicle.status, vehicle.id),
    )


def get_rides_txn(
    reader: Reader,
    *,
    cities: Sequence[str],
    rider_city: str,
    rider_id: UUID,
    cursor: str | None,
) -> Page[Ride]:
    """Return a page of a rider's ended rides in `cities`, newest first; raises InvalidCursor."""
    values: dict[str, Any] = {"rider_city": rider_city, "rider_id": rider_id}
    values |= {f"city_{number}": city for number, city in enumerate(cities)}
    if cursor is not None:
        values["last_start_time"], values["last_id"] = read_ride_cursor(cursor)
    rows = reader.execute(
        _newest_rides(len(cities), cursor is not None, PAGE_SIZE + 1), values
    ).all()
    return page_of(
        rows, lambda row: Ride(*row), lambda ride: write_cursor(ride.start_time, ride.id)
    )


# To put this together takes longer than to run it, so it is done once for each number of cities,
# which are few, with a cursor and without.
@cache
def _newest_rides(cities: int, after_cursor: bool, limit: int) -> Select[Any]:
    """Return the query for so many rides in so many cities, with its values as parameters."""
    key = tuple_(Rides.start_time, Rides.id)
    last = tuple_(
        bindparam("last_start_time", type_=Rides.start_time.type),
        bindparam("last_id", type_=Rides.id.type),
    )

    def newest_in(number: int) -> Select[Any]:
        query = (
            select(*_RIDE)
            .join(Vehicles, _THE_RIDDEN_VEHICLE)
            .where(
                Rides.city == bindparam(f"city_{number}"),
                Rides.rider_city == bindparam("rider_city"),
                Rides.rider_id == bindparam("rider_id"),
                ENDED,
            )
        )
        if after_cursor:
            query = query.where(key < last)
        return query.order_by(Rides.start_time.desc(), Rides.id.desc()).limit(limit)

    # One short range of the index for each city. A single `city IN (...)` would have to read and
    # sort all the rides there are.
    parts = (select(newest_in(number).subquery()) for number in range(cities))
    newest = union_all(*parts).subquery()
    return select(newest).order_by(newest.c.start_time.desc(), newest.c.id.desc()).limit(limit)


_RIDE_BY_ID: Final = (
    select(*_RIDE)
    .join(Vehicles, _THE_RIDDEN_VEHICLE)
    .where(
        Rides.city == bindparam("city"),
        Rides.id == bindparam("ride_id"),
        Rides.rider_city == bindparam("rider_city"),
        Rides.rider_id == bindparam("rider_id"),
    )
)


def get_ride_txn(
    reader: Reader, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID
) -> Ride | NotFound:
    """Return a ride of this rider, running or ended."""
    values = {"city": city, "ride_id": ride_id, "rider_city": rider_city, "rider_id": rider_id}
    row = reader.execute(_RIDE_BY_ID, values).one_or_none()
    return NotFound("ride") if row is None else Ride(*row)


def get_ride_totals_txn(
    reader: Reader,
    *,
    cities: Sequence[str],
    rider_city: str,
    rider_id: UUID,
    periods: Sequence[tuple[datetime, datetime]],
) -> tuple[Totals, ...]:
    """Return how many rides a rider has started in each period, and how long they were in all.

    A period includes its first moment and not its last one. Rides that run do not count.
    """
    values: dict[str, Any] = {"cities": cities, "rider_city": rider_city, "rider_id": rider_id}
    for number, (begin, end) in enumerate(periods):
        values |= {f"begin_{number}": begin, f"end_{number}": end}
    rows = reader.execute(_totals(len(periods)), values).all()
    return tuple(Totals(row.rides, timedelta(milliseconds=int(row.time))) for row in rows)


@cache  # Of twelve shapes at most, since periods are the months of a year.
def _totals(periods: int) -> Select[Any]:
    """Return the query for the totals of so many periods, with its values as parameters."""

    def total_of(number: int) -> Select[Any]:
        begin, end = (
            bindparam(f"{side}_{number}", type_=Rides.start_time.type) for side in ("begin", "end")
        )
        return select(
            literal_column(str(number)).label("number"),
            func.count().label("rides"),
            func.coalesce(func.sum(milliseconds(Rides.start_time, Rides.end_time)), 0).label(
                "time"
            ),
        ).where(
            Rides.city.in_(bindparam("cities", expanding=True)),
            Rides.rider_city == bindparam("rider_city"),
            Rides.rider_id == bindparam("rider_id"),
            Rides.start_time >= begin,
            Rides.start_time < end,
            ENDED,
        )

    # A range of the index for each city and period, which is what makes this take as long as the
    # rides of these periods and not as those of all.
    totals = union_all(*(total_of(number) for number in range(periods))).subquery()
    return select(totals).order_by(totals.c.number)
