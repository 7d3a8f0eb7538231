"""The ways to a database: a wide one for the home region, and a narrow one for other regions.

Other regions may not respond. Statements for them have a pool of their own, with few places and a
short timeout, so that riders at home never wait for them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from math import inf
from threading import BoundedSemaphore
from time import monotonic
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from movr.database.batching import NEEDS_NO_BLOCK
from movr.database.engine import Limits, make_engine
from movr.errors import DatabaseUnavailable, WorldUnavailable

PLACES: Final = 2
"""How many threads of a process may ask other regions at the same time."""

# A sign-up takes a quarter of a second on a healthy cluster that spans an ocean.
_IN_LINE_S: Final = 0.5
# The SQLSTATEs of transactions that lost a race, or whose outcome is unknown.
_ROLLED_BACK: Final = "40"


class Way:
    """An engine: sessions that write through it, and connections that read."""

    again_within_s = inf
    """A statement that lost its connection later than this is not tried again."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.write_sessions = sessionmaker(engine, autoflush=False)
        # A read is a single statement. Sent outside a transaction block it is one round trip
        # instead of five, and on CockroachDB still serializable.
        self.reading = engine.execution_options(**{NEEDS_NO_BLOCK: True})
        # The same is true of a write that is a single statement.
        self.single_sessions = sessionmaker(self.reading, autoflush=False)

    def place(self) -> AbstractContextManager[None]:
        """Hold a place on the way."""
        return nullcontext()


class NarrowWay(Way):
    """Connections of its own, PLACES at most, with a short timeout."""

    def __init__(self, conn_string: str, limits: Limits) -> None:
        self.again_within_s = min(limits.world_timeout, limits.statement_timeout)
        super().__init__(
            make_engine(
                conn_string,
                replace(limits, statement_timeout=self.again_within_s, pool_size=PLACES),
            )
        )
        self._places = BoundedSemaphore(PLACES)
        self._last_taken = -inf
        self._responds = True

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises WorldUnavailable, also in place of DatabaseUnavailable.

        If all places are taken, a thread waits for a moment while the other regions respond, and
        not at all while they do not: riders at home need the thread.
        """
        if not self._places.acquire(timeout=self._line()):
            raise WorldUnavailable("others are waiting for a response already")
        self._last_taken = monotonic()
        responds = True
        try:
            yield
        except DatabaseUnavailable as error:
            if _has_rolled_back(error):
                raise
            responds = False
            raise WorldUnavailable("not all regions have responded in time") from error
        finally:
            self._responds = responds
            self._places.release()

    def _line(self) -> float:
        """Return for how many seconds to wait for a place."""
        since = monotonic() - self._last_taken
        return max(0.0, _IN_LINE_S - since) if self._responds else 0.0


def _has_rolled_back(error: DatabaseUnavailable) -> bool:
    """Return whether the server has responded that the transaction failed."""
    code: str = getattr(getattr(error.__cause__, "orig", None), "pgcode", None) or ""
    return code.startswith(_ROLLED_BACK)


def ways(conn_string: str, limits: Limits) -> tuple[Way, Way]:
    """Return the way to the home region and that to the world: on SQLite they are the same."""
    home = Way(make_engine(conn_string, limits))
    return home, home if home.engine.name == "sqlite" else NarrowWay(conn_string, limits)
