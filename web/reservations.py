"""What pages say of reservations: whose a vehicle is just now, and until when."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from movr.kinds import VehicleStatus
from movr.records import Point, User, Vehicle
from movr.regions import CITIES
from movr.rules import RESERVED_AGAIN_AFTER
from web.filters import distance


def standing(vehicle: Vehicle, rider: User | None) -> str:
    """Return what a vehicle is to a rider, or to a visitor.

    That is "available", "yours" (reserved by the rider), "reserved", "paused", "problem" (paused,
    because one was reported) or "in_use".
    """
    if vehicle.paused_since is not None:
        return "paused" if vehicle.problem_since is None else "problem"
    if vehicle.status is not VehicleStatus.AVAILABLE:
        return "in_use"
    if not vehicle.is_reserved(datetime.now(UTC)):
        return "available"
    is_own = rider and (rider.city, rider.id) == (vehicle.reserver_city, vehicle.reserver_id)
    return "yours" if is_own else "reserved"


def seen_by(
    vehicles: Iterable[Vehicle], rider: User | None, near: Point | None
) -> list[tuple[Vehicle, str, str]]:
    """Return vehicles, each with its standing and with how far it is from a place, in words."""
    return [
        (vehicle, standing(vehicle, rider), distance(vehicle, near) if near else "")
        for vehicle in vehicles
    ]


def has_just_ended(vehicle: Vehicle, rider: User) -> bool:
    """Return whether it's too early for a rider to reserve a vehicle again."""
    return (
        (rider.city, rider.id) == (vehicle.reserver_city, vehicle.reserver_id)
        and vehicle.reserved_until is not None
        and vehicle.reserved_until > datetime.now(UTC) - RESERVED_AGAIN_AFTER
    )


def left_ms(until: datetime) -> int:
    """Return for how many milliseconds more a reservation lasts; 0 if it is over."""
    return max((until - datetime.now(UTC)) // timedelta(milliseconds=1), 0)


def time_of_day(moment: datetime, city: str) -> str:
    """Return a time that is minutes away, as a clock in the city shows it: "18:49 CET"."""
    return f"{moment.astimezone(CITIES[city].time_zone):%H:%M %Z}"
