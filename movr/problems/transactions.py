"""The writes of problems: a rider reports one, and an operator resolves those of a vehicle.

The owner resolves them by listing the vehicle again (resume_vehicle_txn).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from movr.database.statements import change_one, follow_up
from movr.errors import NotFound, VehiclePaused
from movr.kinds import ProblemKind, VehicleStatus
from movr.models import ACCOUNT_OPEN, NOT_CANCELLED, OPEN, PAUSED, REPORTED, SHARED
from movr.models import Problem as Problems
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.vehicles.transactions import resolving


def report_problem_txn(
    session: Session,
    *,
    problem_id: UUID,
    city: str,
    vehicle_id: UUID,
    rider_city: str,
    rider_id: UUID,
    kind: ProblemKind,
    words: str,
    now: datetime,
    ride_id: UUID | None = None,
) -> NotFound | VehiclePaused | bool:
    """Write down what a rider says of a vehicle, and take the vehicle out of the list.

    Somebody who is riding it may end the ride first. The vehicle is one that is shared or, with the
    `ride_id` of a ride of the rider's on it, one that is paused; else it is VehiclePaused. A
    repeated call changes nothing, nor does a second report of the same kind while the first one is
    open: both return False.
    """
    has_ridden_it = exists().where(
        Rides.city == city,
        # Where none is named, equal to NULL: IS NULL would have some databases read every ride.
        Rides.id == literal(ride_id, Rides.id.type),
        Rides.vehicle_id == vehicle_id,
        Rides.rider_city == rider_city,
        Rides.rider_id == rider_id,
        NOT_CANCELLED,
    )
    same_id = and_(Problems.city == city, Problems.id == problem_id)
    by_this_rider = and_(Problems.rider_city == rider_city, Problems.rider_id == rider_id)
    same_words = and_(
        Problems.city == city,
        Problems.vehicle_id == vehicle_id,
        by_this_rider,
        Problems.kind == kind,
        OPEN,
    )
    is_account = exists().where(Users.city == rider_city, Users.id == rider_id, ACCOUNT_OPEN)
    moment = literal(now, Vehicles.problem_since.type)
    problem_since = func.coalesce(Vehicles.problem_since, moment)
    is_ridden = Vehicles.status == VehicleStatus.UNAVAILABLE
    reported = change_one(
        session,
        update(Vehicles)
        .where(
            Vehicles.city == city,
            Vehicles.id == vehicle_id,
            or_(SHARED, and_(PAUSED, has_ridden_it)),
            is_account,
            ~exists().where(same_id),
            ~exists().where(same_words),
        )
        .values(
            problem_since=problem_since,
            paused_since=case(
                (is_ridden, None), else_=func.coalesce(Vehicles.paused_since, problem_since)
            ),
            status=case(
                (is_ridden, VehicleStatus.UNAVAILABLE.value), else_=VehicleStatus.REMOVED.value
            ),
        )
        .returning(Vehicles.id),
    )
    if reported is None:
        known = session.execute(
            select(
                or_(exists().where(same_id, by_this_rider), exists().where(same_words)).label(
                    "is_reported"
                ),
                or_(exists().where(same_id), ~is_account).label("is_wrong"),
            ).where(Vehicles.city == city, Vehicles.id == vehicle_id, or_(SHARED, PAUSED))
        ).one_or_none()
        if known is not None and known.is_reported:
            return False
        return NotFound("vehicle") if known is None or known.is_wrong else VehiclePaused()
    follow_up(
        session,
        insert(Problems).values(
            city=city,
            id=problem_id,
            vehicle_id=vehicle_id,
            rider_city=rider_city,
            rider_id=rider_id,
            kind=kind,
            words=words,
            reported_time=now,
        ),
    )
    return True


def resolve_problems_txn(
    session: Session, *, city: str, number: str, now: datetime
) -> NotFound | None:
    """Resolve the open problems of the vehicle with this number, and list it again.

    A vehicle that its owner had paused before stays paused. One without problems stays as it is.
    """
    is_paused_by_them = Vehicles.paused_since == Vehicles.problem_since
    vehicle = change_one(
        session,
        update(Vehicles)
        .where(Vehicles.city == city, Vehicles.number == number, REPORTED)
        .values(
            problem_since=None,
            paused_since=case((is_paused_by_them, None), else_=Vehicles.paused_since),
            status=case((is_paused_by_them, VehicleStatus.AVAILABLE.value), else_=Vehicles.status),
        )
        .returning(Vehicles.id),
    )
    if vehicle is not None:
        follow_up(session, resolving(city, vehicle.id, now))
        return None
    known = session.execute(
        select(Vehicles.id).where(
            Vehicles.city == city, Vehicles.number == number, or_(SHARED, PAUSED)
        )
    ).one_or_none()
    return NotFound("vehicle") if known is None else None
