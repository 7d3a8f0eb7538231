"""The one door to the database: transactions with their retries, reads, and the schema.

`MovR` (movr.py) is what goes through it. Nothing here knows of riders or vehicles.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, exc, text
from sqlalchemy.orm import Session
from sqlalchemy_cockroachdb import run_transaction

from movr.database import upgrade
from movr.database.driver_errors import SERIALIZATION_FAILURE, domain_errors
from movr.database.engine import Limits, make_engine
from movr.database.reports import Report, reported, watch_pool
from movr.database.schema_check import compare_schema
from movr.database.statements import CHANGED
from movr.database.ways import Way, ways
from movr.errors import MovRError, SchemaOutdated

P = ParamSpec("P")
T = TypeVar("T")

# How long one statement of an upgrade may take.
_A_DAY_S: Final = 24 * 3600.0


class Database:
    """A database with MovR's tables. Owns the engine; connects when first used.

    Every method may raise DatabaseUnavailable.
    """

    def __init__(self, conn_string: str, limits: Limits | None = None) -> None:
        """Prepare to talk to a cockroachdb:// or sqlite:/// address; connects when first used."""
        limits = limits or Limits()
        self._limits = limits
        self.observers: list[Callable[[Report], None]] = []
        """Each is called with the report of each transaction and read, after its end."""
        self.pool_observers: list[Callable[[int], None]] = []
        """Each is called with 1 when a connection leaves the pool, with -1 when it is back."""
        self.unknown_cities: frozenset[str] = frozenset()
        """The cities of the catalogue that the cluster would refuse, when it was last looked at."""
        self._home, self._world = ways(conn_string, limits)
        self.engine = self._home.engine
        watch_pool(self.engine, self.pool_observers)
        self._max_backoff = limits.max_backoff
        # On SQLite the lock is taken at the beginning, so that there is nothing to retry; and
        # run_transaction would ask for a driver that is not there.
        self._max_retries = limits.max_retries if self.engine.name == "cockroachdb" else 0

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engine of what is at home and, unless it is the same, that of what is not."""
        return tuple(dict.fromkeys(way.engine for way in (self._home, self._world)))

    def _write(
        self,
        callback: Callable[Concatenate[Session, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a callback as one transaction, again if it lost a race. It may run several times.

        A refusal that it returns has written nothing. It is raised after the transaction's end.
        """
        return self._write_by(self._home, callback, *args, **kwargs)

    def _write_by(
        self,
        way: Way,
        callback: Callable[Concatenate[Session, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as _write does, on one of the ways; raises WorldUnavailable on that to the world."""
        committing = False

        def run(session: Session) -> T | MovRError:
            nonlocal committing
            committing = False
            outcome = attempt(report, callback, session, *args, **kwargs)
            committing = True
            return outcome

        with reported(callback, self.observers) as report, way.place(), domain_errors():
            # Nothing is committed before the callback has returned.
            return _accepted(
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

        Only for what may be done twice: a lost race or a lost connection has it run again.
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

        with reported(callback, self.observers) as report, way.place(), domain_errors():
            return _accepted(_again_if_cut_off(run, way, is_harmless=lambda: True))

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
        callback: Callable[Concatenate[Connection, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a callback of one SELECT outside a transaction block; raises what it returns."""
        return self._read_by(self._home, callback, *args, **kwargs)

    def _way(self, from_afar: bool) -> Way:
        """Return the way to what is at home, or to what is in another region."""
        return self._world if from_afar else self._home

    def _read_by(
        self,
        way: Way,
        callback: Callable[Concatenate[Connection, P], T | MovRError],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as _read does, on one of the ways; raises WorldUnavailable on that to the world."""

        def run() -> T | MovRError:
            report.attempts += 1
            with way.reading.connect() as connection:
                return callback(connection, *args, **kwargs)

        with reported(callback, self.observers) as report, way.place(), domain_errors():
            return _accepted(_again_if_cut_off(run, way, is_harmless=lambda: True))

    @contextmanager
    def _lend_connection(self) -> Iterator[Connection]:
        """Lend a connection for what operators ask; what it has begun and not ended is undone."""
        with domain_errors(), self.engine.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Ask the database for an answer; raises DatabaseUnavailable."""
        self._read(_ping_txn)

    def create_schema(self) -> None:
        """Create the tables that are missing, without regions; changes nothing else."""
        with domain_errors():
            upgrade.create_schema(self.engine)

    def upgrade(self, say: Callable[[str], None]) -> None:
        """Bring the tables, and a cluster's regions, to this version; `say` is told of each step.

        May be called on any database, an empty one included, and as often as one likes. Raises
        UpgradeFailed.
        """
        with domain_errors(), self._engine_for_upgrades() as engine:
            upgrade.upgrade(engine, say)

    def upgrade_statements(self) -> list[str]:
        """Return the SQL that `upgrade` would run; raises UpgradeFailed."""
        with domain_errors(), self._engine_for_upgrades() as engine:
            return upgrade.statements(engine)

    @contextmanager
    def _engine_for_upgrades(self) -> Iterator[Engine]:
        """Hand out an engine that lets a statement take as long as a large table may need."""
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
        """Make sure that the tables are those of the models; raises SchemaOutdated.

        Its text names every table, column, key, index and check that is missing or different, and
        every table that a cluster of regions keeps elsewhere than at home. What is returned are
        sentences for the log: on what could not be compared, and on cities that the cluster does
        not know yet, which `unknown_cities` holds from then on.
        """
        with domain_errors(), self._home.reading.connect() as connection:
            comparison = compare_schema(connection)
        self.unknown_cities = frozenset(comparison.unknown_cities)
        if comparison.faults:
            raise SchemaOutdated("; ".join(comparison.faults))
        return tuple(comparison.notes)


def _ping_txn(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


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
    """Run something, and once more if its connection was lost where that did no harm.

    All connections of the pool die when a server is restarted; by the second run they are new.
    """
    begin = perf_counter()
    try:
        return run()
    except exc.DBAPIError as error:
        is_early = perf_counter() - begin < way.again_within_s
        if not (error.connection_invalidated and is_early and is_harmless()):
            raise
    return run()


def _accepted(outcome: T | MovRError) -> T:
    if isinstance(outcome, MovRError):
        raise outcome
    return outcome
