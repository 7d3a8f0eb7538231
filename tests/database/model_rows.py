"""The rows of the model, and what its methods for accounts, vehicles and rides share."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from movr.errors import NotFound
from movr.kinds import VehicleStatus
from movr.records import Place, Ride
from tests.database.world import Key, Rows, World, as_record

NOT_RESERVED: Final = {"reserver_city": None, "reserver_id": None, "reserved_until": None}
NOTHING_RESERVED: Final = {
    "reserved_city": None,
    "reserved_vehicle_id": None,
    "reserved_until": None,
}

NO_RIDES: Final = {"ride_count": 0, "time_ridden": timedelta(0)}

_LOOKS: Final = ("type", "color", "brand", "number")

CITIES: Final = ("new york", "boston", "rome")


@dataclass
class Fate:
    """What is neither asked for nor decided: the time, and the ids and numbers of what comes."""

    now: datetime
    new_id: UUID
    new_numbers: tuple[str, ...] = ()


class ModelRows:
    """All rows, as the tables hold them."""

    def __init__(self, fate: Fate, hashes: dict[str, str]) -> None:
        self.fate = fate
        self.users: Rows = {}
        self.vehicles: Rows = {}
        self.rides: Rows = {}
        self.problems: Rows = {}
        self._hashes = hashes

    @property
    def world(self) -> World:
        """All rows, as read_world() reads them."""
        return World(self.users, self.vehicles, self.rides, self.problems)

    def _open_account(self, city: str, user_id: UUID) -> SimpleNamespace:
        user = self.users.get((city, user_id))
        if user is None or user.username is None:
            raise NotFound
        return user

    def _is_reserved(self, vehicle: SimpleNamespace) -> bool:
        """Whether the vehicle is kept for somebody now."""
        until = vehicle.reserved_until
        return (
            vehicle.status == VehicleStatus.AVAILABLE
            and until is not None
            and until > self.fate.now
        )

    def _open_problems(self, vehicle: SimpleNamespace) -> list[SimpleNamespace]:
        return [
            each
            for each in self.problems.values()
            if (each.city, each.vehicle_id, each.resolved_time) == (vehicle.city, vehicle.id, None)
        ]

    def _resolve(self, vehicle: SimpleNamespace) -> None:
        vehicle.problem_since = None
        for each in self._open_problems(vehicle):
            each.resolved_time = self.fate.now

    def _ride(self, ride: SimpleNamespace) -> Ride:
        vehicle = self.vehicles[ride.city, ride.vehicle_id]
        looks = {f"vehicle_{name}": getattr(vehicle, name) for name in _LOOKS}
        return as_record(Ride, ride, **looks)


def is_gone(vehicle: SimpleNamespace) -> bool:
    """Whether its owner has stopped sharing it for good."""
    return bool(vehicle.status == VehicleStatus.REMOVED and vehicle.paused_since is None)


def reserver_of(vehicle: SimpleNamespace) -> Key:
    """Whose reservation, in force or not, is noted on the vehicle."""
    return vehicle.reserver_city, vehicle.reserver_id


def parked_at(place: Place) -> dict[str, Any]:
    """The columns of a vehicle that say where it is."""
    return {
        "last_location": place.name,
        "latitude": place.point and place.point.latitude,
        "longitude": place.point and place.point.longitude,
        "cell": place.point and place.point.cell,
    }
