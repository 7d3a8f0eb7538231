"""The writes of rides: starting, cancelling and ending them, each at most once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from movr.accounts.queries import get_user_txn
from movr.database.statements import change_one, follow_up
from movr.errors import (
    AlreadyRiding,
    NotFound,
    RideCancelled,
    TooLateToCancel,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
    WrongEndTime,
)
from movr.kinds import VehicleStatus
from movr.models import ACCOUNT_OPEN, PAUSED, SHARED
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Place, Ride
from movr.reservations.conditions import NOT_RESERVED, not_reserved, noted, reserved_by
from movr.reservations.transactions import release_other
from movr.rides.cities import with_city
from movr.rides.conditions import ended_at, running_ride
from movr.rides.queries import ROUTE, cities_ridden_in, find_ride
from movr.vehicles.transactions import parked_at, ridden_no_more

StartRefusal = (
    NotFound | RideCancelled | AlreadyRiding | VehiclePaused | VehicleReserved | VehicleUnavailable
)


def start_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
    now: datetime,
    mail_in: str | None = None,
) -> Ride | StartRefusal:
    """Start a ride; a repeated call returns the ride as it is.

    The id of a ride that was cancelled starts no other: it is RideCancelled, so that a form that is
    sent again does not bring back what the rider has undone.

    Of all riders who try to start a vehicle, and of a rider's own calls for several vehicles, one
    succeeds; the others change nothing. While the vehicle is reserved only one rider may. The
    rider's reservation, of this vehicle or of another, ends.
    """
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            Vehicles.status == VehicleStatus.AVAILABLE,
            or_(not_reserved(now), reserved_by(rider_city, rider_id)),
            exists().where(
                Users.city == rider_city,
                Users.id == rider_id,
                ACCOUNT_OPEN,
                Users.active_ride_id.is_(None),
            ),
            ~exists().where(Rides.city == city, Rides.id == ride_id),
        )
        .values(
            status=VehicleStatus.UNAVAILABLE,
            **NOT_RESERVED,
        )
        .returning(
            *(Vehicles.type, Vehicles.color, Vehicles.brand, Vehicles.number),
            *(Vehicles.last_location, Vehicles.latitude, Vehicles.longitude),
        ),
    )
    if vehicle is None:
        return _ride_started_before(session, ride_id, city, vehicle_id, rider_city, rider_id, now)
    release_other(session, now, city, vehicle_id, rider_city, rider_id)
    follow_up(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id)
        .values(active_ride_city=city, active_ride_id=ride_id, **noted(None, None, None)),
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
            start_latitude=vehicle.latitude,
            start_longitude=vehicle.longitude,
            start_time=now,
            note_in=mail_in,
        ),
    )
    return Ride(*(city, ride_id, vehicle_id, *vehicle, now))


def _ride_started_before(
    session: Session,
    ride_id: UUID,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
    now: datetime,
) -> Ride | StartRefusal:
    """Return the ride that an earlier call has started, or the reason for the refusal."""
    same = find_ride(session, city, ride_id, rider_city, rider_id)
    if not isinstance(same, NotFound):
        return same
    rider = get_user_txn(session, now, city=rider_city, user_id=rider_id)
    if isinstance(rider, NotFound):
        return rider
    running = rider.active_ride
    if running is not None:
        is_this = (running.city, running.vehicle_id) == (city, vehicle_id)
        return running if is_this else AlreadyRiding()
    is_taken = exists().where(Rides.city == city, Rides.id == ride_id)
    vehicle = session.execute(
        select(
            *(Vehicles.status, Vehicles.paused_since),
            is_taken.label("id_is_taken"),
            not_reserved(now).label("is_not_reserved"),
        ).where(Vehicles.city == city, Vehicles.id == vehicle_id, or_(SHARED, PAUSED))
    ).one_or_none()
    if vehicle is None:
        return NotFound("vehicle")
    # An id that is taken, but not by this rider, belongs to another rider's ride.
    if vehicle.id_is_taken:
        return NotFound("ride")
    if vehicle.paused_since is not None:
        return VehiclePaused()
    is_reserved = vehicle.status is VehicleStatus.AVAILABLE and not vehicle.is_not_reserved
    return VehicleReserved() if is_reserved else VehicleUnavailable()


def cancel_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    rider_city: str,
    rider_id: UUID,
    started_since: datetime,
    now: datetime,
) -> NotFound | TooLateToCancel | None:
    """Undo the start of a ride that is running and has started no earlier than `started_since`.

    The vehicle is available again where it was, unless a problem was reported, and the rider is
    free. The row stays and is marked:
    it counts nowhere, and nothing shows it, but its id is taken for good. Deleted, it would let the
    form that started the ride, sent again, start another one. A cancelled ride stays cancelled;
    another rider's is NotFound. It counts as a reservation that ended unused when the ride began:
    to start and to cancel would otherwise keep the vehicle from others for as long as one likes.
    """
    cancelled = change_one(
        session,
        update(Rides)
        .where(
            *running_ride(city, ride_id, rider_city, rider_id), Rides.start_time >= started_since
        )
        .values(
            cancelled=True,
            end_location=Rides.start_location,
            end_latitude=Rides.start_latitude,
            end_longitude=Rides.start_longitude,
            **ended_at(now),
        )
        .returning(Rides.vehicle_id, Rides.start_time),
    )
    if cancelled is None:
        ride = find_ride(session, city, ride_id, rider_city, rider_id)
        if isinstance(ride, Ride):
            return TooLateToCancel()
        return None if isinstance(ride, RideCancelled) else ride
    follow_up(
        session,
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.id == cancelled.vehicle_id)
        .values(
            **ridden_no_more(),
            reserver_city=rider_city,
            reserver_id=rider_id,
            reserved_until=cancelled.start_time,
        ),
    )
    follow_up(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id, Users.active_ride_id == ride_id)
        .values(active_ride_city=None, active_ride_id=None),
    )
    return None


def end_ride_txn(
    session: Session,
    *,
    ride_id: UUID,
    city: str,
    rider_city: str,
    rider_id: UUID,
    place: Place,
    now: datetime,
    end_time: datetime | None = None,
) -> Ride | NotFound | RideCancelled | WrongEndTime:
    """End a rider's ride and leave the vehicle at `place`; a ride that has ended stays as it is.

    It ends now, or at an `end_time` between its start and now. Another rider's ride is NotFound.
    """
    possible: tuple[ColumnElement[bool], ...] = ()
    point = place.point
    if end_time is not None:
        possible = (Rides.start_time <= end_time, literal(end_time <= now))
    ended = change_one(
        session,
        update(Rides)
        .where(*running_ride(city, ride_id, rider_city, rider_id), *possible)
        .values(
            end_location=place.name,
            end_latitude=point and point.latitude,
            end_longitude=point and point.longitude,
            **ended_at(end_time or now),
        )
        .returning(Rides.vehicle_id, *ROUTE),
    )
    if ended is None:
        ride = find_ride(session, city, ride_id, rider_city, rider_id)
        return WrongEndTime() if isinstance(ride, Ride) and ride.end_time is None else ride
    vehicle_id, *rest = ended
    # As at the start, the vehicle's row is locked before the rider's, which prevents deadlocks.
    vehicle = session.execute(
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.id == vehicle_id)
        .values(
            **ridden_no_more(),
            ride_count=Vehicles.ride_count + 1,
            time_ridden=Vehicles.time_ridden + ended.length,
            **parked_at(place),
        )
        .returning(Vehicles.type, Vehicles.color, Vehicles.brand, Vehicles.number),
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
            ridden_in=with_city(Users.ridden_in, city),
            rides_noted=Users.rides_noted + 1,
        ),
    )
    return Ride(city, ride_id, vehicle_id, *vehicle, *rest)


def note_cities_txn(
    session: Session, *, rider_city: str, rider_id: UUID
) -> tuple[str, ...] | NotFound:
    """Note in which cities a rider has ridden, and return them; asks every region.

    For riders whose rides a version has ended that notes nothing. From then on each ride that ends
    notes its city.
    """
    noted = change_one(
        session,
        update(Users)
        .where(Users.city == rider_city, Users.id == rider_id, ACCOUNT_OPEN)
        .values(ridden_in=cities_ridden_in(rider_city, rider_id), rides_noted=Users.ride_count)
        .returning(Users.ridden_in),
    )
    return NotFound("user") if noted is None else noted.ridden_in
