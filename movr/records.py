"""What the backend API hands out: frozen rows that need no session and cannot change.

Times are aware and in UTC, coordinates are degrees (WGS 84), lengths are timedeltas.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Generic, TypeVar
from uuid import UUID

from movr.accounts.ids import opening_time
from movr.cells import cell_at

T = TypeVar("T")


class Lengths:
    """How many characters a text may have."""

    CITY: Final = 32
    BROWSER: Final = 32
    NAME: Final = 64
    EMAIL: Final = 254
    USERNAME: Final = 32
    LOCATION: Final = 120


class VehicleType(StrEnum):
    """The kinds of vehicles that MovR shares."""

    BIKE = "bike"
    SCOOTER = "scooter"
    SKATEBOARD = "skateboard"


class VehicleStatus(StrEnum):
    """`UNAVAILABLE` exactly while someone rides it; `REMOVED` for good."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the map, in degrees (WGS 84)."""

    latitude: float
    longitude: float

    @property
    def cell(self) -> int:
        """The cell of the map that it is in (cells.py)."""
        return cell_at(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words, with its point on the map where that is known."""

    name: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map between two parallels and two meridians, in degrees."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle, where it was left last, and how many ended rides of how long in all it has had."""

    city: str
    id: UUID
    type: VehicleType
    owner_id: UUID
    date_added: datetime
    status: VehicleStatus
    last_location: str
    latitude: float | None
    longitude: float | None
    color: str
    brand: str
    ride_count: int
    time_ridden: timedelta

    @property
    def point(self) -> Point | None:
        """Where it was left last; None where only words are known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride with what its page says of the vehicle. The last three are None while it runs."""

    city: str
    id: UUID
    vehicle_id: UUID
    vehicle_type: VehicleType
    vehicle_color: str
    vehicle_brand: str
    start_location: str
    start_time: datetime
    end_location: str | None = None
    end_time: datetime | None = None
    length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A login that lasts on one device: its browser, and the city it was in when it began.

    `last_seen` is a day of the calendar of the rider's home city.
    """

    id: UUID
    last_seen: date
    browser: str
    city: str


@dataclass(frozen=True, slots=True)
class User:
    """An open account, as its own holder sees it, with the ride that is running, if any.

    `ride_count` and `time_ridden` are of all rides that have ended, in every city. The newest of
    `sessions` comes first.
    """

    city: str
    id: UUID
    username: str
    first_name: str
    last_name: str
    email: str
    is_owner: bool
    session_epoch: int
    ride_count: int
    time_ridden: timedelta
    sessions: tuple[LoginSession, ...]
    active_ride: Ride | None

    @property
    def date_joined(self) -> datetime | None:
        """When the account was opened, None if that was before ids said so."""
        return opening_time(self.id)


@dataclass(frozen=True, slots=True)
class Rider:
    """A user, as the other riders of the city see them."""

    username: str
    first_name: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """What it takes to check a login."""

    city: str
    id: UUID
    session_epoch: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How many rides ended in some time, and how long they were in all."""

    ride_count: int
    time_ridden: timedelta


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Up to a page of rows, and the cursor that fetches the rows after them."""

    rows: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class View:
    """Vehicles in a part of the map: all there are, or some from everywhere where they are many."""

    vehicles: tuple[Vehicle, ...]
    complete: bool
