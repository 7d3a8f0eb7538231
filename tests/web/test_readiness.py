"""/readyz looks at the schema now and then; what it finds is in the log, and keeps riders away."""

import logging
from threading import Event
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient

from movr import MovR
from movr.errors import DatabaseUnavailable, UnexpectedDatabaseError
from tests.database.catalogue import run
from tests.database.wire import recorded

INDEX = "CREATE INDEX ix_users_list ON users (city, username) WHERE username IS NOT NULL"
MINUTE_S = 60.0


class Clock:
    """What the watch takes for the time."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("web.readiness.monotonic", clock)
    return clock


@pytest.fixture(autouse=True)
def _log_is_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_container_of_an_outdated_schema_is_not_ready_until_it_is_mended(
    client: FlaskClient, movr: MovR, clock: Clock, caplog: pytest.LogCaptureFixture
):
    assert client.get("/readyz").status_code == 200
    run(movr, "DROP INDEX ix_users_list")
    clock.now += MINUTE_S
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (
        503,
        "the database is not ready for this version: see the log\n",
    )
    assert client.get("/healthz").status_code == 200
    assert "index ix_users_list of users is missing" in caplog.text
    assert "flask --app server upgrade-db" in caplog.text
    run(movr, INDEX)
    clock.now += MINUTE_S
    assert client.get("/readyz").status_code == 200


def test_schema_is_looked_at_once_a_minute(client: FlaskClient, movr: MovR, clock: Clock):
    client.get("/readyz")
    with recorded(movr.engine) as sent:
        for _ in range(5):
            clock.now += MINUTE_S / 10
            assert client.get("/readyz").status_code == 200
    assert [statement.text for statement in sent] == ["SELECT 1"] * 5
    with recorded(movr.engine) as sent:
        clock.now += MINUTE_S
        assert client.get("/readyz").status_code == 200
    assert len(sent) > 5


def test_the_log_says_the_same_once(
    client: FlaskClient, movr: MovR, clock: Clock, caplog: pytest.LogCaptureFixture
):
    run(movr, "DROP INDEX ix_users_list")
    for _ in range(3):
        assert client.get("/readyz").status_code == 503
        clock.now += MINUTE_S
    assert caplog.text.count("ix_users_list") == 1


def test_description_of_the_tables_that_does_not_come_in_time_turns_nobody_away(
    app: Flask, client: FlaskClient, clock: Clock
):
    with patch.object(
        app.extensions["movr"], "check_schema", side_effect=DatabaseUnavailable
    ) as looks:
        for _ in range(3):
            assert client.get("/readyz").status_code == 200
    assert looks.call_count == 1


def test_probe_does_not_wait_for_a_look_that_takes_long(app: Flask, client: FlaskClient):
    is_back, has_looked = Event(), Event()

    def look() -> tuple[str, ...]:
        is_back.wait(60)
        has_looked.set()
        return ()

    with patch.object(app.extensions["movr"], "check_schema", side_effect=look) as looks:
        for _ in range(2):
            assert client.get("/readyz").status_code == 200
        assert looks.call_count == 1
        assert not has_looked.is_set()
        is_back.set()
        assert has_looked.wait(60)


def test_schema_that_may_not_be_read_turns_nobody_away(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
):
    refused = UnexpectedDatabaseError("InsufficientPrivilege 42501")
    with patch.object(app.extensions["movr"], "check_schema", side_effect=refused):
        assert client.get("/readyz").status_code == 200
    assert "could not be compared (InsufficientPrivilege 42501)" in caplog.text
