"""When a vehicle is reserved, and the look-up of a rider's own reservation.

A reservation is in force exactly while `reserved_until` is later than now. So it ends by itself,
and nothing has to be cleaned up.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, or_
from sqlalchemy.orm import aliased

from movr.kinds import VehicleStatus
from movr.models import User as Users
from movr.models import Vehicle as Vehicles

NOW: Final = bindparam("now", type_=Vehicles.reserved_until.type)
"""The time, where a statement is built before it is known."""


def not_reserved(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that a vehicle is kept for nobody."""
    return or_(Vehicles.reserved_until.is_(None), Vehicles.reserved_until <= now)


def reserved_by(city: str, rider_id: UUID) -> ColumnElement[bool]:
    """Return the condition that the vehicle's reservation, in force or not, is this rider's."""
    return and_(Vehicles.reserver_city == city, Vehicles.reserver_id == rider_id)


def noted(city: str | None, vehicle_id: UUID | None, until: datetime | None) -> dict[str, Any]:
    """Return the values of a rider's columns that say which vehicle is reserved."""
    return {"reserved_city": city, "reserved_vehicle_id": vehicle_id, "reserved_until": until}


NOT_RESERVED: Final = {"reserver_city": None, "reserver_id": None, "reserved_until": None}
"""The values of a vehicle's columns when nobody has, or had, reserved it."""

_HELD: Final = aliased(Vehicles, name="held")

RESERVATION: Final = (
    _HELD.city,
    _HELD.id,
    _HELD.type,
    _HELD.color,
    _HELD.number,
    _HELD.last_location,
    _HELD.reserved_until,
)
"""What a Reservation says, of `HELD`."""

HELD: Final = (
    _HELD,
    and_(
        # Compared with nothing once the time is over, so that no far city is asked for a vehicle
        # that is no longer reserved.
        _HELD.city == case((Users.reserved_until > NOW, Users.reserved_city)),
        _HELD.id == Users.reserved_vehicle_id,
        # The vehicle's row says whether it is so.
        _HELD.reserver_city == Users.city,
        _HELD.reserver_id == Users.id,
        _HELD.reserved_until > NOW,
        _HELD.status == VehicleStatus.AVAILABLE,
    ),
)
"""The vehicle that a rider has reserved, to join to the rider's row, and the condition."""
