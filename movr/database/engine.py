"""Engines for CockroachDB and SQLite, with the settings that MovR relies on.

Also how each of them names the constraint that a statement violates.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from typing import Any, Final

from psycopg2 import OperationalError as DriverError
from sqlalchemy import (
    Dialect,
    Engine,
    Index,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    TimeoutError,
)

from movr.database.batching import NEEDS_NO_BLOCK, BatchingConnection, batch_statements
from movr.database.waiting import Timeouts
from movr.models import Base

_SUPPORTED: Final = "must be cockroachdb://USER@HOST:PORT/DATABASE or sqlite:///FILE"


@dataclass(frozen=True, slots=True)
class Limits:
    """MovR's name at its database, its timeouts in seconds, and its retries."""

    application_name: str = "movr"
    pool_size: int = 8
    pool_timeout: float = 5.0
    pool_recycle: int = 300
    connect_timeout: int = 5
    statement_timeout: float = 10.0
    world_timeout: float = 2.0
    max_retries: int = 10
    max_backoff: float = 1.0


def require_supported(conn_string: str) -> URL:
    """Return the URL; raises ValueError if it is neither CockroachDB nor a SQLite file."""
    try:
        url = make_url(conn_string)
    except (ArgumentError, ValueError):
        # A port that is no number is a plain ValueError, which quotes it.
        raise ValueError(_SUPPORTED) from None
    if url.drivername in ("cockroachdb", "cockroachdb+psycopg2") and url.host:
        return url
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise ValueError(_SUPPORTED)


def knows_its_server(conn_string: str) -> bool:
    """Return whether the server has to prove its identity, or is on this machine.

    Raises ValueError as require_supported does. Of libpq's modes, `require` checks certificates
    only if it has a root: "Protection Provided in Different Modes" in its documentation.
    """
    url = require_supported(conn_string)
    if url.get_backend_name() == "sqlite":
        return True
    query = url.normalized_query
    modes = query.get("sslmode", ("prefer",))
    checking = {"verify-full", "verify-ca"} | ({"require"} if "sslrootcert" in query else set())
    hosts = [url.host or "", *query.get("host", ()), *query.get("hostaddr", ())]
    return checking.issuperset(modes) or all(
        _is_this_machine(host) for each in hosts for host in each.split(",")
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.startswith("/")


def make_engine(conn_string: str, limits: Limits) -> Engine:
    """Return an engine that has not connected yet; raises ValueError as require_supported does."""
    url = require_supported(conn_string)
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url, limits)
    return _make_cockroachdb_engine(url, limits)


def _pool(limits: Limits) -> dict[str, Any]:
    return {
        "pool_size": limits.pool_size,
        "max_overflow": 0,
        "pool_timeout": limits.pool_timeout,
        "pool_recycle": limits.pool_recycle,
        # The newest connections are used first, so that idle ones grow old and are recycled.
        "pool_use_lifo": True,
    }


def _make_cockroachdb_engine(url: URL, limits: Limits) -> Engine:
    statement_timeout_ms = int(limits.statement_timeout * 1000)
    # The URL may have options of its own: CockroachDB Cloud names the cluster there.
    options = (
        url.query.get("options", ""),
        "-c default_transaction_isolation=serializable",
        f"-c statement_timeout={statement_timeout_ms}",
        # A transaction whose container has died holds its locks no longer than this.
        f"-c idle_in_transaction_session_timeout={statement_timeout_ms}",
    )
    timeouts = Timeouts(
        connect_timeout=limits.connect_timeout, statement_timeout=limits.statement_timeout
    )
    engine = create_engine(
        url,
        connect_args={
            "connection_factory": partial(BatchingConnection, timeouts=timeouts),
            "application_name": limits.application_name,
            "connect_timeout": limits.connect_timeout,
            "options": " ".join(str(option) for option in options if option),
            "keepalives": 1,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            # A peer that no longer acknowledges is noticed while its connection is idle.
            "tcp_user_timeout": statement_timeout_ms + 1000 * limits.connect_timeout,
        },
        hide_parameters=True,
        **_pool(limits),
    )
    batch_statements(engine)

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Dialect, _record: object, args: Any, arguments: Any) -> Any:
        def connect() -> Any:
            *first, last = _addresses(arguments)
            for address in first:
                with suppress(DriverError):
                    return dialect.connect(*args, **arguments, **address)
            return dialect.connect(*args, **arguments, **last)

        return timeouts.connect(connect)

    return engine


def _addresses(arguments: dict[str, Any]) -> list[dict[str, str]]:
    """Return what to add to the driver's arguments to try each address of the server in turn.

    Libpq does so by itself, but only if it does the waiting does each address get its own timeout;
    otherwise one dead node behind a name takes the time of all.
    """
    host = arguments.get("host", "")
    if not host or "hostaddr" in arguments or "," in host or host.startswith("/"):
        return [{}]
    try:
        found = getaddrinfo(host, arguments.get("port"), type=SOCK_STREAM)
    except OSError:
        return [{}]  # Libpq reports what is wrong with the name.
    return [{"hostaddr": address} for address in dict.fromkeys(str(each[4][0]) for each in found)]


def _make_sqlite_engine(url: URL, limits: Limits) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        # The driver adds no BEGIN of its own: ours, below, decides the lock. Set for the engine and
        # not for each connection, so that no read resets the level afterwards: in SQLite that is a
        # PRAGMA that discards all prepared statements of the connection.
        isolation_level="AUTOCOMMIT",
        **_pool(limits),
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"busy_timeout = {int(limits.statement_timeout * 1000)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "do_execute")
    @event.listens_for(engine, "do_executemany")
    def _begin(cursor: Any, _statement: str, _parameters: Any, context: Any) -> None:
        # Taking the write lock first prevents lost updates: two deferred transactions could both
        # read before either writes.
        options, connection = context.execution_options, cursor.connection
        is_alone = options.get(NEEDS_NO_BLOCK) or options.get("isolation_level") == "AUTOCOMMIT"
        if not (is_alone or connection.in_transaction):
            connection.execute("BEGIN IMMEDIATE")

    return engine


def is_unavailable(error: DBAPIError | TimeoutError) -> bool:
    """Return whether the database did not respond or dropped a connection, or the pool is empty."""
    return (
        isinstance(error, OperationalError | InterfaceError | TimeoutError)
        or error.connection_invalidated
    )


def broken_constraint(error: IntegrityError) -> str | None:
    """Return the name of the key that a statement violates (on SQLite, of unique keys only)."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    # SQLite has no field for it: its message lists the columns of the key ("UNIQUE constraint
    # failed: users.username"), and the models say which key has these columns.
    columns = re.findall(r"(\w+)\.(\w+)", str(error.orig))
    for table in Base.metadata.tables.values():
        for key in (table.primary_key, *_unique_keys(table)):
            if columns == [(table.name, column.name) for column in key.columns]:
                return str(key.name)
    return None


def _unique_keys(table: Table) -> Iterator[UniqueConstraint | Index]:
    yield from (rule for rule in table.constraints if isinstance(rule, UniqueConstraint))
    yield from (index for index in table.indexes if index.unique)
