"""The tables, as SQLAlchemy declarative models: users, vehicles, rides, problems, mails to be sent.

`city` comes first in every key, because it decides the region. What must hold whatever the
code does is a named constraint here; errors are told apart by these names.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Interval,
    MetaData,
    String,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from movr.accounts.sessions import LoginSessions
from movr.database.column_types import Milliseconds, UTCDateTime, one_of
from movr.kinds import ProblemKind, VehicleStatus, VehicleType
from movr.records import LoginSession
from movr.rides.cities import CityNames
from movr.rules import Lengths


class Base(DeclarativeBase):
    """Names every constraint, so that the database reports which one was broken."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as a plain class attribute)
        datetime: UTCDateTime(),
        timedelta: Interval(),
        UUID: Uuid(),
    }


class User(Base):
    """A rider, who becomes an owner with the first vehicle.

    Closing the account clears the personal columns and keeps the row, because rides refer to it.
    The running ride is noted on the rider's own row, so that the rule of one ride at a time is
    checked at home, wherever the ride is.
    """

    __tablename__ = "users"

    city: Mapped[str] = mapped_column(String(Lengths.CITY), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    first_name: Mapped[str | None] = mapped_column(String(Lengths.NAME))
    last_name: Mapped[str | None] = mapped_column(String(Lengths.NAME))
    email: Mapped[str | None] = mapped_column(String(Lengths.EMAIL))
    username: Mapped[str | None] = mapped_column(String(Lengths.USERNAME), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_owner: Mapped[bool]
    # Not a foreign key: the rider is claimed before the ride is written, and CockroachDB has no
    # deferred constraints.
    active_ride_city: Mapped[str | None] = mapped_column(String(Lengths.CITY))
    active_ride_id: Mapped[UUID | None]
    # Counts how often all sessions were ended at once, which makes older cookies void.
    session_epoch: Mapped[int]
    # On the rider's own row, so that a page needs one look-up to check its session.
    sessions: Mapped[tuple[LoginSession, ...]] = mapped_column(
        LoginSessions(), server_default=text("''")
    )
    # Of the address that its owner has confirmed. It counts while it is that of `email`, so that
    # also an address that the version before has changed is unconfirmed.
    confirmed_hash: Mapped[str | None] = mapped_column(String(Lengths.EMAIL_HASH))
    # Of the newest link by which the password can be reset. It is void once `session_epoch` has
    # moved on, as with every new password and whenever all sessions are ended, whichever version
    # has done that.
    reset_hash: Mapped[str | None] = mapped_column(String(Lengths.RESET_HASH))
    reset_epoch: Mapped[int | None]
    reset_until: Mapped[datetime | None]
    # Counted as rides end, because adding them up would take longer and longer.
    ride_count: Mapped[int] = mapped_column(server_default=text("0"))
    time_ridden: Mapped[timedelta] = mapped_column(Milliseconds(), server_default=text("0"))
    # Where these rides were, so that the history asks no other city; and of how many of them this
    # is known. A version that does not note it counts the ride all the same.
    ridden_in: Mapped[tuple[str, ...]] = mapped_column(CityNames(), server_default=text("''"))
    rides_noted: Mapped[int] = mapped_column(server_default=text("0"))
    # The vehicle that is reserved, on the rider's own row for the same reasons as the running ride.
    # Nothing clears them when the time is over.
    reserved_city: Mapped[str | None] = mapped_column(String(Lengths.CITY))
    reserved_vehicle_id: Mapped[UUID | None]
    reserved_until: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(active_ride_city IS NULL) = (active_ride_id IS NULL)", "active_ride"),
        CheckConstraint(
            "(username IS NULL) = (password_hash IS NULL)"
            " AND (username IS NULL) = (first_name IS NULL)"
            " AND (username IS NULL) = (last_name IS NULL)"
            " AND (username IS NULL) = (email IS NULL)"
            " AND (username IS NOT NULL OR active_ride_id IS NULL)",
            "open_or_closed",
        ),
    )


class Vehicle(Base):
    """A vehicle, in its owner's city."""

    __tablename__ = "vehicles"

    city: Mapped[str] = mapped_column(String(Lengths.CITY), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[VehicleType] = mapped_column(one_of(VehicleType, "type"))
    owner_id: Mapped[UUID]
    date_added: Mapped[datetime]
    status: Mapped[VehicleStatus] = mapped_column(one_of(VehicleStatus, "status"))
    last_location: Mapped[str] = mapped_column(String(Lengths.LOCATION))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    color: Mapped[str] = mapped_column(String(Lengths.NAME))
    brand: Mapped[str] = mapped_column(String(Lengths.NAME))
    # Unique in the city (numbers.py). The version before adds vehicles without one.
    number: Mapped[str | None] = mapped_column(String(Lengths.NUMBER))
    # Only with status removed, so that lists and starts need not know of it (kinds.py).
    paused_since: Mapped[datetime | None]
    # By whom, and until when. After that it stays as a note of whose reservation was the last one;
    # a ride clears it.
    reserver_city: Mapped[str | None] = mapped_column(String(Lengths.CITY))
    reserver_id: Mapped[UUID | None]
    reserved_until: Mapped[datetime | None]
    # While a problem is open. It is paused as well, unless it is being ridden.
    problem_since: Mapped[datetime | None]
    # The cell of the coordinates (cells.py), by which the map finds its vehicles.
    cell: Mapped[int | None] = mapped_column(BigInteger)
    # Counted as rides end.
    ride_count: Mapped[int] = mapped_column(server_default=text("0"))
    time_ridden: Mapped[timedelta] = mapped_column(Milliseconds(), server_default=text("0"))

    __table_args__ = (
        ForeignKeyConstraint(["city", "owner_id"], ["users.city", "users.id"]),
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)"
            " AND (latitude IS NULL) = (cell IS NULL)"
            " AND (latitude IS NULL OR latitude BETWEEN -90 AND 90)"
            " AND (longitude IS NULL OR longitude BETWEEN -180 AND 180)",
            "coordinates",
        ),
    )


class Ride(Base):
    """A ride, in the vehicle's city, which need not be the rider's."""

    __tablename__ = "rides"

    city: Mapped[str] = mapped_column(String(Lengths.CITY), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    rider_city: Mapped[str] = mapped_column(String(Lengths.CITY))
    rider_id: Mapped[UUID]
    vehicle_id: Mapped[UUID]
    start_location: Mapped[str] = mapped_column(String(Lengths.LOCATION))
    end_location: Mapped[str | None] = mapped_column(String(Lengths.LOCATION))
    start_time: Mapped[datetime]
    end_time: Mapped[datetime | None]
    length: Mapped[timedelta | None]
    # Cancelled just after its start: the row stays, so that its id starts no other ride.
    cancelled: Mapped[bool] = mapped_column(server_default=text("false"))
    # Where it began and ended. The version before notes neither, so either may be missing.
    start_latitude: Mapped[float | None]
    start_longitude: Mapped[float | None]
    end_latitude: Mapped[float | None]
    end_longitude: Mapped[float | None]
    # In which language to mail the rider that the ride seems forgotten, once; cleared as that mail
    # is promised, and when the ride ends. Nobody is mailed of what the version before starts.
    note_in: Mapped[str | None] = mapped_column(String(Lengths.LANGUAGE))

    __table_args__ = (
        ForeignKeyConstraint(["city", "vehicle_id"], ["vehicles.city", "vehicles.id"]),
        ForeignKeyConstraint(["rider_city", "rider_id"], ["users.city", "users.id"]),
        CheckConstraint(
            "(end_time IS NULL) = (end_location IS NULL)"
            " AND (end_time IS NULL) = (length IS NULL)"
            " AND (end_time IS NULL OR end_time >= start_time)",
            "running_or_ended",
        ),
        CheckConstraint(
            "(start_latitude IS NULL) = (start_longitude IS NULL)"
            " AND (end_latitude IS NULL) = (end_longitude IS NULL)"
            " AND (end_latitude IS NULL OR end_time IS NOT NULL)"
            " AND (start_latitude IS NULL OR start_latitude BETWEEN -90 AND 90)"
            " AND (start_longitude IS NULL OR start_longitude BETWEEN -180 AND 180)"
            " AND (end_latitude IS NULL OR end_latitude BETWEEN -90 AND 90)"
            " AND (end_longitude IS NULL OR end_longitude BETWEEN -180 AND 180)",
            "points",
        ),
    )


class Problem(Base):
    """What a rider reports of a vehicle, in the vehicle's city; open until it is resolved."""

    __tablename__ = "problems"

    city: Mapped[str] = mapped_column(String(Lengths.CITY), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    vehicle_id: Mapped[UUID]
    # Who has reported it; the owner is not told.
    rider_city: Mapped[str] = mapped_column(String(Lengths.CITY))
    rider_id: Mapped[UUID]
    kind: Mapped[ProblemKind] = mapped_column(one_of(ProblemKind, "kind"))
    words: Mapped[str] = mapped_column(String(Lengths.PROBLEM))
    reported_time: Mapped[datetime]
    resolved_time: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["city", "vehicle_id"], ["vehicles.city", "vehicles.id"]),
        ForeignKeyConstraint(["rider_city", "rider_id"], ["users.city", "users.id"]),
    )


class Mail(Base):
    """A mail that was promised and is not sent yet; once sent, its row is deleted.

    It holds no text, and no address unless that is no longer the user's: both are made from the
    user's row when it is sent.
    """

    __tablename__ = "mails"

    city: Mapped[str] = mapped_column(String(Lengths.CITY), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    # Without a check, so that a version may add kinds while the one before still runs.
    kind: Mapped[str] = mapped_column(String(Lengths.MAIL_KIND))
    language: Mapped[str] = mapped_column(String(Lengths.LANGUAGE))
    created_time: Mapped[datetime]
    # From when on anybody may send it. Whoever does first moves it on to the time of the next
    # attempt, so that no two send it at once, and one that fails has nothing more to write.
    due_time: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    # A former address, which is told that the account has another one.
    to_address: Mapped[str | None] = mapped_column(String(Lengths.EMAIL))

    __table_args__ = (ForeignKeyConstraint(["city", "user_id"], ["users.city", "users.id"]),)


# SQLite uses a partial index only if the query repeats its condition literally, so the conditions
# are named here, without parameters.
ACCOUNT_OPEN = User.username.is_not(None)
SHARED = Vehicle.status != literal_column(f"'{VehicleStatus.REMOVED.value}'")
PAUSED = Vehicle.paused_since.is_not(None)
REPORTED = Vehicle.problem_since.is_not(None)
RUNNING = Ride.end_time.is_(None)
ENDED = Ride.end_time.is_not(None)
# Not in an index: so few rides are cancelled that reading past them costs less than another index.
NOT_CANCELLED = ~Ride.cancelled
OPEN = Problem.resolved_time.is_(None)


def _partial_index(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


# Each page of a list is one range of one of these indexes, whatever the size of the table.
_partial_index("ix_users_list", User.city, User.username, where=ACCOUNT_OPEN)
_partial_index("ix_vehicles_list", Vehicle.city, Vehicle.status, Vehicle.id, where=SHARED)
_partial_index(
    "ix_vehicles_list_of_type",
    *(Vehicle.city, Vehicle.type, Vehicle.status, Vehicle.id),
    where=SHARED,
)
_partial_index(
    "ix_vehicles_list_of_owner", Vehicle.city, Vehicle.owner_id, Vehicle.id, where=SHARED
)
_partial_index("ix_vehicles_paused", Vehicle.city, Vehicle.owner_id, Vehicle.id, where=PAUSED)
_partial_index("ix_vehicles_cells", Vehicle.city, Vehicle.cell, Vehicle.id, where=SHARED)
_partial_index(
    "ix_rides_list",
    *(Ride.city, Ride.rider_city, Ride.rider_id, Ride.start_time, Ride.id),
    where=ENDED,
)
_partial_index(
    "ix_rides_of_vehicle", Ride.city, Ride.vehicle_id, Ride.start_time, Ride.id, where=ENDED
)
# Of the vehicles that are no longer shared, too: a receipt's number never means another vehicle.
Index("uq_vehicles_number", Vehicle.city, Vehicle.number, unique=True)
_partial_index("uq_rides_running", Ride.city, Ride.vehicle_id, where=RUNNING, unique=True)
# A rider reports the same of a vehicle once.
_partial_index(
    "uq_problems_open",
    *(Problem.city, Problem.vehicle_id, Problem.rider_city, Problem.rider_id, Problem.kind),
    where=OPEN,
    unique=True,
)
Index("ix_mails_due", Mail.city, Mail.due_time, Mail.id)
# For closing an account, which deletes the mails to it.
Index("ix_mails_of_user", Mail.city, Mail.user_id)
