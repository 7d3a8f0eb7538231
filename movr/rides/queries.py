"""The reads of rides: a running one, the history, and its totals."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)

from movr.cursors import PAGE_SIZE, page_of, read_ride_cursor, write_cursor
from movr.database.intervals import milliseconds
from movr.database.preparing import NEVER_PREPARED
from movr.database.reading import Reader, records, rows
from movr.errors import NotFound, RideCancelled
from movr.models import ENDED, NOT_CANCELLED
from movr.models import Ride as Rides
from movr.models import Vehicle as Vehicles
from movr.records import Page, Ride, Totals
from movr.regions import CITIES
from movr.rides.cities import edged

_START: Final = (
    *(Rides.start_location, Rides.start_latitude, Rides.start_longitude, Rides.start_time),
)
_END: Final = (
    *(Rides.end_location, Rides.end_latitude, Rides.end_longitude, Rides.end_time),
    Rides.length,
)
ROUTE: Final = (*_START, *_END)
RUNNING_RIDE: Final = (
    *(Rides.city, Rides.id, Rides.vehicle_id),
    Vehicles.type.label("vehicle_type"),
    Vehicles.color.label("vehicle_color"),
    Vehicles.brand.label("vehicle_brand"),
    Vehicles.number.label("vehicle_number"),
    *_START,
)
RIDE: Final = (*RUNNING_RIDE, *_END)


RIDDEN_VEHICLE = and_(Vehicles.city == Rides.city, Vehicles.id == Rides.vehicle_id)


_RIDE_BY_ID: Final = (
    select(*RIDE, Rides.cancelled)
    .join(Vehicles, RIDDEN_VEHICLE)
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
    """Return a ride of this rider, running or ended.

    Another rider's ride, and one that was cancelled, is NotFound.
    """
    ride = find_ride(reader, city, ride_id, rider_city, rider_id)
    return NotFound("ride") if isinstance(ride, RideCancelled) else ride


def find_ride(
    reader: Reader, city: str, ride_id: UUID, rider_city: str, rider_id: UUID
) -> Ride | NotFound | RideCancelled:
    """Return what get_ride_txn returns, and tell a cancelled ride from one that never was."""
    values = {"city": city, "ride_id": ride_id, "rider_city": rider_city, "rider_id": rider_id}
    found = rows(reader, _RIDE_BY_ID, values)
    if not found:
        return NotFound("ride")
    *ride, cancelled = found[0]
    return RideCancelled() if cancelled else Ride(*ride)


def get_rides_txn(
    reader: Reader,
    *,
    cities: Sequence[str],
    rider_city: str,
    rider_id: UUID,
    cursor: str | None = None,
) -> Page[Ride]:
    """Return a page of a rider's ended rides in `cities`, newest first; raises InvalidCursor."""
    if not cities:
        return Page((), None)
    values: dict[str, Any] = {"rider_city": rider_city, "rider_id": rider_id}
    values |= {f"city_{number}": city for number, city in enumerate(cities)}
    if cursor is not None:
        values["last_start_time"], values["last_id"] = read_ride_cursor(cursor)
    query = _newest_rides(len(cities), cursor is not None, PAGE_SIZE + 1)
    found = records(reader, Ride, query, values)
    return page_of(found, lambda ride: write_cursor(ride.start_time, ride.id))


@cache  # By the number of cities, of which there are few, with a cursor and without.
def _newest_rides(cities: int, after_cursor: bool, limit: int) -> Select[Any]:
    """Return the query for the newest rides in this number of cities."""
    key = tuple_(Rides.start_time, Rides.id)
    last = tuple_(
        bindparam("last_start_time", type_=Rides.start_time.type),
        bindparam("last_id", type_=Rides.id.type),
    )

    def newest_in(number: int) -> Select[Any]:
        query = (
            select(*RIDE)
            .join(Vehicles, RIDDEN_VEHICLE)
            .where(
                Rides.city == bindparam(f"city_{number}"),
                Rides.rider_city == bindparam("rider_city"),
                Rides.rider_id == bindparam("rider_id"),
                ENDED,
                NOT_CANCELLED,
            )
        )
        if after_cursor:
            query = query.where(key < last)
        return query.order_by(Rides.start_time.desc(), Rides.id.desc()).limit(limit)

    if cities == 1:
        # In order already.
        return newest_in(0)
    # One short range of the index for each city: `city IN (...)` would read and sort all rides.
    parts = (select(newest_in(number).subquery()) for number in range(cities))
    newest = union_all(*parts).subquery()
    query = select(newest).order_by(newest.c.start_time.desc(), newest.c.id.desc()).limit(limit)
    # There is one for each number of cities, and each would take memory in every session.
    return query.execution_options(**NEVER_PREPARED)


def get_ride_totals_txn(
    reader: Reader,
    *,
    cities: Sequence[str],
    rider_city: str,
    rider_id: UUID,
    periods: Sequence[tuple[datetime, datetime]],
) -> tuple[Totals, ...]:
    """Return the number and total time of a rider's ended rides in `cities`, by period.

    A ride belongs to the period in which it started. A period includes its begin but not its end.
    """
    values: dict[str, Any] = {"cities": cities, "rider_city": rider_city, "rider_id": rider_id}
    for number, (begin, end) in enumerate(periods):
        values |= {f"begin_{number}": begin, f"end_{number}": end}
    found = rows(reader, _totals(len(periods)), values)
    return tuple(Totals(rides, timedelta(milliseconds=int(time))) for _, rides, time in found)


@cache  # At most twelve, since periods are the months of a year.
def _totals(periods: int) -> Select[Any]:
    """Return the query for the totals of this number of periods."""

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
            NOT_CANCELLED,
        )

    # A range of the index for each city and period, so that only their rides are read.
    totals = union_all(*(total_of(number) for number in range(periods))).subquery()
    return select(totals).order_by(totals.c.number)


def cities_ridden_in(rider_city: str, rider_id: UUID) -> ColumnElement[str]:
    """Return the names of the cities of a rider's ended rides, as their column holds them."""
    names: ColumnElement[str] = literal("")
    for city in CITIES:
        has_ridden_there = exists().where(
            Rides.city == city,
            Rides.rider_city == rider_city,
            Rides.rider_id == rider_id,
            ENDED,
            NOT_CANCELLED,
        )
        names = names.concat(case((has_ridden_there, edged(city)), else_=""))
    return names
