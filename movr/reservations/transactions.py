"""The writes of reservations: making one, and ending it by hand."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from movr.database.statements import change_one, follow_up
from movr.errors import (
    AlreadyRiding,
    NotFound,
    ReservedBefore,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
)
from movr.kinds import VehicleStatus
from movr.models import ACCOUNT_OPEN, PAUSED, SHARED
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Reservation
from movr.reservations.conditions import NOW, not_reserved, noted, reserved_by
from movr.rules import RESERVED_AGAIN_AFTER, RESERVED_FOR

Refusal = (
    NotFound | AlreadyRiding | VehicleReserved | VehiclePaused | VehicleUnavailable | ReservedBefore
)

_VEHICLE: Final = (
    Vehicles.type,
    Vehicles.color,
    Vehicles.number,
    Vehicles.last_location,
    Vehicles.reserved_until,
)


def reserve_vehicle_txn(
    session: Session,
    now: datetime,
    *,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
) -> Reservation | Refusal:
    """Keep an available vehicle for a rider, for RESERVED_FOR; a repeated call returns the same.

    A rider has one reservation: that of another vehicle ends. Of all riders who try to reserve or
    to start a vehicle one succeeds; the others change nothing. A rider whose reservation of the
    vehicle has ended unused is refused for RESERVED_AGAIN_AFTER.
    """
    until = now + RESERVED_FOR
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            Vehicles.status == VehicleStatus.AVAILABLE,
            not_reserved(now),
            or_(not_reserved(now - RESERVED_AGAIN_AFTER), not_(reserved_by(rider_city, rider_id))),
            exists().where(
                Users.city == rider_city,
                Users.id == rider_id,
                ACCOUNT_OPEN,
                Users.active_ride_id.is_(None),
            ),
        )
        .values(reserver_city=rider_city, reserver_id=rider_id, reserved_until=until)
        .returning(*_VEHICLE),
    )
    if vehicle is None:
        return _reserved_before(session, now, city, vehicle_id, rider_city, rider_id)
    release_other(session, now, city, vehicle_id, rider_city, rider_id)
    follow_up(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id)
        .values(**noted(city, vehicle_id, until)),
    )
    return Reservation(city, vehicle_id, *vehicle)


def _reserved_before(
    session: Session,
    now: datetime,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
) -> Reservation | Refusal:
    """Return the reservation that an earlier call has made, or the reason for the refusal."""
    rider = session.execute(
        select(Users.active_ride_id).where(
            Users.city == rider_city, Users.id == rider_id, ACCOUNT_OPEN
        )
    ).one_or_none()
    if rider is None:
        return NotFound("user")
    if rider.active_ride_id is not None:
        return AlreadyRiding()
    is_free, is_own = not_reserved(now), reserved_by(rider_city, rider_id)
    vehicle = session.execute(
        select(
            *(*_VEHICLE, Vehicles.status, Vehicles.paused_since),
            is_free.label("is_free"),
            is_own.label("is_own"),
        ).where(Vehicles.city == city, Vehicles.id == vehicle_id, or_(SHARED, PAUSED))
    ).one_or_none()
    if vehicle is None:
        return NotFound("vehicle")
    if vehicle.paused_since is not None:
        return VehiclePaused()
    if vehicle.status is VehicleStatus.UNAVAILABLE:
        return VehicleUnavailable()
    if not vehicle.is_own:
        return VehicleReserved()
    if vehicle.is_free:
        return ReservedBefore()
    return Reservation(city, vehicle_id, *vehicle[: len(_VEHICLE)])


def cancel_reservation_txn(
    session: Session,
    now: datetime,
    *,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
) -> bool:
    """End a rider's reservation of a vehicle; return whether there was one."""
    cancelled = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            reserved_by(rider_city, rider_id),
            Vehicles.reserved_until > now,
        )
        .values(reserved_until=now)
        .returning(Vehicles.id),
    )
    if cancelled is None:
        return False
    follow_up(
        session,
        update(Users)
        .where(
            Users.city == rider_city,
            Users.id == rider_id,
            Users.reserved_city == city,
            Users.reserved_vehicle_id == vehicle_id,
        )
        .values(**noted(None, None, None)),
    )
    return True


# Built once, because every ride that starts needs it.
_RELEASE_OTHER: Final = (
    update(Vehicles)
    .where(
        Users.city == bindparam("of_city"),
        Users.id == bindparam("of_id"),
        Users.reserved_until > NOW,
        Vehicles.city == Users.reserved_city,
        Vehicles.id == Users.reserved_vehicle_id,
        not_(and_(Vehicles.city == bindparam("but_city"), Vehicles.id == bindparam("but_id"))),
        Vehicles.reserver_city == bindparam("of_city"),
        Vehicles.reserver_id == bindparam("of_id"),
        Vehicles.reserved_until > NOW,
    )
    .values(reserved_until=NOW)
)


def release_other(
    session: Session,
    now: datetime,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
) -> None:
    """End a rider's reservation of any vehicle but this one, before the rider's note is changed.

    Locks that vehicle's row after this one's and before the rider's. No other transaction waits for
    the two the other way round: it would have to hold a vehicle that is kept for this rider.
    """
    follow_up(
        session,
        _RELEASE_OTHER,
        {
            "of_city": rider_city,
            "of_id": rider_id,
            "but_city": city,
            "but_id": vehicle_id,
            "now": now,
        },
    )
