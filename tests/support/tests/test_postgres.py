"""The PostgreSQL of the tests: a crash is one. What else it does, tests of MovR would miss."""

import re

import pytest
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support.cockroach_server import CockroachServer
from tests.support.postgres_server import PostgresServer
from tests.support.processes import children_of, is_running
from tests.support.requirements import require


def test_committed_work_outlives_a_crash_of_the_whole_server():
    require(PostgresServer.available())
    with PostgresServer(durable=True) as server:
        engine = sqlalchemy.create_engine(server.uri())
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE counter AS SELECT 1 AS n"))
        with engine.connect() as connection:
            connection.execute(text("UPDATE counter SET n = 2"))
            postmaster = server._process.pid
            family = [postmaster, *children_of(postmaster)]
            assert len(family) > 3
            server.kill()
            assert not any(map(is_running, family))
            with pytest.raises(DBAPIError):
                connection.execute(text("SELECT 1"))
        port = server.port
        server.start()
        assert server.port == port
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT n FROM counter")) == 1
        assert "was interrupted" in server.log()
        engine.dispose()


def test_missing_programs_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.support.postgres_server._programs", lambda: None)
    for kind in (PostgresServer, CockroachServer):
        reason = kind.available()
        assert reason is not None
        with pytest.raises(RuntimeError, match=re.escape(reason)), kind():
            pass
