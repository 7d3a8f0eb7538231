"""The writes of vehicles and rides: one callback `*_txn(session, ...)` for each method of MovR.

A callback may run several times, so it does nothing but speak to its session: no commit, no flush,
no clock, no randomness, no hashing. Ids and times come in as arguments, and plain records come out.
The rules are in the SQL of the first statement, which decides: what follows cannot be refused any
more. A refusal has written nothing; the domain error that says why is returned, not raised.
The writes of accounts are in account_transactions.py, the reads in queries.py.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, insert, select, update
from sqlalchemy.orm import Session

from movr.database.intervals import elapsed
from movr.database.statements import change_one, follow_up
from movr.errors import (
    AlreadyRiding,
    MovRError,
    NotFound,
    NotYours,
    VehicleInUse,
    VehicleMoved,
    VehicleUnavailable,
)
from movr.models import ACCOUNT_OPEN, IN_SERVICE
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.queries import get_ride_txn, get_user_txn
from movr.records import Place, Ride, VehicleStatus, VehicleType
from movr.sample import Batch


def add_vehicle_txn(
    session: Session,
    *,
    city: str,
    vehicle_id: UUID,
    owner_id: UUID,
    vehicle_type: VehicleType,
    color: str,
    brand: str,
    place: Place,
    now: datetime,
) -> NotFound | None:
    """Write a new vehicle of an owner of this city, unless a call like this one has before."""
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
            **_standing_at(place),
        ),
    )
    return None


def remove_vehicle_txn(
    session: Session, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> NotFound | NotYours | VehicleInUse | None:
    """Take a vehicle out of service for good; one that is out already stays so."""
    removed = change_one(
        session,
        update(Vehicles)
        .where(*_own_and_free(city, vehicle_id, owner_city, owner_id))
        .values(status=VehicleStatus.REMOVED)
        .returning(Vehicles.id),
    )
    if removed is not None:
        return None
    status = _status_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(status, MovRError):
        return status
    return VehicleInUse() if status is VehicleStatus.UNAVAILABLE else None


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
    ride_count: int | None,
) -> NotFound | NotYours | VehicleInUse | VehicleMoved | None:
    """Correct what is said of a vehicle that nobody rides, nor has ridden since `ride_count` rides.

    One out of service is NotFound.
    """
    changed = change_one(
        session,
        update(Vehicles)
        .where(
            *_own_and_free(city, vehicle_id, owner_city, owner_id),
            *(() if ride_count is None else (Vehicles.ride_count == ride_count,)),
        )
        .values(color=color, brand=brand, **_standing_at(place))
        .returning(Vehicles.id),
    )
    if changed is not None:
        return None
    status = _status_of_own(session, city, vehicle_id, owner_city, owner_id)
    if isinstance(status, MovRError):
        return status
    if status is VehicleStatus.REMOVED:
        return NotFound("vehicle")
    return VehicleInUse() if status is VehicleStatus.UNAVAILABLE else VehicleMoved()


def _own_and_free(
    city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> tuple[ColumnElement[bool], ...]:
    """Return what must be true of a vehicle for its owner to change it."""
    return (
        Vehicles.city == city,
        Vehicles.id == vehicle_id,
        Vehicles.city == owner_city,
        Vehicles.owner_id == owner_id,
        Vehicles.status == VehicleStatus.AVAILABLE,
    )


def _status_of_own(
    session: Session, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> VehicleStatus | NotFound | NotYours:
    """Return the status of an owner's vehicle."""
    found = session.execute(
        select(Vehicles.owner_id, Vehicles.status).where(
            Vehicles.city == city, Vehicles.id == vehicle_id
        )
    ).one_or_none()
    if found is None:
        return NotFound("vehicle")
    if (city, found.owner_id) != (owner_city, owner_id):
        return NotYours("vehicle")
    status: VehicleStatus = found.status
    return status


def _standing_at(place: Place) -> dict[str, Any]:
    point = place.point
    return {
        "last_location": place.name,
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
        "cell": point and point.cell,
    }


def start_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
    now: datetime,
) -> Ride | NotFound | AlreadyRiding | VehicleUnavailable:
    """Start a ride; a ride that this call, or one like it, has started before is returned as it is.

    Of any number of rivals for a vehicle, and of a rider's own calls for several, one takes the
    vehicle; the others change nothing.
    """
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            Vehicles.status == VehicleStatus.AVAILABLE,
            exists().where(
                Users.city == rider_city,
                Users.id == rider_id,
                ACCOUNT_OPEN,
                Users.active_ride_id.is_(None),
            ),
            ~exists().where(Rides.city == city, Rides.id == ride_id),
        )
        .values(status=VehicleStatus.UNAVAILABLE)
        .returning(Vehicles.type, Vehicles.color, Vehicles.brand, Vehicles.last_location),
    )
    if vehicle is None:
        return _ride_started_before(session, ride_id, city, vehicle_id, rider_city, rider_id)
    follow_up(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id)
        .values(active_ride_city=city, active_ride_id=ride_id),
    )
    follow_up(
        session,
        insert(Rides).values(
            city=city,
            id=ride_id,
            rider_city=rider_city,
            rider_id=rider_id,
            vehicle_id=vehicle_id,
            start_location=vehicle.last_location,
            start_time=now,
        ),
    )
    return Ride(*(city, ride_id, vehicle_id, *vehicle, now))


def _ride_started_before(
    session: Session, ride_id: UUID, city: str, vehicle_id: UUID, rider_city: str, rider_id: UUID
) -> Ride | NotFound | AlreadyRiding | VehicleUnavailable:
    """Return the ride of an earlier call like this one, or what keeps it from starting."""
    same = get_ride_txn(
        session, city=city, ride_id=ride_id, rider_city=rider_city, rider_id=rider_id
    )
    if isinstance(same, Ride):
        return same
    rider = get_user_txn(session, city=rider_city, user_id=rider_id)
    if isinstance(rider, NotFound):
        return rider
    running = rider.active_ride
    if running is not None:
        is_this = (running.city, running.vehicle_id) == (city, vehicle_id)
        return running if is_this else AlreadyRiding()
    is_taken = exists().where(Rides.city == city, Rides.id == ride_id)
    vehicle = session.execute(
        select(Vehicles.id, is_taken.label("id_is_taken")).where(
            Vehicles.city == city, Vehicles.id == vehicle_id, IN_SERVICE
        )
    ).one_or_none()
    if vehicle is None:
        return NotFound("vehicle")
    # An id that is taken, but not by this rider, is that of another rider's ride.
    return NotFound("ride") if vehicle.id_is_taken else VehicleUnavailable()


def end_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    rider_city: str,
    rider_id: UUID,
    place: Place,
    now: datetime,
) -> Ride | NotFound:
    """End a rider's ride and leave the vehicle at `place`; a ride that has ended stays as it is.

    Another rider's ride is NotFound.
    """
    # The clocks of two containers may differ: no ride ends before it started.
    end_time = case((Rides.start_time > now, Rides.start_time), else_=now)
    ended = change_one(
        session,
        update(Rides)
        .where(
            Rides.city == city,
            Rides.id == ride_id,
            Rides.rider_city == rider_city,
            Rides.rider_id == rider_id,
            Rides.end_time.is_(None),
        )
        .values(
            end_location=place.name, end_time=end_time, length=elapsed(Rides.start_time, end_time)
        )
        .returning(
            *(Rides.vehicle_id, Rides.start_location, Rides.start_time),
            *(Rides.end_location, Rides.end_time, Rides.length),
        ),
    )
    if ended is None:
        return get_ride_txn(
            session, city=city, ride_id=ride_id, rider_city=rider_city, rider_id=rider_id
        )
    vehicle_id, *rest = ended
    # As at the start, the vehicle's row comes before the rider's: whoever waits for whom is clear.
    vehicle = session.execute(
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.id == vehicle_id)
        .values(
            status=VehicleStatus.AVAILABLE,
            ride_count=Vehicles.ride_count + 1,
            time_ridden=Vehicles.time_ridden + ended.length,
            **_standing_at(place),
        )
        .returning(Vehicles.type, Vehicles.color, Vehicles.brand),
        execution_options={"synchronize_session": False},
    ).one()
    follow_up(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id, Users.active_ride_id == ride_id)
        .values(
            active_ride_city=None,
            active_ride_id=None,
            ride_count=Users.ride_count + 1,
            time_ridden=Users.time_ridden + ended.length,
        ),
    )
    return Ride(city, ride_id, vehicle_id, *vehicle, *rest)


def add_sample_txn(session: Session, batch: Batch) -> None:
    """Write a batch of demonstration data."""
    for table, rows in (
        (Users, batch.users),
        (Vehicles, batch.vehicles),
        (Rides, batch.rides),
    ):
        if rows:
            session.execute(insert(table), rows)
