"""The read behind the history of a vehicle, which is for its owner alone."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select, tuple_

from movr.cursors import PAGE_SIZE, page_of, read_ride_cursor, write_cursor
from movr.database.reading import Reader, rows
from movr.errors import NotFound, NotYours
from movr.models import ENDED, NOT_CANCELLED, PAUSED, SHARED
from movr.models import Ride as Rides
from movr.models import Vehicle as Vehicles
from movr.records import History, PastUse, Vehicle
from movr.vehicles.queries import VEHICLE


def get_history_txn(
    reader: Reader,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
    cursor: str | None = None,
) -> History | NotFound | NotYours:
    """Return an owner's vehicle with a page of its past rides, newest first.

    Raises InvalidCursor. A vehicle that is no longer shared is NotFound.
    """
    values: dict[str, Any] = {"city": city, "vehicle_id": vehicle_id}
    if cursor is not None:
        values["last_start_time"], values["last_id"] = read_ride_cursor(cursor)
    found = rows(reader, _history(cursor is not None, PAGE_SIZE + 1), values)
    if not found:
        return NotFound("vehicle")
    vehicle = Vehicle(*found[0][: len(VEHICLE)])
    if (vehicle.city, vehicle.owner_id) != (owner_city, owner_id):
        return NotYours("vehicle")
    # Without rides there is still one row, with the vehicle.
    uses = [PastUse(*row[len(VEHICLE) :]) for row in found if row[len(VEHICLE)] is not None]
    uses.sort(key=lambda use: (use.start_time, use.ride_id), reverse=True)
    return History(
        vehicle,
        page_of(uses, lambda use: write_cursor(use.start_time, use.ride_id)),
    )


@cache
def _history(after_cursor: bool, limit: int) -> Select[Any]:
    rides = select(Rides.city, Rides.id, Rides.start_time, Rides.length).where(
        Rides.city == bindparam("city"),
        Rides.vehicle_id == bindparam("vehicle_id"),
        ENDED,
        NOT_CANCELLED,
    )
    if after_cursor:
        last = tuple_(
            bindparam("last_start_time", type_=Rides.start_time.type),
            bindparam("last_id", type_=Rides.id.type),
        )
        rides = rides.where(tuple_(Rides.start_time, Rides.id) < last)
    newest = rides.order_by(Rides.start_time.desc(), Rides.id.desc()).limit(limit).subquery()
    return (
        select(*VEHICLE, newest.c.id.label("ride_id"), newest.c.start_time, newest.c.length)
        .outerjoin(newest, newest.c.city == Vehicles.city)
        .where(
            Vehicles.city == bindparam("city"),
            Vehicles.id == bindparam("vehicle_id"),
            or_(SHARED, PAUSED),
        )
    )
