"""Every action of a rider at home, to be tried on a cluster; and what may leave home, and why.

The actions are tried by check.py, in transactions that are rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from movr import transactions
from movr.accounts import queries as account_queries
from movr.cursors import write_cursor
from movr.passwords import UNMATCHABLE_HASH
from movr.records import Box, LoginSession, Place, VehicleStatus, VehicleType
from movr.regions import CITIES, REGIONS
from movr.rides import queries as ride_queries
from movr.vehicles import map_queries
from movr.vehicles import queries as vehicle_queries

LEAVES_HOME: Final = {
    "add_user": "a username is unique in the world, so every region is asked whether it is free",
    "authenticate": "a login away from home knows nothing of the rider but the name",
    "check_schema": "asks how the tables are made, and for no row",
}
"""The methods of MovR that may ask other regions than the home region, each with the reason."""

NOT_RIDERS: Final = frozenset(
    {
        *("add_sample", "check_schema", "create_schema", "has_demo_user", "ping"),
        *("upgrade", "upgrade_statements"),
    }
)
"""The methods of MovR that are for operators and for probes."""


class Scene(IntEnum):
    """What has happened before an action. Each includes those before it."""

    EMPTY = 0
    PARKED = 1
    """A rider, and an owner with an available vehicle."""
    RIDING = 2
    ENDED = 3


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what the actions are about: made up in a city, and never committed."""

    city: str
    rider: UUID
    owner: UUID
    vehicle: UUID
    ride: UUID
    session: UUID
    moment: datetime

    @property
    def at_home(self) -> dict[str, Any]:
        """The key of the rider, as most callbacks take it."""
        return {"rider_city": self.city, "rider_id": self.rider}

    def new_account(self, user_id: UUID) -> dict[str, Any]:
        """What a new account is made of."""
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
        """What is known of a session."""
        return LoginSession(session_id, self.moment.date(), "Check", self.city)

    def new_vehicle(self, vehicle_id: UUID) -> dict[str, Any]:
        """What a new vehicle of the owner is made of."""
        return {
            "city": self.city,
            "vehicle_id": vehicle_id,
            "owner_id": self.owner,
            "vehicle_type": VehicleType.BIKE,
            "color": "red",
            "brand": "Check",
            "place": self.place,
            "now": self.moment,
        }

    @property
    def place(self) -> Place:
        """The middle of the city."""
        return Place("check", CITIES[self.city].centre)

    def prepare(self, session: Session, scene: Scene) -> None:
        """Do what comes before an action."""
        if scene >= Scene.PARKED:
            for user in (self.rider, self.owner):
                transactions.add_user_txn(session, **self.new_account(user))
            transactions.add_vehicle_txn(session, **self.new_vehicle(self.vehicle))
        if scene >= Scene.RIDING:
            transactions.start_ride_txn(session, **self.start(self.rider))
        if scene >= Scene.ENDED:
            transactions.end_ride_txn(session, **self.end())

    def start(self, rider: UUID, ride_id: UUID | None = None) -> dict[str, Any]:
        """How somebody starts a ride on the vehicle."""
        return {
            "ride_id": ride_id or self.ride,
            "city": self.city,
            "vehicle_id": self.vehicle,
            "rider_city": self.city,
            "rider_id": rider,
            "now": self.moment,
        }

    def end(self) -> dict[str, Any]:
        """How the rider ends the ride."""
        return {
            "ride_id": self.ride,
            "city": self.city,
            **self.at_home,
            "place": self.place,
            "now": self.moment + timedelta(minutes=1),
        }


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a rider does: a callback of a method of MovR, in a situation."""

    method: str
    callback: Callable[..., object]
    arguments: dict[str, Any]
    scene: Scene = Scene.PARKED
    how: str = ""
    stays: bool = False
    """Whether it must stay at home although the method is among those that LEAVES_HOME names."""

    @property
    def may_leave_because(self) -> str | None:
        """Return the reason for which it may leave home, None if it may not."""
        return None if self.stays else LEAVES_HOME.get(self.method)

    @property
    def name(self) -> str:
        """The method and, where it is tried in several situations, which of them it is."""
        return f"{self.method} {self.how}".strip()

    def act(self, session: Session) -> object:
        """Run the callback; what it refuses is refused."""
        return self.callback(session, **self.arguments)


def cast_of(city: str) -> Cast:
    """Return new people and things in a city."""
    return Cast(city, uuid4(), uuid4(), uuid4(), uuid4(), uuid4(), datetime.now(UTC))


def actions(cast: Cast) -> list[Action]:
    """Return every action at home, the usual ones and those that are refused."""
    return [*_of_accounts(cast), *_of_vehicles(cast), *_of_rides(cast)]


def _of_accounts(cast: Cast) -> list[Action]:
    user = {"city": cast.city, "user_id": cast.rider}
    nearby = [city.name for city in REGIONS[CITIES[cast.city].region]]
    closing = user | {"password_hash": UNMATCHABLE_HASH}
    login = ("authenticate", account_queries.get_credentials_txn)
    return [
        Action(
            "add_user", transactions.add_user_txn, cast.new_account(cast.rider), scene=Scene.EMPTY
        ),
        Action(
            *login, {"username": _name(cast.rider), "cities": nearby}, how="at home", stays=True
        ),
        Action(*login, {"username": _name(cast.rider), "cities": None}, how="away from home"),
        Action("get_user", account_queries.get_user_txn, user),
        Action("get_user", account_queries.get_user_txn, user, Scene.RIDING, "riding"),
        Action(
            "get_users",
            account_queries.get_users_txn,
            {"city": cast.city, "cursor": None, "from_afar": False},
        ),
        Action(
            "change_user",
            transactions.change_user_txn,
            user | {"first_name": "C", "last_name": "C", "email": "c@example.com"},
        ),
        Action("change_password", account_queries.get_password_hash_txn, user, how="(check)"),
        Action(
            "change_password",
            transactions.change_password_txn,
            user | {"old_hash": UNMATCHABLE_HASH, "new_hash": UNMATCHABLE_HASH, "sessions": ()},
        ),
        Action(
            "begin_session",
            transactions.begin_session_txn,
            user | {"session_epoch": 0, "login": cast.login(uuid4())},
        ),
        Action(
            "note_session",
            transactions.note_session_txn,
            user | {"session_id": cast.session, "day": cast.moment.date()},
        ),
        Action("end_session", transactions.end_session_txn, user | {"session_id": cast.session}),
        Action("end_sessions", transactions.end_sessions_txn, user),
        Action("remove_user", account_queries.get_password_hash_txn, user, how="(check)"),
        Action("remove_user", transactions.remove_user_txn, closing),
        Action("remove_user", transactions.remove_user_txn, closing, Scene.RIDING, "refused"),
    ]


def _of_vehicles(cast: Cast) -> list[Action]:
    city = CITIES[cast.city]
    vehicle = {"city": cast.city, "vehicle_id": cast.vehicle}
    own = vehicle | {"owner_city": cast.city, "owner_id": cast.owner}
    every: dict[str, Any] = {
        "city": cast.city,
        "vehicle_type": None,
        "available_only": False,
        "from_afar": False,
    }
    bikes = every | {"vehicle_type": VehicleType.BIKE, "available_only": True}
    cursor = write_cursor(VehicleStatus.AVAILABLE, UUID(int=0))
    here = city.centre
    box = Box(here.latitude - 0.1, here.longitude - 0.1, here.latitude + 0.1, here.longitude + 0.1)
    change = {"color": "blue", "brand": "Check", "place": cast.place, "ride_count": 0}
    listed = ("get_vehicles", vehicle_queries.get_vehicles_txn)
    return [
        Action(*listed, every | {"cursor": None}),
        Action(*listed, bikes | {"cursor": None}, how="of a type"),
        Action(*listed, every | {"cursor": cursor}, how="page 2"),
        Action("get_vehicles_in_view", map_queries.get_vehicles_in_view_txn, every | {"box": box}),
        Action("get_vehicles_near", map_queries.get_vehicles_near_txn, every | {"point": here}),
        Action("get_vehicle", vehicle_queries.get_vehicle_txn, vehicle),
        Action(
            "get_vehicles_of_owner",
            vehicle_queries.get_vehicles_of_owner_txn,
            {"city": cast.city, "owner_id": cast.owner, "cursor": None},
        ),
        Action("add_vehicle", transactions.add_vehicle_txn, cast.new_vehicle(uuid4())),
        Action(
            "add_vehicle", transactions.add_vehicle_txn, cast.new_vehicle(cast.vehicle), how="again"
        ),
        Action("change_vehicle", transactions.change_vehicle_txn, own | change),
        Action(
            "change_vehicle", transactions.change_vehicle_txn, own | change, Scene.RIDING, "refused"
        ),
        Action("remove_vehicle", transactions.remove_vehicle_txn, own),
        Action("remove_vehicle", transactions.remove_vehicle_txn, own, Scene.RIDING, "refused"),
    ]


def _of_rides(cast: Cast) -> list[Action]:
    nearby = [city.name for city in REGIONS[CITIES[cast.city].region]]
    ride = {"city": cast.city, "ride_id": cast.ride, **cast.at_home}
    of_rider = {"cities": nearby, **cast.at_home}
    month = (cast.moment - timedelta(days=30), cast.moment)
    start = ("start_ride", transactions.start_ride_txn)
    return [
        Action(*start, cast.start(cast.rider)),
        Action(*start, cast.start(cast.rider), Scene.RIDING, "again"),
        Action(*start, cast.start(cast.owner, uuid4()), Scene.RIDING, "refused"),
        Action("end_ride", transactions.end_ride_txn, cast.end(), Scene.RIDING),
        Action("end_ride", transactions.end_ride_txn, cast.end(), Scene.ENDED, "again"),
        Action("get_rides", ride_queries.get_rides_txn, of_rider | {"cursor": None}, Scene.ENDED),
        Action("get_ride", ride_queries.get_ride_txn, ride, Scene.ENDED),
        Action(
            "get_ride_totals",
            ride_queries.get_ride_totals_txn,
            of_rider | {"periods": [month]},
            Scene.ENDED,
        ),
    ]


def _name(user_id: UUID) -> str:
    """Return a name that nobody has chosen."""
    return f"check-{user_id.hex[:24]}"
