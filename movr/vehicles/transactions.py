"""The writes of vehicles: their owners add, edit, pause and remove them, and each has a number."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Update,
    case,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from movr.database.statements import change_one, follow_up
from movr.errors import (
    MovRError,
    NotFound,
    NotYours,
    ProblemReported,
    VehicleInUse,
    VehicleMoved,
)
from movr.kinds import VehicleStatus, VehicleType
from movr.models import ACCOUNT_OPEN, OPEN, PAUSED, REPORTED
from movr.models import Problem as Problems
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Place
from movr.reservations.conditions import NOT_RESERVED
from movr.vehicles.numbering import FIRST_FREE, NUMBERING, candidates
from movr.vehicles.ownership import State, own, own_and_free, state_of_own


def add_vehicle_txn(
    session: Session,
    *,
    city: str,
    vehicle_id: UUID,
    owner_id: UUID,
    vehicle_type: VehicleType,
    color: str,
    brand: str,
    numbers: Sequence[str],
    place: Place,
    now: datetime,
) -> NotFound | None:
    """Write a new vehicle of an owner in this city; a repeated call changes nothing.

    It gets the first of `numbers` that is free, and none if all are taken. Violates
    uq_vehicles_number if another vehicle is given the same number at this moment.
    """
    owner = change_one(
        session,
        update(Users)
        .where(
            Users.city == city,
            Users.id == owner_id,
            ACCOUNT_OPEN,
            ~exists().where(Vehicles.city == city, Vehicles.id == vehicle_id),
        )
        .values(is_owner=True)
        .returning(Users.id),
    )
    if owner is None:
        same = session.execute(
            select(Vehicles.id).where(
                Vehicles.city == city, Vehicles.id == vehicle_id, Vehicles.owner_id == owner_id
            )
        ).one_or_none()
        return NotFound("user") if same is None else None
    follow_up(
        session,
        insert(Vehicles).values(
            city=city,
            id=vehicle_id,
            type=vehicle_type,
            owner_id=owner_id,
            date_added=now,
            status=VehicleStatus.AVAILABLE,
            color=color,
            brand=brand,
            number=FIRST_FREE.params(**candidates(city, numbers)),
            **parked_at(place),
        ),
    )
    return None


def number_vehicles_txn(
    session: Session, *, city: str, numbers: Mapping[UUID, Sequence[str]]
) -> None:
    """Give each of these vehicles the first of its numbers that is free, if it has none yet."""
    for vehicle_id, few in numbers.items():
        values = {"vehicle_id": vehicle_id, **candidates(city, few)}
        follow_up(session, NUMBERING, values)


def change_vehicle_txn(
    session: Session,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
    color: str,
    brand: str,
    place: Place,
    ride_count: int | None = None,
) -> NotFound | NotYours | VehicleInUse | VehicleMoved | None:
    """Edit a vehicle that nobody rides, paused or not; a removed one is NotFound.

    With `ride_count`, the number of rides when the owner opened the form, a vehicle that was ridden
    since is VehicleMoved, so that the form does not move it back.
    """
    changed = change_one(
        session,
        update(Vehicles)
        .where(
            *own_and_free(city, vehicle_id, owner_city, owner_id),
            *(() if ride_count is None else (Vehicles.ride_count == ride_count,)),
        )
        .values(color=color, brand=brand, **parked_at(place))
        .returning(Vehicles.id),
    )
    if changed is not None:
        return None
    state = state_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(state, MovRError):
        return state
    if state is State.REMOVED:
        return NotFound("vehicle")
    return VehicleInUse() if state is State.IN_USE else VehicleMoved()


def pause_vehicle_txn(
    session: Session,
    now: datetime,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
) -> NotFound | NotYours | VehicleInUse | None:
    """Stop sharing a vehicle for a while; one that is paused already stays so.

    Of its owner, who pauses it, and a rider, who starts it, the first one succeeds. A reservation
    ends: it's the owner's vehicle.
    """
    paused = change_one(
        session,
        update(Vehicles)
        .where(
            *own(city, vehicle_id, owner_city, owner_id),
            Vehicles.status == VehicleStatus.AVAILABLE,
        )
        .values(status=VehicleStatus.REMOVED, paused_since=now, **NOT_RESERVED)
        .returning(Vehicles.id),
    )
    if paused is not None:
        return None
    state = state_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(state, MovRError):
        return state
    if state is State.REMOVED:
        return NotFound("vehicle")
    return VehicleInUse() if state is State.IN_USE else None


def resume_vehicle_txn(
    session: Session,
    now: datetime,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
    problem_ids: Collection[UUID] = (),
) -> NotFound | NotYours | ProblemReported | None:
    """Share a paused vehicle again; one that is shared already stays as it is.

    Its open problems, which are `problem_ids`, are then resolved. If there are others, which the
    owner has not seen yet, it is ProblemReported and stays paused.
    """
    unseen = exists().where(
        Problems.city == city,
        Problems.vehicle_id == vehicle_id,
        OPEN,
        Problems.id.not_in(problem_ids),
    )
    resumed = change_one(
        session,
        update(Vehicles)
        .where(
            *own(city, vehicle_id, owner_city, owner_id),
            Vehicles.status != VehicleStatus.UNAVAILABLE,
            or_(PAUSED, REPORTED),
            ~unseen,
        )
        .values(status=VehicleStatus.AVAILABLE, paused_since=None, problem_since=None)
        .returning(Vehicles.id),
    )
    if resumed is not None:
        follow_up(session, resolving(city, vehicle_id, now))
        return None
    state = state_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(state, NotFound | NotYours):
        return state
    if state is State.REMOVED:
        return NotFound("vehicle")
    return ProblemReported() if state is State.PAUSED else None


def resolving(city: str, vehicle_id: UUID, now: datetime) -> Update:
    """Return the statement that resolves all open problems of a vehicle."""
    return (
        update(Problems)
        .where(Problems.city == city, Problems.vehicle_id == vehicle_id, OPEN)
        .values(resolved_time=now)
    )


def remove_vehicle_txn(
    session: Session,
    now: datetime,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
) -> NotFound | NotYours | VehicleInUse | None:
    """Stop sharing a vehicle, for good; one that is removed already stays so.

    A reservation ends.
    """
    removed = change_one(
        session,
        update(Vehicles)
        .where(*own_and_free(city, vehicle_id, owner_city, owner_id))
        .values(status=VehicleStatus.REMOVED, paused_since=None, problem_since=None, **NOT_RESERVED)
        .returning(Vehicles.id),
    )
    if removed is not None:
        follow_up(session, resolving(city, vehicle_id, now))
        return None
    state = state_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(state, MovRError):
        return state
    return VehicleInUse() if state is State.IN_USE else None


def ridden_no_more() -> dict[str, Any]:
    """Return the values of a vehicle's columns when its ride ends.

    It is available, unless a problem was reported meanwhile: then it is paused.
    """
    status = case(
        (REPORTED, VehicleStatus.REMOVED.value), else_=literal(VehicleStatus.AVAILABLE.value)
    )
    return {"status": status, "paused_since": Vehicles.problem_since}


def parked_at(place: Place) -> dict[str, Any]:
    """Return the values of a vehicle's columns that say where it is parked."""
    point = place.point
    return {
        "last_location": place.name,
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
        "cell": point and point.cell,
    }
