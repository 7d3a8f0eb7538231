"""The one door to the database: transactions with their retries, reads, and the schema.

`MovR` (movr.py) is what goes through it. Nothing here knows of riders or vehicles.
"""

# Annotations of a function that is made with each read would be evaluated with each.
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, Select, exc, literal_column, select
from sqlalchemy.orm import Session
from sqlalchemy_cockroachdb import run_transaction

from movr.database import upgrade
from movr.database.companions import Accompanied, Companion, ReadThrough
from movr.database.driver_errors import SERIALIZATION_FAILURE, DomainErrors
from movr.database.engine import Limits, make_engine
from movr.database.reading import rows
from movr.database.reports import Report, Reported
from movr.database.schema_check import compare_schema
from movr.database.statements import CHANGED
from movr.database.ways import Way, ways
from movr.errors import MovRError, SchemaOutdated

P = ParamSpec("P")
T = TypeVar("T")

# How long one statement of an upgrade may take.
_A_DAY_S: Final = 24 * 3600.0


class Database:
    """A database with MovR's tables.

    Every method may raise DatabaseUnavailable.
    """

    def __init__(self, conn_string: str, limits: Limits | None = None) -> None:
        """Prepare for a cockroachdb:// or sqlite:/// URL; connects when first used."""
        limits = limits or Limits()
        self._limits = limits
        self._companion: Companion | None = None
        self.observers: list[Callable[[Report], None]] = []
        """Called with the report of each transaction and read, after its end."""
        self.unknown_cities: frozenset[str] = frozenset()
        """The cities of the catalogue that the cluster would refuse, as of the last check."""
        self._home, self._world = ways(conn_string, limits)
        self.engine = self._home.engine
        self._max_backoff = limits.max_backoff
        # SQLite takes the lock at the beginning, so there is nothing to retry; and run_transaction
        # would need a driver that is not there.
        self._max_retries = limits.max_retries if self.engine.name == "cockroachdb" else 0

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engine for the home region and, unless it is the same, the one for other regions."""
        return tuple(dict.fromkeys(way.engine for way in (self._home, self._world)))

    @property
    def connections_in_use(self) -> int:
        """The number of connections to the home region that are in use or being opened."""
        pool: Any = self.engine.pool
        in_use: int = pool.checkedout()
        return in_use

    def _write(
        self,
        callback: Callable[Concatenate[Session, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a callback as one transaction, and again after a lost race.

        A refusal that it returns has written nothing, and is raised after the transaction.
        """
        return self._write_by(self._home, callback, *args, **kwargs)

    def _write_by(
        self,
        way: Way,
        callback: Callable[Concatenate[Session, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as _write does, on one of the ways; on that to the world, raises WorldUnavailable."""
        committing = False

        def run(session: Session) -> T | MovRError:
            nonlocal committing
            committing = False
            outcome = attempt(report, callback, session, *args, **kwargs)
            committing = True
            return outcome

        with Reported(callback, self.observers) as report, way.place(), DomainErrors():
            # Nothing is committed before the callback has returned.
            return accepted(
                _again_if_cut_off(
                    partial(self._run_transaction, way, run),
                    way,
                    is_harmless=lambda: not committing,
                )
            )

    def _write_one(
        self,
        callback: Callable[Concatenate[Session, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a callback of one statement outside a transaction block: one round trip, not two.

        Only for what may be done twice: it runs again after a lost race or a lost connection.
        """
        way = self._home

        def run() -> T | MovRError:
            try:
                with way.single_sessions.begin() as session:
                    return attempt(report, callback, session, *args, **kwargs)
            except exc.DBAPIError as error:
                if getattr(error.orig, "pgcode", None) != SERIALIZATION_FAILURE:
                    raise
            return self._run_transaction(
                way, lambda session: attempt(report, callback, session, *args, **kwargs)
            )

        with Reported(callback, self.observers) as report, way.place(), DomainErrors():
            return accepted(_again_if_cut_off(run, way, is_harmless=lambda: True))

    def _run_transaction(self, way: Way, run: Callable[[Session], T]) -> T:
        outcome: T = run_transaction(
            way.write_sessions,
            run,
            max_retries=self._max_retries,
            max_backoff=self._max_backoff,
        )
        return outcome

    def _read(
        self,
        callback: Callable[Concatenate[ReadThrough, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a callback of one SELECT outside a transaction block; raises what it returns."""
        return self._read_by(self._home, callback, *args, **kwargs)

    def _accompanied_by(self, companion: Companion) -> Self:
        """Return this database with a companion, which the next read at home takes along.

        Without one on SQLite, which is asked in this process: there is no round trip to save.
        """
        if self.engine.name == "sqlite":
            return self
        accompanied = copy(self)
        accompanied._companion = companion
        return accompanied

    def _way(self, from_afar: bool) -> Way:
        """Return the way to the home region, or to other regions."""
        return self._world if from_afar else self._home

    def _read_by(
        self,
        way: Way,
        callback: Callable[Concatenate[ReadThrough, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as _read does, on one of the ways; on that to the world, raises WorldUnavailable."""

        def run() -> T | MovRError:
            report.attempts += 1
            with way.reading.connect() as connection:
                companion = self._companion
                # It travels once, and not with what may fail without harm to the home region.
                if companion is None or companion.rows is not None or way is not self._home:
                    return callback(connection, *args, **kwargs)
                return callback(Accompanied(connection, companion), *args, **kwargs)

        with Reported(callback, self.observers) as report, way.place(), DomainErrors():
            return accepted(_again_if_cut_off(run, way, is_harmless=lambda: True))

    @contextmanager
    def _lend_connection(self) -> Iterator[Connection]:
        """Lend a connection for operators; an open transaction is rolled back."""
        with DomainErrors(), self.engine.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Check that the database responds; raises DatabaseUnavailable."""
        self._read(_ping_txn)

    def create_schema(self) -> None:
        """Create the tables that are missing, without regions; changes nothing else."""
        with DomainErrors():
            upgrade.create_schema(self.engine)

    def upgrade(self, say: Callable[[str], None]) -> None:
        """Upgrade the tables, and a cluster's regions, to this version; `say` gets each step.

        Works on any database, an empty one included, and may be repeated. Raises UpgradeFailed.
        """
        with DomainErrors(), self._engine_for_upgrades() as engine:
            upgrade.upgrade(engine, say)

    def upgrade_statements(self) -> list[str]:
        """Return the SQL that `upgrade` would run; raises UpgradeFailed."""
        with DomainErrors(), self._engine_for_upgrades() as engine:
            return upgrade.statements(engine)

    @contextmanager
    def _engine_for_upgrades(self) -> Iterator[Engine]:
        """Lend an engine whose statements may take as long as a large table needs."""
        if self.engine.name == "sqlite":
            yield self.engine
            return
        conn_string = self.engine.url.render_as_string(hide_password=False)
        engine = make_engine(conn_string, replace(self._limits, statement_timeout=_A_DAY_S))
        try:
            yield engine
        finally:
            engine.dispose()

    def check_schema(self) -> tuple[str, ...]:
        """Check that the tables are those of the models; raises SchemaOutdated.

        Its text lists every table, column, key, index and check that is missing or different, and
        every table that a cluster of regions does not keep at home. Returns sentences for the log:
        on what could not be compared, and on cities that the cluster does not know yet, which are
        in `unknown_cities` from then on.
        """
        with DomainErrors(), self._home.reading.connect() as connection:
            comparison = compare_schema(connection)
        self.unknown_cities = frozenset(comparison.unknown_cities)
        if comparison.faults:
            raise SchemaOutdated("; ".join(comparison.faults))
        return tuple(comparison.notes)


_PING: Final[Select[Any]] = select(literal_column("1"))


def _ping_txn(reader: ReadThrough) -> None:
    rows(reader, _PING, {})


def attempt(
    report: Report,
    callback: Callable[Concatenate[Session, P], T],
    session: Session,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run a callback once, and note it in the report."""
    report.attempts += 1
    session.info.pop(CHANGED, None)
    outcome = callback(session, *args, **kwargs)
    report.changed = CHANGED in session.info
    return outcome


def _again_if_cut_off(run: Callable[[], T], way: Way, *, is_harmless: Callable[[], bool]) -> T:
    """Run something, and once more if it lost its connection before it could do any harm.

    A restart of the server closes all connections of the pool; the second run gets new ones.
    """
    begin = perf_counter()
    try:
        return run()
    except exc.DBAPIError as error:
        is_early = perf_counter() - begin < way.again_within_s
        if not (error.connection_invalidated and is_early and is_harmless()):
            raise
    return run()


def accepted(outcome: T | MovRError) -> T:
    """Return the outcome of a callback; raises it if it is a refusal."""
    if isinstance(outcome, MovRError):
        raise outcome
    return outcome
