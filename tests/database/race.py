"""Races: calls that threads make at the same moment, round after round on the same database.

A thread's call ends with a value or with a refusal. Anything else that it raises fails the test.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from threading import Barrier
from typing import Any, Final, TypeVar

from werkzeug.security import generate_password_hash

from movr import MovR
from movr.database import Report
from movr.errors import MovRError
from movr.records import User, Vehicle
from tests.database.bulk import add_users, add_vehicles
from tests.database.conftest import PASSWORD
from tests.database.invariants import check_invariants
from tests.database.world import as_record, read_world
from tests.support.cluster import regions_in_reach

ROUNDS: Final = 50
# For the race that everything hangs on; nobody waits for them at a desk or on a cluster.
MANY_ROUNDS: Final = 200 if os.environ.get("CI") and not regions_in_reach() else ROUNDS
# Writers of a SQLite file take turns, whatever the code does.
_ROUNDS_ON_A_FILE: Final = 20
RACERS: Final = 8

# To be reached only where threads wait for each other for ever.
_TIMEOUT_S: Final = 60.0

T = TypeVar("T")


class Arena:
    """A MovR to race on, the threads for it, and the reports of all its transactions."""

    def __init__(self, movr: MovR, threads: Executor) -> None:
        self.movr = movr
        self.reports: list[Report] = []
        self._threads = threads
        movr.observers.append(self.reports.append)

    def rounds(self, count: int = ROUNDS) -> Iterator[int]:
        """Yield the number of each round. After it every invariant holds and every row is left."""
        keys = check_invariants(self.movr)
        if self.movr.engine.dialect.name == "sqlite":
            count = _ROUNDS_ON_A_FILE
        for number in range(count):
            yield number
            keys = check_invariants(self.movr, keys)

    def race(self, *calls: Callable[[], Any]) -> list[Any]:
        """Make all the calls at the same moment; what each returned, or the refusal it raised."""
        barrier = Barrier(len(calls))

        def run(call: Callable[[], Any]) -> Any:
            barrier.wait(_TIMEOUT_S)
            try:
                return call()
            except MovRError as refusal:
                return refusal

        racing = [self._threads.submit(run, call) for call in calls]
        return [each.result(_TIMEOUT_S) for each in racing]

    def duel(self, one: Callable[[], Any], other: Callable[[], Any], number: int) -> list[Any]:
        """Race two calls. Who is released first changes with the number of the round."""
        if number % 2:
            return self.race(other, one)[::-1]
        return self.race(one, other)

    @property
    def retries(self) -> int:
        """How many attempts were made again, by the reports of the transactions."""
        return sum(report.attempts - 1 for report in self.reports)

    @property
    def most_attempts(self) -> int:
        """How many attempts the unluckiest transaction needed."""
        return max(report.attempts for report in self.reports)


def only(kind: type[T], outcomes: list[Any], refusal: type[MovRError]) -> tuple[int, T]:
    """Who won, with the one outcome of this kind; all others must be just this refusal."""
    won = [(place, each) for place, each in enumerate(outcomes) if isinstance(each, kind)]
    lost = [each for each in outcomes if type(each) is refusal]
    assert (len(won), len(lost)) == (1, len(outcomes) - 1), outcomes
    return won[0]


def new_riders(movr: MovR, count: int = ROUNDS) -> list[User]:
    """So many accounts in New York, none of which has done anything. Their password is PASSWORD."""
    cheap_hash = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
    add_users(movr, "new york", [f"racer-{number}" for number in range(count)], cheap_hash)
    return [
        as_record(User, row, active_ride=None)
        for row in read_world(movr).users.values()
        if row.username.startswith("racer-")
    ]


def like(vehicle: Vehicle, movr: MovR, owner: User, count: int = ROUNDS) -> list[Vehicle]:
    """So many available vehicles of an owner, in the city of the first one."""
    return [replace(vehicle, id=vehicle_id) for vehicle_id in add_vehicles(movr, owner, count)]
