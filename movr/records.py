"""What the backend API returns: frozen records that need no database session.

Times are aware and in UTC, coordinates are degrees (WGS 84), durations are timedeltas.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar
from uuid import UUID

from movr.accounts.ids import opening_time
from movr.cells import cell_at
from movr.kinds import MailKind, ProblemKind, VehicleStatus, VehicleType
from movr.rules import Lengths

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the map, in degrees (WGS 84)."""

    latitude: float
    longitude: float

    @property
    def cell(self) -> int:
        """The cell of the map that contains it (cells.py)."""
        return cell_at(self.latitude, self.longitude)


def _point(latitude: float | None, longitude: float | None) -> Point | None:
    return None if latitude is None or longitude is None else Point(latitude, longitude)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words, with its point on the map if known."""

    name: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the map, in degrees."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle, where it is parked, and how many rides have ended, and their total time.

    `number` is unique in the city (numbers.py); None until a vehicle that the former version added
    is given one. `paused_since` is None unless its owner or a problem has paused it, and
    `problem_since` unless a problem is open. It is reserved while `reserved_until` is in the
    future; a reservation that has ended may still be noted.
    """

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
    number: str | None
    paused_since: datetime | None
    problem_since: datetime | None
    reserved_until: datetime | None
    reserver_city: str | None
    reserver_id: UUID | None
    ride_count: int
    time_ridden: timedelta

    def __hash__(self) -> int:
        """Return a hash of what tells vehicles and their versions apart.

        A page looks up a whole list, and all fields would take it several times as long.
        """
        return hash((self.id, self.brand, self.color, self.last_location))

    def is_reserved(self, now: datetime) -> bool:
        """Whether it is kept for a rider, and nobody is riding it."""
        is_kept = self.reserved_until is not None and self.reserved_until > now
        return is_kept and self.status is VehicleStatus.AVAILABLE

    @property
    def point(self) -> Point | None:
        """Where it is parked; None if only a description is known."""
        return _point(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class OwnVehicle(Vehicle):
    """A vehicle as its owner sees it: if it is in use, with the time when its ride started."""

    ridden_since: datetime | None


@dataclass(frozen=True, slots=True)
class PastUse:
    """A ride that has ended, as the vehicle's owner sees it: without the rider, and the places."""

    ride_id: UUID
    start_time: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride with what its page says about the vehicle. The end is None while it runs."""

    city: str
    id: UUID
    vehicle_id: UUID
    vehicle_type: VehicleType
    vehicle_color: str
    vehicle_brand: str
    vehicle_number: str | None
    start_location: str
    start_latitude: float | None
    start_longitude: float | None
    start_time: datetime
    end_location: str | None = None
    end_latitude: float | None = None
    end_longitude: float | None = None
    end_time: datetime | None = None
    length: timedelta | None = None

    def __hash__(self) -> int:
        """Return a hash of the id: a ride that has ended stays as it is."""
        return hash(self.id)

    @property
    def start_point(self) -> Point | None:
        """Where it began; None if only a description is known."""
        return _point(self.start_latitude, self.start_longitude)

    @property
    def end_point(self) -> Point | None:
        """Where it ended; None while it runs, or if only a description is known."""
        return _point(self.end_latitude, self.end_longitude)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A vehicle that is kept for a rider until a time, and where it is parked."""

    city: str
    vehicle_id: UUID
    vehicle_type: VehicleType
    vehicle_color: str
    vehicle_number: str | None
    location: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """An open problem of a vehicle, without whoever has reported it. `words` may be empty."""

    city: str
    id: UUID
    vehicle_id: UUID
    vehicle_number: str | None
    vehicle_location: str
    kind: ProblemKind
    words: str
    reported_time: datetime


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A login on one device: its browser, and the city where it began.

    `last_seen` is a date in the time zone of the rider's home city.
    """

    id: UUID
    last_seen: date
    browser: str
    city: str


@dataclass(frozen=True, slots=True)
class User:
    """An open account, as its holder sees it, with the running ride or the reservation, if any.

    `ride_count` and `time_ridden` count the ended rides of all cities. `ridden_in` names these
    cities; it is None if not all of them are known, which MovR.note_cities mends. `sessions` are
    newest first.
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
    ridden_in: tuple[str, ...] | None
    sessions: tuple[LoginSession, ...]
    confirmed_hash: str | None
    active_ride: Ride | None
    reservation: Reservation | None = None

    @property
    def email_hash(self) -> str:
        """A hash of the address, of use for this account only."""
        digest = sha256(f"{self.city}/{self.id}/{self.email}".encode())
        return digest.hexdigest()[: Lengths.EMAIL_HASH]

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody who reads the mails to the address has said that it is theirs."""
        return self.confirmed_hash == self.email_hash

    @property
    def date_joined(self) -> datetime | None:
        """When the account was opened; None for accounts whose ids have no time."""
        return opening_time(self.id)


@dataclass(frozen=True, slots=True)
class Rider:
    """A user, as other riders of the city see them."""

    username: str
    first_name: str
    is_owner: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against."""

    city: str
    id: UUID
    session_epoch: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to a user that was promised and is not sent yet.

    It says in which language; the text is written, and the address read, when it is sent, unless
    it is to a former address.
    """

    city: str
    id: UUID
    user_id: UUID
    kind: MailKind
    language: str
    created_time: datetime
    attempts: int = 0
    to_address: str | None = None


@dataclass(frozen=True, slots=True)
class ForgottenRide:
    """A running ride that seems forgotten, whose rider is to be asked by mail in a language."""

    city: str
    id: UUID
    vehicle_id: UUID
    rider_city: str
    rider_id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The number and total time of the ended rides of a period."""

    ride_count: int
    time_ridden: timedelta


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows, and the cursor of the next page, if any."""

    rows: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class History:
    """A vehicle with a page of its past rides, newest first."""

    vehicle: Vehicle
    uses: Page[PastUse]


@dataclass(frozen=True, slots=True)
class View:
    """Vehicles in a part of the map: all of them, or an even selection if there are too many."""

    vehicles: tuple[Vehicle, ...]
    complete: bool
