"""Every action of a rider at home, to try on a cluster; and what may leave home, and why.

check.py tries them, in transactions that are rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from movr import transactions
from movr.accounts import queries as account_queries
from movr.cursors import write_cursor
from movr.database.companions import Accompanied
from movr.home_scenes import Cast, Scene
from movr.kinds import VehicleStatus, VehicleType
from movr.mails import queries as mail_queries
from movr.passwords import UNMATCHABLE_HASH
from movr.problems import queries as problem_queries
from movr.records import Box
from movr.regions import CITIES, REGIONS
from movr.rides import queries as ride_queries
from movr.vehicles import history_queries, map_queries
from movr.vehicles import queries as vehicle_queries

LEAVES_HOME: Final = {
    "add_user": "a username is unique in the world, so every region is asked whether it is free",
    "authenticate": "a login away from home knows nothing of the rider but the name",
    "ask_reset": "of a rider away from home who forgot the password only the name is known",
    "note_cities": "where the version before has ended rides, only the cities themselves know",
    "check_schema": "asks how the tables are made, and for no row",
}
"""The methods of MovR that may ask other regions, each with the reason."""

NOT_RIDERS: Final = frozenset(
    {
        *("add_sample", "check_schema", "create_schema", "get_problems", "has_demo_user", "ping"),
        *("resolve_problems", "upgrade", "upgrade_statements"),
    }
)
"""The methods of MovR for operators and probes."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a rider does: a callback of MovR, in a situation."""

    callback: Callable[..., object]
    arguments: dict[str, Any]
    scene: Scene = Scene.PARKED
    how: str = ""
    part_of: str = ""
    """The method of MovR, if its name is not that of the callback."""
    stays: bool = False
    """Whether it must stay at home although LEAVES_HOME names the method."""

    @property
    def method(self) -> str:
        """The method of MovR that runs the callback."""
        return self.part_of or self.callback.__name__.removesuffix("_txn")

    @property
    def may_leave_because(self) -> str | None:
        """The reason why it may leave home, None if it may not."""
        return None if self.stays else LEAVES_HOME.get(self.method)

    @property
    def name(self) -> str:
        """The method and, if it is tried in several situations, which one."""
        return f"{self.method} {self.how}".strip()

    def act(self, session: Session) -> object:
        """Run the callback and return what it returns."""
        return self.callback(session, **self.arguments)


def actions(cast: Cast) -> list[Action]:
    """Return every action at home, including those that are refused."""
    alone = [
        *_of_accounts(cast),
        *_of_mails(cast),
        *_of_vehicles(cast),
        *_of_reservations(cast),
        *_of_rides(cast),
    ]
    return [
        *alone,
        *(_along(cast, action) for action in alone if action.callback in _TAKE_THE_RIDER_ALONG),
    ]


_TAKE_THE_RIDER_ALONG: Final = (
    *(account_queries.get_users_txn, vehicle_queries.get_vehicles_txn),
    *(vehicle_queries.find_vehicle_txn, vehicle_queries.get_vehicles_of_owner_txn),
    *(map_queries.get_vehicles_near_txn, history_queries.get_history_txn),
    *(ride_queries.get_rides_txn, ride_queries.get_ride_totals_txn, ride_queries.get_ride_txn),
)


def _along(cast: Cast, read: Action) -> Action:
    """Return a read that takes the look-up of the rider along."""

    def read_along(session: Session, **arguments: Any) -> object:
        look_up = account_queries.look_up_of(cast.moment, cast.city, cast.rider)
        return read.callback(Accompanied(session, look_up), **arguments)

    return replace(read, callback=read_along, how=f"with {read.name}", part_of="asking_for_user")


def _of_accounts(cast: Cast) -> list[Action]:
    user = {"city": cast.city, "user_id": cast.rider}
    looked_up = user | {"now": cast.moment}
    nearby = [city.name for city in REGIONS[CITIES[cast.city].region]]
    closing = user | {"password_hash": UNMATCHABLE_HASH}
    login = partial(Action, account_queries.get_credentials_txn, part_of="authenticate")
    reset = partial(Action, account_queries.get_credentials_txn, part_of="ask_reset")
    token = {"reset_hash": "check", "now": cast.moment}
    check = partial(Action, account_queries.get_password_hash_txn, user, how="(check)")
    return [
        Action(transactions.add_user_txn, cast.new_account(cast.rider), scene=Scene.EMPTY),
        login({"username": cast.username, "cities": nearby}, how="at home", stays=True),
        login({"username": cast.username, "cities": None}, how="away from home"),
        Action(account_queries.get_user_txn, looked_up),
        Action(account_queries.get_user_txn, looked_up, Scene.RESERVED, "with a reservation"),
        Action(account_queries.get_user_txn, looked_up, Scene.RIDING, "riding"),
        Action(
            account_queries.get_users_txn,
            {"city": cast.city, "cursor": None, "from_afar": False},
        ),
        Action(
            transactions.change_user_txn,
            user
            | {"first_name": "C", "last_name": "C", "email": "c@example.com"}
            | {"password_hash": UNMATCHABLE_HASH}
            | {"mail": cast.new_mail(), "note": cast.new_mail()},
        ),
        Action(
            transactions.confirm_email_txn,
            user | {"email": "check@example.com", "email_hash": "check"},
        ),
        reset({"username": cast.username, "cities": nearby}, how="at home", stays=True),
        reset({"username": cast.username, "cities": None}, how="away from home"),
        Action(
            transactions.issue_reset_txn,
            user | {"email": "check@example.com", "reset_hash": "check", "until": cast.moment},
        ),
        Action(account_queries.get_reset_user_txn, user | token),
        Action(
            transactions.reset_password_txn,
            user | token | {"new_hash": UNMATCHABLE_HASH, "sessions": (), "mail": cast.new_mail()},
        ),
        check(part_of="change_password"),
        Action(
            transactions.change_password_txn,
            user
            | {"old_hash": UNMATCHABLE_HASH, "new_hash": UNMATCHABLE_HASH, "sessions": ()}
            | {"mail": cast.new_mail()},
        ),
        Action(
            transactions.begin_session_txn,
            user | {"session_epoch": 0, "login": cast.login(uuid4())},
        ),
        Action(
            transactions.note_session_txn,
            user | {"session_id": cast.session, "day": cast.moment.date()},
        ),
        Action(transactions.end_session_txn, user | {"session_id": cast.session}),
        Action(transactions.end_sessions_txn, user),
        check(part_of="remove_user"),
        Action(transactions.remove_user_txn, closing),
        Action(transactions.remove_user_txn, closing, Scene.RIDING, "refused"),
    ]


def _of_mails(cast: Cast) -> list[Action]:
    mail = {"city": cast.city, "mail_id": cast.new_mail().id}
    claim = {"attempts": 0, "now": cast.moment, "next_time": cast.moment}
    return [
        Action(transactions.add_mail_txn, {"mail": cast.new_mail()}, part_of="ask_to_confirm"),
        Action(mail_queries.get_due_mails_txn, {"city": cast.city, "now": cast.moment}),
        Action(
            mail_queries.get_forgotten_rides_txn,
            {"city": cast.city, "started_by": cast.moment},
            Scene.RIDING,
        ),
        Action(
            transactions.ask_if_riding_txn,
            {"city": cast.city, "ride_id": cast.ride, "mail": cast.new_mail()},
            Scene.RIDING,
        ),
        Action(transactions.claim_mail_txn, mail | claim),
        Action(transactions.remove_mail_txn, mail),
    ]


def _of_vehicles(cast: Cast) -> list[Action]:
    city = CITIES[cast.city]
    vehicle = {"city": cast.city, "vehicle_id": cast.vehicle}
    of_owner = vehicle | {"owner_city": cast.city, "owner_id": cast.owner}
    own = of_owner | {"now": cast.moment}
    every: dict[str, Any] = {
        "city": cast.city,
        "vehicle_type": None,
        "available_only": False,
        "from_afar": False,
        "now": cast.moment,
    }
    bikes = every | {"vehicle_type": VehicleType.BIKE, "available_only": True}
    cursor = write_cursor(VehicleStatus.AVAILABLE, UUID(int=0))
    here = city.centre
    box = Box(here.latitude - 0.1, here.longitude - 0.1, here.latitude + 0.1, here.longitude + 0.1)
    change = {"color": "blue", "brand": "Check", "place": cast.place, "ride_count": 0}
    listed = partial(Action, vehicle_queries.get_vehicles_txn)
    return [
        listed(every | {"cursor": None}),
        listed(bikes | {"cursor": None}, how="of a type"),
        listed(every | {"cursor": cursor}, how="page 2"),
        Action(map_queries.get_vehicles_in_view_txn, every | {"box": box}),
        Action(map_queries.get_vehicles_near_txn, every | {"point": here}),
        Action(vehicle_queries.get_vehicle_txn, vehicle),
        Action(
            vehicle_queries.find_vehicle_txn,
            {"city": cast.city, "number": cast.numbers[0], "from_afar": False},
        ),
        Action(
            vehicle_queries.get_vehicles_of_owner_txn,
            {"city": cast.city, "owner_id": cast.owner, "cursor": None},
        ),
        Action(history_queries.get_history_txn, of_owner | {"cursor": None}, Scene.ENDED),
        Action(transactions.add_vehicle_txn, cast.new_vehicle(uuid4())),
        Action(transactions.add_vehicle_txn, cast.new_vehicle(cast.vehicle), how="again"),
        Action(
            transactions.number_vehicles_txn,
            {"city": cast.city, "numbers": {cast.vehicle: cast.numbers}},
        ),
        Action(transactions.change_vehicle_txn, of_owner | change),
        Action(transactions.change_vehicle_txn, of_owner | change, Scene.RIDING, "refused"),
        Action(transactions.pause_vehicle_txn, own),
        Action(transactions.pause_vehicle_txn, own, Scene.RIDING, "refused"),
        Action(transactions.resume_vehicle_txn, own | {"problem_ids": [uuid4()]}),
        Action(transactions.remove_vehicle_txn, own),
        Action(transactions.remove_vehicle_txn, own, Scene.RESERVED, "while reserved"),
        Action(transactions.remove_vehicle_txn, own, Scene.RIDING, "refused"),
        Action(transactions.report_problem_txn, cast.report()),
        Action(transactions.report_problem_txn, cast.report(), Scene.RIDING, "riding"),
        Action(
            problem_queries.get_problems_of_owner_txn,
            {"city": cast.city, "owner_id": cast.owner, "vehicle_ids": [cast.vehicle]},
        ),
    ]


def _of_reservations(cast: Cast) -> list[Action]:
    reserve = partial(Action, transactions.reserve_vehicle_txn)
    mine, other = cast.reserve(cast.rider), cast.reserve(cast.owner)
    return [
        reserve(mine),
        reserve(mine, Scene.RESERVED, "again"),
        reserve(mine | {"vehicle_id": cast.other_vehicle}, Scene.RESERVED, "another vehicle"),
        reserve(other, Scene.RESERVED, "refused"),
        Action(transactions.cancel_reservation_txn, mine, Scene.RESERVED),
        Action(transactions.cancel_reservation_txn, other, Scene.RESERVED, "of another rider"),
    ]


def _of_rides(cast: Cast) -> list[Action]:
    nearby = [city.name for city in REGIONS[CITIES[cast.city].region]]
    ride = {"city": cast.city, "ride_id": cast.ride, **cast.at_home}
    of_rider = {"cities": nearby, **cast.at_home}
    month = (cast.moment - timedelta(days=30), cast.moment)
    start = partial(Action, transactions.start_ride_txn)
    return [
        start(cast.start(cast.rider)),
        start(cast.start(cast.rider), Scene.RESERVED, "with a reservation"),
        start(
            cast.start(cast.rider) | {"vehicle_id": cast.other_vehicle},
            Scene.RESERVED,
            "with a reservation of another vehicle",
        ),
        start(cast.start(cast.owner), Scene.RESERVED, "reserved by another rider"),
        start(cast.start(cast.rider), Scene.RIDING, "again"),
        start(cast.start(cast.owner, uuid4()), Scene.RIDING, "refused"),
        Action(transactions.cancel_ride_txn, cast.cancel(), Scene.RIDING),
        Action(transactions.cancel_ride_txn, cast.cancel(), Scene.ENDED, "refused"),
        Action(transactions.end_ride_txn, cast.end(), Scene.RIDING),
        Action(transactions.end_ride_txn, cast.end(), Scene.ENDED, "again"),
        Action(transactions.note_cities_txn, cast.at_home, Scene.ENDED),
        Action(ride_queries.get_rides_txn, of_rider | {"cursor": None}, Scene.ENDED),
        Action(ride_queries.get_ride_txn, ride, Scene.ENDED),
        Action(
            ride_queries.get_ride_totals_txn,
            of_rider | {"periods": [month]},
            Scene.ENDED,
        ),
    ]
