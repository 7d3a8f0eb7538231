"""Engines: which addresses are supported, and what MovR asks of each database."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError

from movr.database.batching import NEEDS_NO_BLOCK
from movr.database.engine import (
    Limits,
    broken_constraint,
    knows_its_server,
    make_engine,
    require_supported,
)

COCKROACHDB = "cockroachdb://movr@localhost:26257/movr"


@pytest.fixture
def make(tmp_path):
    """A factory of engines on one SQLite file."""
    engines = []

    def make(limits=None):
        engines.append(make_engine(f"sqlite:///{tmp_path}/movr.db", limits or Limits()))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def asked(monkeypatch):
    """A function that tells what an address asks psycopg2 to connect with. Connects to nothing."""

    def asked(uri, limits=None):
        arguments = {}

        def note(*_positional, **keywords):
            arguments.update(keywords)
            raise psycopg2.OperationalError

        monkeypatch.setattr("psycopg2.connect", note)
        with pytest.raises(OperationalError):
            make_engine(uri, limits or Limits()).connect()
        return arguments

    return asked


@pytest.mark.parametrize(
    "uri",
    [
        COCKROACHDB,
        "cockroachdb+psycopg2://movr:secret@db.example.com:26257/movr?sslmode=verify-full",
        "sqlite:///movr.db",
        "sqlite:////var/lib/movr/movr.db",
    ],
)
def test_cockroachdb_and_sqlite_files_are_supported(uri):
    assert require_supported(uri).render_as_string(hide_password=False) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "movr.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+aiosqlite:///movr.db",
        "cockroachdb:///movr",
        "cockroachdb+asyncpg://localhost/movr",
        "postgresql://localhost/movr",
        "mysql://localhost/movr",
        "http://localhost/",
        "cockroachdb://user:pass@host:pass/movr",
    ],
)
def test_other_addresses_are_refused_without_being_repeated(uri):
    for refuse in (require_supported, lambda uri: make_engine(uri, Limits())):
        with pytest.raises(ValueError, match=r"^must be cockroachdb://") as caught:
            refuse(uri)
        assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "asked", "known"),
    [
        ("db.example", "", False),
        ("db.example", "sslmode=require", False),
        ("db.example", "sslmode=require&sslrootcert=ca.crt", True),
        ("db.example", "sslrootcert=ca.crt", False),
        ("db.example", "sslmode=allow&sslrootcert=ca.crt", False),
        ("db.example", "sslmode=verify-ca", True),
        ("db.example", "sslmode=verify-full", True),
        # Whichever of them counts.
        ("db.example", "sslmode=verify-full&sslmode=disable", False),
        ("localhost", "", True),
        ("127.0.0.5", "sslmode=disable", True),
        ("[::1]", "sslmode=disable", True),
        ("10.0.0.5", "sslmode=disable", False),
        ("localhost.example", "", False),
        # The rest of an address may name further hosts, in place of the first or besides it.
        ("localhost", "host=db.example", False),
        ("localhost", "host=localhost,db.example", False),
        ("localhost", "hostaddr=192.0.2.1", False),
        ("localhost", "host=/var/run/cockroach", True),
    ],
)
def test_server_elsewhere_is_known_by_its_certificate_only(host, asked, known):
    assert knows_its_server(f"cockroachdb://movr@{host}:26257/movr?{asked}") is known


def test_file_needs_no_certificate():
    assert knows_its_server("sqlite:///movr.db")


def test_cockroachdb_is_asked_for_serializable_and_for_limits(asked):
    given = asked(COCKROACHDB, Limits(statement_timeout=2.5, connect_timeout=3))
    assert given["connect_timeout"] == 3
    assert given["application_name"] == "movr"
    options = given["options"].split("-c ")[1:]
    assert [option.strip() for option in options] == [
        "default_transaction_isolation=serializable",
        "statement_timeout=2500",
        "idle_in_transaction_session_timeout=2500",
    ]
    # A server that has gone silent is given up after its statement would have been.
    assert given["tcp_user_timeout"] >= 2500
    assert given["keepalives"] == 1


def test_options_of_the_address_come_first(asked):
    given = asked(f"{COCKROACHDB}?options=--cluster%3Dmovr-1234&sslmode=require")
    assert given["options"].startswith("--cluster=movr-1234 -c ")
    assert given["sslmode"] == "require"


@pytest.mark.parametrize("uri", [COCKROACHDB, "sqlite:///movr.db"])
def test_pool_has_a_fixed_size_and_statements_keep_their_values_to_themselves(uri):
    engine = make_engine(uri, Limits(pool_size=3, pool_timeout=0.5, pool_recycle=7))
    assert engine.pool.size() == 3
    assert engine.pool._max_overflow == 0
    assert engine.pool._recycle == 7
    assert engine.pool.timeout() == 0.5
    assert engine.hide_parameters


def test_nobody_gets_more_connections_than_the_pool_has(make):
    engine = make(Limits(pool_size=2, pool_timeout=0.01))
    with engine.connect(), engine.connect(), pytest.raises(TimeoutError):
        engine.connect()


def test_sqlite_file_is_set_up_for_many_readers_and_one_writer(make):
    with make(Limits(statement_timeout=2.5)).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 2500,
    }


def test_sqlite_writer_holds_the_lock_from_the_beginning_and_readers_need_none(make):
    engine = make(Limits(statement_timeout=0.05))
    with engine.begin() as writer:
        writer.execute(text("CREATE TABLE counter (n INTEGER)"))
    with engine.connect() as writer:
        writer.execute(text("SELECT n FROM counter"))
        with pytest.raises(OperationalError, match="locked"), engine.connect() as rival:
            rival.execute(text("SELECT 1"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as reader:
            assert reader.execute(text("SELECT count(*) FROM counter")).scalar_one() == 0


def test_read_sends_sqlite_nothing_besides(make):
    # A PRAGMA, above all, has it prepare every statement anew.
    engine = make(Limits(pool_size=1))
    heard = []
    with engine.connect() as connection:
        connection.connection.driver_connection.set_trace_callback(heard.append)
    heard.clear()
    reading = engine.execution_options(**{NEEDS_NO_BLOCK: True})
    for _ in range(2):
        with reading.connect() as reader:
            reader.execute(text("SELECT 1"))
    assert heard == ["SELECT 1"] * 2


def test_sqlite_loses_no_update_of_eight_threads(make):
    engine = make()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add_one(_):
        with engine.begin() as connection:
            n = connection.scalar(text("SELECT n FROM counter"))
            connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(200)))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM counter")) == 200


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("UNIQUE constraint failed: users.username", "uq_users_username"),
        ("UNIQUE constraint failed: users.city, users.id", "pk_users"),
        ("UNIQUE constraint failed: rides.city, rides.vehicle_id", "uq_rides_running"),
        ("UNIQUE constraint failed: vehicles.color", None),
        ("FOREIGN KEY constraint failed", None),
    ],
)
def test_broken_key_of_sqlite_is_named(message, name):
    error = IntegrityError("INSERT", {}, sqlite3.IntegrityError(message))
    assert broken_constraint(error) == name


def test_file_that_cannot_be_opened_is_an_operational_error(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/no/such/folder/movr.db", Limits())
    with pytest.raises(OperationalError):
        engine.connect()
    engine.dispose()


def test_plain_sqlite_would_not_hold_foreign_keys(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/plain.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 0
    engine.dispose()
