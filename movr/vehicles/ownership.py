"""Whether an owner may change a vehicle: as conditions of a write, and why one was refused."""

from enum import Enum, auto
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from movr.errors import NotFound, NotYours
from movr.kinds import VehicleStatus
from movr.models import PAUSED
from movr.models import Vehicle as Vehicles


def own(
    city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that this vehicle is this owner's."""
    return (
        Vehicles.city == city,
        Vehicles.id == vehicle_id,
        Vehicles.city == owner_city,
        Vehicles.owner_id == owner_id,
    )


def own_and_free(
    city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on which an owner may change a vehicle."""
    return (
        *own(city, vehicle_id, owner_city, owner_id),
        or_(Vehicles.status == VehicleStatus.AVAILABLE, PAUSED),
    )


class State(Enum):
    AVAILABLE = auto()
    PAUSED = auto()
    IN_USE = auto()
    REMOVED = auto()


def state_of_own(
    session: Session,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
) -> State | NotFound | NotYours:
    """Return the state of an owner's vehicle."""
    found = session.execute(
        select(Vehicles.owner_id, Vehicles.status, Vehicles.paused_since).where(
            Vehicles.city == city, Vehicles.id == vehicle_id
        )
    ).one_or_none()
    if found is None:
        return NotFound("vehicle")
    if (city, found.owner_id) != (owner_city, owner_id):
        return NotYours("vehicle")
    if found.status is VehicleStatus.UNAVAILABLE:
        return State.IN_USE
    if found.paused_since is not None:
        return State.PAUSED
    return State.REMOVED if found.status is VehicleStatus.REMOVED else State.AVAILABLE
