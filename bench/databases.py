"""New, empty databases to measure on: SQLite files, the PostgreSQL stand-in, or CockroachDB.

Also applications that use them, set up as in production.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text

from tests.support.postgres_server import PostgresServer
from tests.support.standin import install_retry_savepoint
from web.app import create_app
from web.config import Config

STANDIN = "standin"
SQLITE = "sqlite"


@contextmanager
def new_databases(kind: str, count: int = 1) -> Iterator[list[str]]:
    """Lend the URLs of this number of empty databases; they are deleted afterwards.

    The kind is SQLITE, STANDIN or the URL of a CockroachDB cluster where databases may be created.
    """
    with ExitStack() as stack:
        if kind == SQLITE:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="movr-bench-")))
            yield [f"sqlite:///{folder}/movr_{number}.db" for number in range(count)]
        elif kind == STANDIN:
            server = stack.enter_context(PostgresServer())
            yield [server.uri(server.create_database()) for _ in range(count)]
        else:
            yield [stack.enter_context(_new_database(kind)) for _ in range(count)]


@contextmanager
def _new_database(cluster: str) -> Iterator[str]:
    name = f"movr_bench_{secrets.token_hex(4)}"
    url = make_url(cluster)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


@contextmanager
def new_app(uri: str, kind: str, region: str | None = None) -> Iterator[Flask]:
    """Lend an application on such a database, for one region or all of them."""
    secret = secrets.token_hex(32)
    # All requests come from this machine, and all accounts are new.
    no_limits = {"SIGN_UPS_PER_NETWORK": (), "FIRST_RIDES_PER_NETWORK": ()}
    app = create_app(Config(SECRET_KEY=secret, DB_URI=uri, REGION=region, **no_limits))
    engine = app.extensions["movr"].engine
    if kind == STANDIN:
        install_retry_savepoint(*app.extensions["movr"].engines)
    try:
        yield app
    finally:
        engine.dispose()


def describe(engine: Engine) -> str:
    """Return the name and version of the database, but not its URL, which may hold a password."""
    if engine.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with engine.connect() as connection:
        version: str = connection.execute(text("SELECT version()")).scalar_one()
    # "PostgreSQL 15.1 (Debian 15.1-1) on ...", "CockroachDB CCL v25.4.1 (x86_64...)"
    product = version.partition(" (")[0]
    return f"{product}, in CockroachDB's place" if product.startswith("PostgreSQL") else product
