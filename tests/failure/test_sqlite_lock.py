"""On SQLite one writer at a time: whoever waits too long for the other one is told to try again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from movr.kinds import VehicleStatus
from tests.database.world import read_world
from tests.web.site import SiteClient, is_redirect, join
from web.config import Config


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, DB_STATEMENT_TIMEOUT=0.2)


@pytest.fixture
def app(app: Flask) -> Flask:
    app.test_client_class = SiteClient
    return app


@contextmanager
def other_writer(tmp_path: Path) -> Iterator[None]:
    """Somebody, in another process perhaps, who is writing and does not finish."""
    with closing(sqlite3.connect(tmp_path / "movr.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_writer_that_keeps_others_waiting_costs_them_a_503_and_readers_nothing(
    app: Flask, tmp_path: Path
):
    owner, rider = join(app), join(app)
    vehicle = owner.add_vehicle()
    path = f"/rides/start/{vehicle}"
    fields = {"city": "amsterdam", "ride_id": str(uuid4())}
    before = read_world(rider.movr)
    with other_writer(tmp_path):
        answer = rider.client.submit(path, fields)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"].isdigit()
        assert "doing the same thing twice does no harm" in answer.text
        for page in ("/vehicles", "/rides", "/readyz"):
            assert rider.client.get(page).status_code == 200
    assert read_world(rider.movr) == before
    assert rider.movr.engine.pool.checkedout() == 0

    assert is_redirect(rider.client.submit(path, fields), "/rides")
    assert read_world(rider.movr).vehicles["amsterdam", vehicle].status == VehicleStatus.UNAVAILABLE
