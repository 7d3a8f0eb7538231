"""The writes of rides: starting and ending them, each at most once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, exists, insert, select, update
from sqlalchemy.orm import Session

from movr.accounts.queries import get_user_txn
from movr.database.intervals import elapsed
from movr.database.statements import change_one, follow_up
from movr.errors import AlreadyRiding, NotFound, VehicleUnavailable
from movr.models import ACCOUNT_OPEN, SHARED
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Place, Ride, VehicleStatus
from movr.rides.queries import get_ride_txn
from movr.vehicles.transactions import parked_at


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
    """Start a ride; a repeated call returns the ride as it is.

    Of all riders who try to start a vehicle, and of a rider's own calls for several vehicles, one
    succeeds; the others change nothing.
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
    """Return the ride that an earlier call has started, or the reason for the refusal."""
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
            Vehicles.city == city, Vehicles.id == vehicle_id, SHARED
        )
    ).one_or_none()
    if vehicle is None:
        return NotFound("vehicle")
    # An id that is taken, but not by this rider, belongs to another rider's ride.
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
    # The clocks of two containers may differ, but no ride may end before it started.
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
    # As at the start, the vehicle's row is locked before the rider's, which prevents deadlocks.
    vehicle = session.execute(
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.id == vehicle_id)
        .values(
            status=VehicleStatus.AVAILABLE,
            ride_count=Vehicles.ride_count + 1,
            time_ridden=Vehicles.time_ridden + ended.length,
            **parked_at(place),
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
