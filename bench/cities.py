"""A city of any size, a logged-in rider in it, and places in its lists."""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select, text, update
from sqlalchemy.orm import Session

from bench.measure import progress
from movr import MovR
from movr.cursors import PAGE_SIZE, write_cursor
from movr.kinds import VehicleStatus
from movr.models import ACCOUNT_OPEN, ENDED, Base
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.sample import Sizes
from web.claims import Claim

CITY = "boston"
ORIGIN = "https://localhost"


class City:
    """A city in an empty database, and a rider with this number of past rides."""

    def __init__(self, app: Flask, sizes: Sizes, rides_of_rider: int) -> None:
        self.movr: MovR = app.extensions["movr"]
        self.movr.create_schema()
        with progress(sizes.vehicles, f"A city of {sizes.vehicles:,} vehicles") as bar:
            for added in self.movr.add_sample(CITY, sizes):
                bar.update(added)
        self.rider_id = self._give_rides(rides_of_rider)
        if self.movr.engine.name != "sqlite":
            self._gather_statistics()
        self.client = self._log_in(app)

    def _give_rides(self, count: int) -> UUID:
        """Assign this number of past rides to one rider, and return the rider's id."""
        with Session(self.movr.engine) as session, session.begin():
            rider_id = session.scalars(
                select(Users.id)
                .where(Users.active_ride_id.is_(None), Users.is_owner.is_(False))
                .limit(1)
            ).one()
            own = session.scalars(
                select(func.count()).select_from(Rides).where(ENDED, Rides.rider_id == rider_id)
            ).one()
            # Ids are random, so the first ones are on any vehicle, at any time.
            others = (
                select(Rides.id)
                .where(ENDED, Rides.rider_id != rider_id)
                .order_by(Rides.id)
                .limit(count - own)
            )
            session.execute(
                update(Rides).where(Rides.id.in_(others)).values(rider_id=rider_id),
                execution_options={"synchronize_session": False},
            )
        return rider_id

    def _gather_statistics(self) -> None:
        """Update the planner's statistics, which servers do by themselves some time after a bulk
        load."""
        engine = self.movr.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                connection.execute(text(f"ANALYZE {table.name}"))

    def _log_in(self, app: Flask) -> FlaskClient:
        client = app.test_client()
        epoch = self.movr.get_user(city=CITY, user_id=self.rider_id).session_epoch
        # Sample riders have no valid password, so the cookie is made by hand.
        with client.session_transaction(base_url=ORIGIN) as session:
            session["_user_id"] = str(Claim(CITY, self.rider_id, epoch))
        return client

    def count_rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        with Session(self.movr.engine) as session:
            return {
                table.name: session.scalars(select(func.count()).select_from(table)).one()
                for table in Base.metadata.sorted_tables
            }

    def vehicle_cursors(self, count: int) -> list[str]:
        """Return cursors that are followed by a full page of available vehicles."""
        return self._late_cursors(
            select(Vehicles.status, Vehicles.id)
            .where(Vehicles.city == CITY, Vehicles.status == VehicleStatus.AVAILABLE)
            .order_by(Vehicles.id),
            count,
        )

    def ride_cursors(self, count: int) -> list[str]:
        """Return cursors that are followed by a full page of the rider's past rides."""
        return self._late_cursors(
            select(Rides.start_time, Rides.id)
            .where(Rides.city == CITY, Rides.rider_id == self.rider_id, ENDED)
            .order_by(Rides.start_time.desc(), Rides.id.desc()),
            count,
        )

    def user_cursors(self, count: int) -> list[str]:
        """Return cursors that are followed by a full page of riders."""
        return self._late_cursors(
            select(Users.username).where(Users.city == CITY, ACCOUNT_OPEN).order_by(Users.username),
            count,
        )

    def _late_cursors(self, keys: Select[Any], count: int) -> list[str]:
        """Pick random cursors in the second half of a list."""
        with Session(self.movr.engine) as session:
            rows: Sequence[Any] = session.execute(keys).all()
        places = range(len(rows) // 2, len(rows) - PAGE_SIZE - 1)
        random = Random(len(rows))
        return [write_cursor(*rows[random.choice(places)]) for _ in range(count)]
