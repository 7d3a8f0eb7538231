"""The eight tasks programmed as in the tutorial, to compare the number of round trips.

Each call is one run_transaction, reads included; rows are read as objects, changed and flushed; and
each request that needs the logged-in user reads it again. It was written for this comparison, after
the queries of the tutorial's application (cockroachlabs/movr-flask).
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy_cockroachdb import run_transaction

from bench.roundtrips import Meter
from bench.tasks import Sample
from movr.kinds import VehicleStatus, VehicleType
from movr.models import Ride, User, Vehicle
from movr.passwords import UNMATCHABLE_HASH


class PlainVisit:
    """A new rider of a city, who does the eight tasks directly on the tables."""

    def __init__(self, engine: Engine, meter: Meter, city: str) -> None:
        self._sessions = sessionmaker(engine)
        self._meter = meter
        self._city = city
        self._username = f"plain-{secrets.token_hex(6)}"
        self._rider_id = uuid4()
        self._vehicle_id = uuid4()
        self._ride_id = uuid4()

    def run(self) -> dict[str, Sample]:
        """Do all tasks once, in order, and return what each took of the database."""
        tasks: dict[str, tuple[Callable[[Session], Any], ...]] = {
            "sign up": (self._add_user,),
            "log in": (self._find_user,),
            "view vehicles": (self._load_user, self._read_vehicles),
            "add vehicle": (self._load_user, self._add_vehicle),
            "start ride": (self._load_user, self._read_rides, self._start_ride),
            # The tutorial does not check whose ride it is.
            "end ride": (self._end_ride,),
            "view rides": (self._load_user, self._read_rides),
            # Flask-Login loads the user who logs out.
            "log out": (self._load_user,),
        }
        return {name: self._measure(*callbacks) for name, callbacks in tasks.items()}

    def _measure(self, *callbacks: Callable[[Session], Any]) -> Sample:
        self._meter.look()
        for callback in callbacks:
            run_transaction(self._sessions, callback, max_retries=10, max_backoff=1)
        return Sample(*self._meter.look())

    def _add_user(self, session: Session) -> None:
        session.add(
            User(
                city=self._city,
                id=self._rider_id,
                first_name="Ada",
                last_name="Lovelace",
                email=f"{self._username}@example.com",
                username=self._username,
                password_hash=UNMATCHABLE_HASH,
                is_owner=False,
                session_epoch=0,
            )
        )

    def _find_user(self, session: Session) -> None:
        session.scalars(select(User).where(User.username == self._username)).one()

    def _load_user(self, session: Session) -> User:
        return session.scalars(
            select(User).where(User.city == self._city, User.id == self._rider_id)
        ).one()

    def _read_vehicles(self, session: Session) -> None:
        session.scalars(
            select(Vehicle).where(
                Vehicle.city == self._city, Vehicle.status != VehicleStatus.REMOVED
            )
        ).all()

    def _add_vehicle(self, session: Session) -> None:
        session.add(
            Vehicle(
                city=self._city,
                id=self._vehicle_id,
                type=VehicleType.BIKE,
                owner_id=self._rider_id,
                date_added=datetime.now(UTC),
                status=VehicleStatus.AVAILABLE,
                last_location="Market square",
                color="red",
                brand="City",
            )
        )
        self._load_user(session).is_owner = True

    def _read_rides(self, session: Session) -> None:
        session.scalars(
            select(Ride)
            .where(Ride.rider_city == self._city, Ride.rider_id == self._rider_id)
            .order_by(Ride.start_time)
        ).all()

    def _start_ride(self, session: Session) -> None:
        vehicle = self._read_vehicle(session, self._vehicle_id)
        session.add(
            Ride(
                city=self._city,
                id=self._ride_id,
                rider_city=self._city,
                rider_id=self._rider_id,
                vehicle_id=vehicle.id,
                start_location=vehicle.last_location,
                start_time=datetime.now(UTC),
            )
        )
        vehicle.status = VehicleStatus.UNAVAILABLE

    def _end_ride(self, session: Session) -> None:
        ride = session.scalars(
            select(Ride).where(Ride.city == self._city, Ride.id == self._ride_id)
        ).one()
        vehicle = self._read_vehicle(session, ride.vehicle_id)
        ride.end_location = vehicle.last_location = "Market square"
        ride.end_time = datetime.now(UTC)
        ride.length = ride.end_time - ride.start_time
        vehicle.status = VehicleStatus.AVAILABLE

    def _read_vehicle(self, session: Session, vehicle_id: UUID) -> Vehicle:
        return session.scalars(
            select(Vehicle).where(Vehicle.city == self._city, Vehicle.id == vehicle_id)
        ).one()
