"""The backend API: what MovR can do, as methods of one class.

Each subject has a room (accounts/, vehicles/, reservations/, rides/, problems/, mails/) with its
methods.py, queries.py (reads) and transactions.py (writes). The way to the database is in
database/.
"""

from collections.abc import Callable, Iterator
from random import SystemRandom
from typing import Final
from uuid import UUID

from movr import clock, passwords
from movr.accounts import queries as account_queries
from movr.accounts.methods import AccountMethods
from movr.accounts.resets import ResetMethods
from movr.errors import NotFound
from movr.mails.methods import MailMethods
from movr.problems.methods import ProblemMethods
from movr.regions import CITIES
from movr.reservations.methods import ReservationMethods
from movr.rides.methods import RideMethods
from movr.sample import (
    DEMO_CITY,
    DEMO_PASSWORD,
    DEMO_USERNAME,
    Batch,
    Sample,
    Sizes,
    add_sample_txn,
)
from movr.vehicles.methods import VehicleMethods
from movr.vehicles.queries import get_vehicles_without_number_txn

# How many vehicles are given a number in one transaction.
_NUMBERED_AT_ONCE: Final = 96


class MovR(
    AccountMethods,
    ResetMethods,
    VehicleMethods,
    ReservationMethods,
    RideMethods,
    ProblemMethods,
    MailMethods,
):
    """The vehicle-sharing company's backend on one database.

    Every public method is one transaction, or one read, unless its docstring says otherwise. Every
    method may raise DatabaseUnavailable: the database did not respond in time, and a change may or
    may not have been made. Repeating the call with the same ids is harmless. Methods that show a
    city take `from_afar=True` for a visitor from another region: the nearest replica responds, as
    of a few seconds ago, and WorldUnavailable may be raised.
    """

    def upgrade(self, say: Callable[[str], None]) -> None:
        """Upgrade the tables, and a cluster's regions, to this version; `say` gets each step.

        Works on any database, an empty one included, and may be repeated. Vehicles that the version
        before has added, as it may during a rollout, are given their numbers. Raises UpgradeFailed.
        """
        super().upgrade(say)
        for city in CITIES:
            count = sum(self._number_the_next(city))
            if count:
                say(f"Numbers given to vehicles in {city}: {count}")

    def _number_the_next(self, city: str) -> Iterator[int]:
        """Number the vehicles of a city that have no number; yields how many at a time."""
        before: tuple[UUID, ...] = ()
        while ids := self._read(
            get_vehicles_without_number_txn, city=city, at_most=_NUMBERED_AT_ONCE
        ):
            # Where nearly all numbers are taken, some vehicles stay without.
            if ids == before:
                return
            self.number_vehicles(city=city, vehicle_ids=ids)
            before = ids
            yield len(ids)

    def add_sample(self, city: str, sizes: Sizes) -> Iterator[int]:
        """Add demonstration data to a city, in several transactions.

        Yields the number of vehicles that each transaction has added. Nobody can log in as the
        riders; the first sample of DEMO_CITY comes with the demo account. Raises NotFound.
        """
        if city not in CITIES:
            raise NotFound("city")
        now, random = clock.now(), SystemRandom()
        if city == DEMO_CITY and not self.has_demo_user():
            password_hash = passwords.hash_password(DEMO_PASSWORD)
            demo = Sample(city, password_hash=password_hash, now=now, random=random)
            self._add_batch(city, demo.demo_user())
        sample = Sample(city, password_hash=passwords.UNMATCHABLE_HASH, now=now, random=random)
        for batch in sample.batches(sizes):
            self._add_batch(city, batch)
            yield len(batch.vehicles)

    def _add_batch(self, city: str, batch: Batch) -> None:
        self._write(add_sample_txn, batch)
        if batch.vehicles:
            self.number_vehicles(city=city, vehicle_ids=[row["id"] for row in batch.vehicles])

    def has_demo_user(self) -> bool:
        """Return whether the demo account exists."""
        return (
            self._read(
                account_queries.get_credentials_txn, username=DEMO_USERNAME, cities=[DEMO_CITY]
            )
            is not None
        )
