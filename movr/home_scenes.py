"""The made-up people, vehicle and ride that the home actions are tried on; never committed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from movr import transactions
from movr.kinds import MailKind, ProblemKind, VehicleType
from movr.numbers import CANDIDATES
from movr.passwords import UNMATCHABLE_HASH
from movr.records import LoginSession, Mail, Place
from movr.regions import CITIES


class Scene(IntEnum):
    """What has happened before an action. Each scene includes those before it."""

    EMPTY = 0
    PARKED = 1
    """A rider, and an owner with an available vehicle."""
    RESERVED = 2
    """The rider has reserved the vehicle; another one is available."""
    RIDING = 3
    ENDED = 4


@dataclass(frozen=True, slots=True)
class Cast:
    """The riders, vehicles and ride of the actions: made up in a city, and never committed."""

    city: str
    rider: UUID
    owner: UUID
    vehicle: UUID
    other_vehicle: UUID
    ride: UUID
    session: UUID
    moment: datetime

    @property
    def username(self) -> str:
        """The name of the rider."""
        return _name(self.rider)

    @property
    def at_home(self) -> dict[str, Any]:
        """The key of the rider, as most callbacks take it."""
        return {"rider_city": self.city, "rider_id": self.rider}

    def new_account(self, user_id: UUID) -> dict[str, Any]:
        """The arguments of add_user_txn."""
        return {
            "city": self.city,
            "user_id": user_id,
            "first_name": "Check",
            "last_name": "Check",
            "email": "check@example.com",
            "username": _name(user_id),
            "password_hash": UNMATCHABLE_HASH,
            "sessions": (self.login(self.session),),
        }

    def login(self, session_id: UUID) -> LoginSession:
        """A session of the rider."""
        return LoginSession(session_id, self.moment.date(), "Check", self.city)

    def new_mail(self) -> Mail:
        """A mail to the rider."""
        kind = MailKind.PASSWORD_CHANGED
        return Mail(self.city, uuid4(), self.rider, kind, "en", self.moment)

    def new_vehicle(self, vehicle_id: UUID) -> dict[str, Any]:
        """The arguments of add_vehicle_txn."""
        return {
            "city": self.city,
            "vehicle_id": vehicle_id,
            "owner_id": self.owner,
            "vehicle_type": VehicleType.BIKE,
            "color": "red",
            "brand": "Check",
            "numbers": self.numbers,
            "place": self.place,
            "now": self.moment,
        }

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers that no vehicle has: they are too long."""
        return tuple(f"CHECK{place}" for place in range(CANDIDATES))

    @property
    def place(self) -> Place:
        """The centre of the city."""
        return Place("check", CITIES[self.city].centre)

    def prepare(self, session: Session, scene: Scene) -> None:
        """Set the scene for an action."""
        if scene >= Scene.PARKED:
            for user in (self.rider, self.owner):
                transactions.add_user_txn(session, **self.new_account(user))
            transactions.add_vehicle_txn(session, **self.new_vehicle(self.vehicle))
        if scene >= Scene.RESERVED:
            transactions.add_vehicle_txn(session, **self.new_vehicle(self.other_vehicle))
            transactions.reserve_vehicle_txn(session, **self.reserve(self.rider))
        if scene >= Scene.RIDING:
            transactions.start_ride_txn(session, **self.start(self.rider))
        if scene >= Scene.ENDED:
            transactions.end_ride_txn(session, **self.end())

    def reserve(self, rider: UUID) -> dict[str, Any]:
        """The arguments of reserve_vehicle_txn and cancel_reservation_txn."""
        return {
            "city": self.city,
            "vehicle_id": self.vehicle,
            "rider_city": self.city,
            "rider_id": rider,
            "now": self.moment,
        }

    def start(self, rider: UUID, ride_id: UUID | None = None) -> dict[str, Any]:
        """The arguments of start_ride_txn."""
        return {
            "ride_id": ride_id or self.ride,
            "city": self.city,
            "vehicle_id": self.vehicle,
            "rider_city": self.city,
            "rider_id": rider,
            "now": self.moment,
            "mail_in": "en",
        }

    def report(self) -> dict[str, Any]:
        """The arguments of report_problem_txn."""
        return {
            "problem_id": uuid4(),
            "city": self.city,
            "vehicle_id": self.vehicle,
            **self.at_home,
            "kind": ProblemKind.BRAKES,
            "words": "Check",
            "now": self.moment,
            "ride_id": self.ride,
        }

    def cancel(self) -> dict[str, Any]:
        """The arguments of cancel_ride_txn."""
        return {
            "ride_id": self.ride,
            "city": self.city,
            **self.at_home,
            "started_since": self.moment,
            "now": self.moment,
        }

    def end(self) -> dict[str, Any]:
        """The arguments of end_ride_txn."""
        return {
            "ride_id": self.ride,
            "city": self.city,
            **self.at_home,
            "place": self.place,
            "now": self.moment + timedelta(minutes=1),
        }


def cast_of(city: str) -> Cast:
    """Return a new cast in a city."""
    return Cast(
        city, uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), moment=datetime.now(UTC)
    )


def _name(user_id: UUID) -> str:
    """Return a username that nobody has."""
    return f"check-{user_id.hex[:24]}"
