"""Expand, then contract: the version before runs on the tables of this one, as in a rollback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from movr import MovR
from tests.database.world import broken_rules, read_world
from tests.failure.browser import Browser
from tests.support.gunicorn_server import GunicornServer
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require
from tests.upgrades.former_version import do_everything, unavailable_reason, unpack


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the version before."""
    # Not a failure in CI either, which may have nothing but the newest commit.
    if reason := unavailable_reason():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("former")
    unpack(folder)
    return folder


@pytest.fixture(params=["sqlite", "stand-in"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/movr.db"
        return
    require(PostgresServer.available())
    with PostgresServer() as server:
        yield server.uri(server.create_database())


def test_former_version_does_everything_on_the_tables_of_this_one(former: Path, uri: str):
    movr = MovR(uri)
    movr.upgrade(lambda _: None)
    app = "server:app" if uri.startswith("sqlite") else "tests.support.standin_app:app"
    with (
        GunicornServer({"DEBUG": "True", "DB_URI": uri}, app=app, root=former) as server,
        Browser(server.url) as browser,
    ):
        assert browser.get("/readyz").status_code == 200
        do_everything(browser)
    movr.check_schema()
    world = read_world(movr)
    assert (len(world.users), len(world.vehicles), len(world.rides)) == (1, 1, 1)
    assert broken_rules(world) == []
    movr.engine.dispose()
