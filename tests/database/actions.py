"""What riders do, in few words: MovR's methods with the keys taken from records."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from movr import MovR
from movr.kinds import ProblemKind
from movr.records import Place, Point, Problem, Reservation, Ride, User, Vehicle

CORNER = Place("5th Avenue & Main Street", Point(40.75, -73.98))


def start_ride(
    movr: MovR,
    rider: User,
    vehicle: Vehicle,
    ride_id: UUID | None = None,
    mail_in: str | None = None,
) -> Ride:
    """The rider takes the vehicle."""
    return movr.start_ride(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        rider_city=rider.city,
        rider_id=rider.id,
        ride_id=ride_id,
        mail_in=mail_in,
    )


def end_ride(
    movr: MovR, rider: User, ride: Ride, place: Place = CORNER, end_time: datetime | None = None
) -> Ride:
    """The rider leaves the vehicle somewhere."""
    return movr.end_ride(
        city=ride.city,
        ride_id=ride.id,
        rider_city=rider.city,
        rider_id=rider.id,
        place=place,
        end_time=end_time,
    )


def cancel_ride(movr: MovR, rider: User, ride: Ride) -> None:
    """The rider undoes the start."""
    movr.cancel_ride(city=ride.city, ride_id=ride.id, rider_city=rider.city, rider_id=rider.id)


def reserve_vehicle(movr: MovR, rider: User, vehicle: Vehicle) -> Reservation:
    """The rider has the vehicle kept for ten minutes."""
    return movr.reserve_vehicle(
        city=vehicle.city, vehicle_id=vehicle.id, rider_city=rider.city, rider_id=rider.id
    )


def cancel_reservation(movr: MovR, rider: User, vehicle: Vehicle) -> bool:
    """The rider gives up the reservation of the vehicle, if there is one."""
    return movr.cancel_reservation(
        city=vehicle.city, vehicle_id=vehicle.id, rider_city=rider.city, rider_id=rider.id
    )


def remove_vehicle(movr: MovR, owner: User, vehicle: Vehicle) -> None:
    """The owner, or somebody who claims to be, takes the vehicle out of service."""
    movr.remove_vehicle(
        city=vehicle.city, vehicle_id=vehicle.id, owner_city=owner.city, owner_id=owner.id
    )


def pause_vehicle(movr: MovR, owner: User, vehicle: Vehicle) -> None:
    """The owner, or somebody who claims to be, pauses the vehicle."""
    movr.pause_vehicle(
        city=vehicle.city, vehicle_id=vehicle.id, owner_city=owner.city, owner_id=owner.id
    )


def resume_vehicle(
    movr: MovR, owner: User, vehicle: Vehicle, problem_ids: Collection[UUID] = ()
) -> None:
    """The owner, or somebody who claims to be, shares the vehicle again."""
    movr.resume_vehicle(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        owner_city=owner.city,
        owner_id=owner.id,
        problem_ids=problem_ids,
    )


def report_problem(
    movr: MovR,
    rider: User,
    vehicle: Vehicle,
    kind: ProblemKind = ProblemKind.BRAKES,
    **given: Any,
) -> bool:
    """The rider says what is wrong with the vehicle; whether that is new."""
    return movr.report_problem(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        rider_city=rider.city,
        rider_id=rider.id,
        kind=kind,
        **given,
    )


def problems_of(movr: MovR, owner: User, vehicle: Vehicle) -> tuple[Problem, ...]:
    """What the owner reads of the vehicle's problems."""
    return movr.get_problems_of_owner(city=owner.city, owner_id=owner.id, vehicle_ids=[vehicle.id])


def change_vehicle(movr: MovR, owner: User, vehicle: Vehicle, **changes: Any) -> None:
    """The owner, or somebody who claims to be, corrects what is said of the vehicle."""
    given = {"color": "green", "brand": "Touring", "place": CORNER} | changes
    movr.change_vehicle(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        owner_city=owner.city,
        owner_id=owner.id,
        **given,
    )


def get_ride(movr: MovR, rider: User, ride: Ride) -> Ride:
    """The ride as its rider, or somebody who claims to be, sees it now."""
    return movr.get_ride(city=ride.city, ride_id=ride.id, rider_city=rider.city, rider_id=rider.id)


def reread(movr: MovR, user: User) -> User:
    """The account as it is now."""
    return movr.get_user(city=user.city, user_id=user.id)
