"""The writes of vehicles and rides: one callback `*_txn(session, ...)` for each method of MovR.

A callback may run several times, so it does nothing but speak to its session: no commit, no flush,
no clock, no chance, no hashing. Ids and times come in as arguments, rules stand in the SQL, a
broken rule raises a domain error (which rolls everything back), and plain records come out.
The writes of accounts stand in account_transactions.py, the reads in queries.py.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, insert, select, update
from sqlalchemy.orm import Session

from movr.change import change_one
from movr.elapsed import elapsed
from movr.errors import (
    AlreadyRiding,
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
from movr.records import Ride, Spot, VehicleStatus, VehicleType
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
    spot: Spot,
    now: datetime,
) -> None:
    """Write a new vehicle of an owner of this city, unless a call like this one has before.

    Raises NotFound for a closed account.
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
        if same is None:
            raise NotFound("user")
        return
    session.execute(
        insert(Vehicles).values(
            city=city,
            id=vehicle_id,
            type=vehicle_type,
            owner_id=owner_id,
            date_added=now,
            status=VehicleStatus.AVAILABLE,
            color=color,
            brand=brand,
            **_standing_at(spot),
        )
    )


def remove_vehicle_txn(
    session: Session, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
) -> None:
    """Take a vehicle out of service for good; one that is out already stays so.

    Raises NotFound, NotYours and VehicleInUse.
    """
    removed = change_one(
        session,
        update(Vehicles)
        .where(*_own_and_free(city, vehicle_id, owner_city, owner_id))
        .values(status=VehicleStatus.REMOVED)
        .returning(Vehicles.id),
    )
    if removed is None:
        status = _status_of_own(session, city, vehicle_id, owner_city, owner_id)
        if status is VehicleStatus.UNAVAILABLE:
            raise VehicleInUse


def change_vehicle_txn(
    session: Session,
    *,
    city: str,
    vehicle_id: UUID,
    owner_city: str,
    owner_id: UUID,
    color: str,
    brand: str,
    spot: Spot,
    ride_count: int | None,
) -> None:
    """Correct what is said of a vehicle that nobody rides, nor has ridden since `ride_count` rides.

    Raises NotFound, also for one out of service, NotYours, VehicleInUse and VehicleMoved.
    """
    changed = change_one(
        session,
        update(Vehicles)
        .where(
            *_own_and_free(city, vehicle_id, owner_city, owner_id),
            *(() if ride_count is None else (Vehicles.ride_count == ride_count,)),
        )
        .values(color=color, brand=brand, **_standing_at(spot))
        .returning(Vehicles.id),
    )
    if changed is None:
        status = _status_of_own(session, city, vehicle_id, owner_city, owner_id)
        if status is VehicleStatus.REMOVED:
            raise NotFound("vehicle")
        raise VehicleInUse if status is VehicleStatus.UNAVAILABLE else VehicleMoved


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
) -> VehicleStatus:
    """Return the status of an owner's vehicle; raises NotFound and NotYours."""
    found = session.execute(
        select(Vehicles.owner_id, Vehicles.status).where(
            Vehicles.city == city, Vehicles.id == vehicle_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound("vehicle")
    if (city, found.owner_id) != (owner_city, owner_id):
        raise NotYours("vehicle")
    status: VehicleStatus = found.status
    return status


def _standing_at(spot: Spot) -> dict[str, Any]:
    return {
        "last_location": spot.name,
        "latitude": spot.latitude,
        "longitude": spot.longitude,
        "cell": spot.cell,
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
) -> Ride:
    """Start a ride; a ride that this call, or one like it, has started before is returned as it is.

    The rider is claimed first, then the vehicle, each only if free: of any number of rivals one
    gets both, and the others change nothing. Raises NotFound, AlreadyRiding, VehicleUnavailable.
    """
    claimed_rider = change_one(
        session,
        update(Users)
        .where(
            Users.city == rider_city,
            Users.id == rider_id,
            ACCOUNT_OPEN,
            Users.active_ride_id.is_(None),
            ~exists().where(Rides.city == city, Rides.id == ride_id),
        )
        .values(active_ride_city=city, active_ride_id=ride_id)
        .returning(Users.id),
    )
    if claimed_rider is None:
        return _ride_started_before(session, ride_id, city, vehicle_id, rider_city, rider_id)
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            Vehicles.status == VehicleStatus.AVAILABLE,
        )
        .values(status=VehicleStatus.UNAVAILABLE)
        .returning(Vehicles.type, Vehicles.color, Vehicles.brand, Vehicles.last_location),
    )
    if vehicle is None:
        in_service = session.execute(
            select(Vehicles.id).where(Vehicles.city == city, Vehicles.id == vehicle_id, IN_SERVICE)
        ).one_or_none()
        raise NotFound("vehicle") if in_service is None else VehicleUnavailable
    session.execute(
        insert(Rides).values(
            city=city,
            id=ride_id,
            rider_city=rider_city,
            rider_id=rider_id,
            vehicle_id=vehicle_id,
            start_location=vehicle.last_location,
            start_time=now,
        )
    )
    return Ride(*(city, ride_id, vehicle_id, *vehicle, now))


def _ride_started_before(
    session: Session, ride_id: UUID, city: str, vehicle_id: UUID, rider_city: str, rider_id: UUID
) -> Ride:
    """Return the ride of an earlier call like this one, or raise what keeps it from starting."""
    same = get_ride_txn(
        session, city=city, ride_id=ride_id, rider_city=rider_city, rider_id=rider_id
    )
    if same is not None:
        return same
    running = get_user_txn(session, city=rider_city, user_id=rider_id).active_ride
    if running is None:
        # The rider is free, so the id was refused: it is the id of another rider's ride.
        raise NotFound("ride")
    if (running.city, running.vehicle_id) != (city, vehicle_id):
        raise AlreadyRiding
    return running


def end_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    rider_city: str,
    rider_id: UUID,
    spot: Spot,
    now: datetime,
) -> Ride:
    """End a rider's ride and leave the vehicle at `spot`; a ride that has ended stays as it is.

    Raises NotFound, also for another rider's ride.
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
            end_location=spot.name, end_time=end_time, length=elapsed(Rides.start_time, end_time)
        )
        .returning(
            *(Rides.vehicle_id, Rides.start_location, Rides.start_time),
            *(Rides.end_location, Rides.end_time, Rides.length),
        ),
    )
    if ended is None:
        before = get_ride_txn(
            session, city=city, ride_id=ride_id, rider_city=rider_city, rider_id=rider_id
        )
        if before is None:
            raise NotFound("ride")
        return before
    vehicle_id, *rest = ended
    length = ended.length
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.id == vehicle_id)
        .values(
            status=VehicleStatus.AVAILABLE,
            ride_count=Vehicles.ride_count + 1,
            time_ridden=Vehicles.time_ridden + length,
            **_standing_at(spot),
        )
        .returning(Vehicles.type, Vehicles.color, Vehicles.brand),
    )
    if vehicle is None:  # Cannot be: a foreign key holds the vehicle of a ride.
        raise NotFound("vehicle")
    change_one(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id, Users.active_ride_id == ride_id)
        .values(
            active_ride_city=None,
            active_ride_id=None,
            ride_count=Users.ride_count + 1,
            time_ridden=Users.time_ridden + length,
        )
        .returning(Users.id),
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
