"""The reads of vehicles; those behind the map are in map_queries.py."""

from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    or_,
    select,
    tuple_,
    union_all,
)

from movr.cursors import PAGE_SIZE, page_of, read_vehicle_cursor, write_cursor
from movr.database.reading import Reader, record, records, rows
from movr.database.replicas import few_seconds_ago
from movr.errors import NotFound
from movr.kinds import VehicleStatus, VehicleType
from movr.models import PAUSED, RUNNING, SHARED
from movr.models import Ride as Rides
from movr.models import Vehicle as Vehicles
from movr.records import OwnVehicle, Page, Vehicle
from movr.reservations.conditions import NOW, not_reserved

T = TypeVar("T", bound=Vehicle)

FLEET_SIZE: Final = 96
"""So many vehicles an owner sees at once: nearly all owners, all of theirs."""

VEHICLE = tuple(getattr(Vehicles, field.name) for field in fields(Vehicle))


_VEHICLE_BY_ID: Final = select(*VEHICLE).where(
    Vehicles.city == bindparam("city"),
    Vehicles.id == bindparam("vehicle_id"),
    or_(SHARED, PAUSED),
)


def get_vehicle_txn(reader: Reader, *, city: str, vehicle_id: UUID) -> Vehicle | NotFound:
    """Return a vehicle that is shared or paused."""
    values = {"city": city, "vehicle_id": vehicle_id}
    return record(reader, Vehicle, _VEHICLE_BY_ID, values) or NotFound("vehicle")


@cache
def _vehicle_by_number(from_afar: bool) -> Select[Any]:
    query = select(*VEHICLE).where(
        Vehicles.city == bindparam("city"),
        Vehicles.number == bindparam("number"),
        or_(SHARED, PAUSED),
    )
    return few_seconds_ago(query) if from_afar else query


def find_vehicle_txn(
    reader: Reader, *, city: str, number: str, from_afar: bool = False
) -> Vehicle | NotFound:
    """Return the shared or paused vehicle with this number, which is unique in the city."""
    values = {"city": city, "number": number}
    return record(reader, Vehicle, _vehicle_by_number(from_afar), values) or NotFound("vehicle")


_WITHOUT_NUMBER: Final = (
    select(Vehicles.id)
    .where(Vehicles.city == bindparam("city"), Vehicles.number.is_(None))
    .limit(bindparam("at_most"))
)


def get_vehicles_without_number_txn(reader: Reader, *, city: str, at_most: int) -> tuple[UUID, ...]:
    """Return the ids of vehicles that have no number yet."""
    found = rows(reader, _WITHOUT_NUMBER, {"city": city, "at_most": at_most})
    return tuple(vehicle_id for (vehicle_id,) in found)


@cache
def _vehicles(
    of_type: bool, available_only: bool, after_cursor: bool, from_afar: bool
) -> Select[Any]:
    query = select(*VEHICLE).where(Vehicles.city == bindparam("city"), SHARED)
    if of_type:
        query = query.where(Vehicles.type == bindparam("type"))
    if available_only:
        query = query.where(Vehicles.status == VehicleStatus.AVAILABLE, not_reserved(NOW))
    if after_cursor:
        last_status = bindparam("last_status", type_=Vehicles.status.type)
        last_id = bindparam("last_id", type_=Vehicles.id.type)
        # With the status given already, a comparison of pairs would keep SQLite from seeking to
        # the id in the index.
        query = query.where(
            Vehicles.id > last_id
            if available_only
            else tuple_(Vehicles.status, Vehicles.id) > tuple_(last_status, last_id)
        )
    query = query.order_by(Vehicles.status, Vehicles.id).limit(PAGE_SIZE + 1)
    return few_seconds_ago(query, "status", "id") if from_afar else query


def get_vehicles_txn(
    reader: Reader,
    now: datetime,
    *,
    city: str,
    vehicle_type: VehicleType | None = None,
    available_only: bool = False,
    cursor: str | None = None,
    from_afar: bool = False,
) -> Page[Vehicle]:
    """Return a page of the city's shared vehicles, available ones first; raises InvalidCursor.

    Those that are reserved are among them unless `available_only`.
    """
    values: dict[str, Any] = {"city": city}
    if available_only:
        values["now"] = now
    if vehicle_type is not None:
        values["type"] = vehicle_type
    if cursor is not None:
        last_status, values["last_id"] = read_vehicle_cursor(cursor)
        if not available_only:
            values["last_status"] = last_status
    query = _vehicles(vehicle_type is not None, available_only, cursor is not None, from_afar)
    return _page_of(records(reader, Vehicle, query, values))


@cache
def _vehicles_of_owner(after_cursor: bool, numbered: bool, limit: int) -> Select[Any]:
    def those(condition: ColumnElement[bool]) -> Select[Any]:
        query = select(*VEHICLE).where(
            Vehicles.city == bindparam("city"),
            Vehicles.owner_id == bindparam("owner_id"),
            condition,
        )
        if after_cursor:
            query = query.where(Vehicles.id > bindparam("last_id", type_=Vehicles.id.type))
        if numbered:
            query = query.where(Vehicles.number == bindparam("number"))
        return query.order_by(Vehicles.id).limit(limit)

    # One short range of an index for each: nothing that the version before asks for has both.
    parts = (select(those(condition).subquery()) for condition in (SHARED, PAUSED))
    found = union_all(*parts).subquery()
    running = and_(Rides.city == bindparam("city"), Rides.vehicle_id == found.c.id, RUNNING)
    return (
        select(found, Rides.start_time).outerjoin(Rides, running).order_by(found.c.id).limit(limit)
    )


def get_vehicles_of_owner_txn(
    reader: Reader,
    *,
    city: str,
    owner_id: UUID,
    number: str | None = None,
    cursor: str | None = None,
    fleet: bool = False,
) -> Page[OwnVehicle]:
    """Return a page of the vehicles that an owner shares or has paused; raises InvalidCursor.

    With a `number`, only the vehicle that has it. A page of a `fleet` has FLEET_SIZE of them.
    """
    size = FLEET_SIZE if fleet else PAGE_SIZE
    values: dict[str, Any] = {"city": city, "owner_id": owner_id}
    if cursor is not None:
        values["last_id"] = read_vehicle_cursor(cursor)[1]
    if number is not None:
        values["number"] = number
    query = _vehicles_of_owner(cursor is not None, number is not None, size + 1)
    return _page_of(records(reader, OwnVehicle, query, values), size)


def _page_of(found: list[T], size: int | None = None) -> Page[T]:
    return page_of(found, lambda vehicle: write_cursor(vehicle.status, vehicle.id), size)
