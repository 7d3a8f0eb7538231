"""What MovR asks of each connection to a server, seen from that server."""

from datetime import UTC

import pytest
from sqlalchemy import create_engine, make_url, text

from movr.database.engine import Limits
from movr.sample import Sizes
from tests.database.backends import STANDIN, Backend
from tests.support.postgres_server import PostgresServer

standin_only = pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")


def shown(session, name):
    return session.execute(text(f"SHOW {name}")).scalar_one()


@pytest.fixture
def careless_uri(standin_server: PostgresServer):
    """A database that is neither serializable nor on UTC unless a session asks for it."""
    uri = standin_server.uri(standin_server.create_database())
    engine = create_engine(uri, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        change = f"ALTER DATABASE {make_url(uri).database} SET"
        connection.execute(text(f"{change} default_transaction_isolation = 'read committed'"))
        connection.execute(text(f"{change} timezone = 'America/New_York'"))
    engine.dispose()
    return uri


def test_writes_and_reads_are_serializable_whatever_the_database_says(careless_uri):
    plain = create_engine(careless_uri)
    with plain.connect() as connection:
        assert shown(connection, "transaction_isolation") == "read committed"
    plain.dispose()
    careful = Backend(STANDIN, careless_uri).open()
    try:
        # More than once, because a connection comes back from a read as it was before.
        for _ in range(2):
            assert careful._read(shown, "transaction_isolation") == "serializable"
            assert careful._write(shown, "transaction_isolation") == "serializable"
    finally:
        careful.engine.dispose()


def test_times_are_in_utc_whatever_the_zone_of_the_server(careless_uri):
    movr = Backend(STANDIN, careless_uri).open()
    movr.create_schema()
    try:
        assert movr._read(shown, "timezone") == "America/New_York"
        list(movr.add_sample("rome", Sizes(1, 1, 1)))
        (vehicle,) = movr.get_vehicles(city="rome").rows
        assert vehicle.date_added.tzinfo is UTC
    finally:
        movr.engine.dispose()


@standin_only
def test_server_ends_what_takes_too_long_and_knows_whose_it_is(make_movr):
    movr = make_movr(Limits(statement_timeout=2.5))
    assert movr._read(shown, "statement_timeout") == "2500ms"
    assert movr._read(shown, "idle_in_transaction_session_timeout") == "2500ms"
    assert movr._read(shown, "application_name") == "movr"


@standin_only
def test_options_of_the_address_are_kept(backend: Backend):
    movr = Backend(STANDIN, f"{backend.uri()}?options=-c%20work_mem%3D5MB").open()
    try:
        assert movr._read(shown, "work_mem") == "5MB"
        assert movr._read(shown, "statement_timeout") == "10s"
    finally:
        movr.engine.dispose()
