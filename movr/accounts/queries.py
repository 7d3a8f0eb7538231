"""The reads of accounts: users, their credentials, and the list of riders."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, select

from movr.cursors import PAGE_SIZE, page_of, read_rider_cursor
from movr.database.companions import Companion
from movr.database.reading import Reader, records, rows
from movr.database.replicas import few_seconds_ago
from movr.errors import NotFound, ResetVoid
from movr.models import ACCOUNT_OPEN
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Credentials, Page, Reservation, Ride, Rider, User
from movr.reservations.conditions import HELD, RESERVATION
from movr.rides.queries import RIDDEN_VEHICLE, RUNNING_RIDE

_USER: Final = (
    select(
        *(Users.city, Users.id, Users.username, Users.first_name, Users.last_name),
        *(Users.email, Users.is_owner, Users.session_epoch),
        *(Users.ride_count, Users.time_ridden),
        case((Users.rides_noted == Users.ride_count, Users.ridden_in)).label("ridden_in"),
        *(Users.sessions, Users.confirmed_hash),
        *(column.label(f"ride_{place}") for place, column in enumerate(RUNNING_RIDE)),
        *(column.label(f"held_{place}") for place, column in enumerate(RESERVATION)),
    )
    .outerjoin(Rides, and_(Rides.city == Users.active_ride_city, Rides.id == Users.active_ride_id))
    .outerjoin(Vehicles, RIDDEN_VEHICLE)
    .outerjoin(*HELD)
    .where(Users.city == bindparam("city"), Users.id == bindparam("user_id"), ACCOUNT_OPEN)
)


def get_user_txn(reader: Reader, now: datetime, *, city: str, user_id: UUID) -> User | NotFound:
    """Return an open account with its running ride or its reservation."""
    look_up = look_up_of(now, city, user_id)
    return user_in(rows(reader, look_up.statement, look_up.values))


def look_up_of(now: datetime, city: str, user_id: UUID) -> Companion:
    """Return the look-up of get_user_txn, for another read to take along."""
    return Companion(_USER, {"city": city, "user_id": user_id, "now": now})


def user_in(found: Sequence[Sequence[Any]]) -> User | NotFound:
    """Return the account in the rows of its look-up."""
    return _user(*found[0]) if found else NotFound("user")


def _user(*columns: Any) -> User:
    rest, held = columns[: -len(RESERVATION)], columns[-len(RESERVATION) :]
    user, ride = rest[: -len(RUNNING_RIDE)], rest[-len(RUNNING_RIDE) :]
    return User(
        *(
            *user,
            Ride(*ride) if ride[0] is not None else None,
            Reservation(*held) if held[0] is not None else None,
        )
    )


def may_reset(reset_hash: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that the token with this hash still resets an account's password."""
    return and_(
        Users.reset_hash == reset_hash,
        Users.reset_epoch == Users.session_epoch,
        Users.reset_until > now,
    )


_RESET_USER: Final = _USER.where(may_reset(bindparam("reset_hash"), bindparam("now")))


def get_reset_user_txn(
    reader: Reader, *, city: str, user_id: UUID, reset_hash: str, now: datetime
) -> User | ResetVoid:
    """Return the user whose password a token resets."""
    values = {"city": city, "user_id": user_id, "reset_hash": reset_hash, "now": now}
    found = rows(reader, _RESET_USER, values)
    return _user(*found[0]) if found else ResetVoid()


@cache
def _credentials(in_cities: bool) -> Select[Any]:
    query = select(Users.city, Users.id, Users.session_epoch, Users.password_hash).where(
        Users.username == bindparam("username")
    )
    return query.where(Users.city.in_(bindparam("cities", expanding=True))) if in_cities else query


def get_credentials_txn(
    reader: Reader, *, username: str, cities: Sequence[str] | None
) -> Credentials | None:
    """Return what a login is checked against, or None if nobody in `cities` has this username.

    With None for `cities` it asks every region and names no city: of a rider who is away from home,
    only the username is known.
    """
    values: dict[str, Any] = {"username": username}
    if cities is not None:
        values["cities"] = cities
    found = rows(reader, _credentials(cities is not None), values)
    return Credentials(*found[0]) if found else None


_PASSWORD_HASH: Final = select(Users.password_hash).where(
    Users.city == bindparam("city"), Users.id == bindparam("user_id"), ACCOUNT_OPEN
)


def get_password_hash_txn(reader: Reader, *, city: str, user_id: UUID) -> str | NotFound:
    """Return the password hash of an open account."""
    found = rows(reader, _PASSWORD_HASH, {"city": city, "user_id": user_id})
    return found[0][0] if found else NotFound("user")


@cache
def _users(after_cursor: bool, from_afar: bool) -> Select[Any]:
    query = select(Users.username, Users.first_name, Users.is_owner).where(
        Users.city == bindparam("city"), ACCOUNT_OPEN
    )
    if after_cursor:
        query = query.where(Users.username > bindparam("last_username"))
    query = query.order_by(Users.username).limit(PAGE_SIZE + 1)
    return few_seconds_ago(query, "username") if from_afar else query


def get_users_txn(
    reader: Reader, *, city: str, cursor: str | None = None, from_afar: bool = False
) -> Page[Rider]:
    """Return a page of the city's riders by username; raises InvalidCursor."""
    values = {"city": city}
    if cursor is not None:
        values["last_username"] = read_rider_cursor(cursor)
    found = records(reader, Rider, _users(cursor is not None, from_afar), values)
    return page_of(found, lambda rider: rider.username)
