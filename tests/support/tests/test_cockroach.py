"""CockroachServer, where the program is installed: it answers, retries and is gone afterwards."""

import pytest
import sqlalchemy
from sqlalchemy import text

from tests.support.cockroach_server import CockroachServer


@pytest.mark.skipif(CockroachServer.available() is not None, reason="CockroachDB is not installed")
def test_cockroach_server_gives_fresh_databases():
    with CockroachServer() as server:
        engine = sqlalchemy.create_engine(server.uri(server.create_database()))
        with engine.connect() as connection:
            assert "CockroachDB" in connection.scalar(text("SELECT version()"))
        engine.dispose()
    assert server.log() == ""


def test_addresses_name_this_machine_only():
    server = CockroachServer()
    assert server.uri("movr").startswith("cockroachdb+psycopg2://root@127.0.0.1:")
    assert f":{server.port}/movr?" in server.uri("movr")
    assert ":5/movr?" in server.uri("movr", port=5)
