"""Creating the tables, and the look at them before the application starts."""

import pytest
from sqlalchemy import text

from movr import MovR
from movr.errors import SchemaOutdated
from tests.database.backends import SQLITE, STANDIN, Backend


@pytest.fixture(params=[SQLITE, STANDIN])
def new(request: pytest.FixtureRequest, tmp_path):
    """A MovR on a database of its own, without tables."""
    if request.param == SQLITE:
        backend = Backend(SQLITE, f"sqlite:///{tmp_path}/new.db")
    else:
        server = request.getfixturevalue("standin_server")
        backend = Backend(STANDIN, server.uri(server.create_database()))
    movr = backend.open()
    yield movr
    movr.engine.dispose()


def run(movr: MovR, statement: str) -> None:
    with movr.engine.begin() as connection:
        connection.execute(text(statement))


def test_empty_database_is_not_ready_until_the_schema_is_created(new: MovR):
    with pytest.raises(SchemaOutdated, match="users"):
        new.check_schema()
    new.create_schema()
    new.check_schema()


def test_creating_the_schema_again_changes_nothing(new: MovR):
    new.create_schema()
    run(new, "ALTER TABLE users ADD COLUMN spare VARCHAR(10)")
    new.create_schema()
    run(new, "SELECT spare FROM users")
    new.check_schema()


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ("ALTER TABLE rides DROP COLUMN start_location", "start_location"),
        ("ALTER TABLE users RENAME COLUMN session_epoch TO epoch", "session_epoch"),
        ("DROP TABLE rides", "rides"),
    ],
)
def test_what_is_missing_is_named(new: MovR, change: str, missing: str):
    new.create_schema()
    run(new, change)
    with pytest.raises(SchemaOutdated, match=missing):
        new.check_schema()
