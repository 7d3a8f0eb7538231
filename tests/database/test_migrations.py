"""upgrade-db: from any database to this version's, whatever interrupts it or comes in between."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import delete, insert, select, text

from movr import MovR
from movr.database.batching import BatchingConnection
from movr.database.upgrade import _config, _connected
from movr.errors import UpgradeFailed
from movr.kinds import VehicleStatus, VehicleType
from movr.migrations import NEWEST
from movr.models import Ride, User, Vehicle
from tests.database.backends import STANDIN
from tests.database.catalogue import revisions_of, run, schema_of
from tests.support.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ROOT / "movr" / "migrations" / "versions"
NUMBERS = [f"{number:04}" for number in range(1, int(NEWEST) + 1)]
CHANGES = (b"CREATE", b"INSERT", b"UPDATE")


def upgrade(movr: MovR) -> list[str]:
    """What an upgrade says of its steps."""
    steps: list[str] = []
    movr.upgrade(steps.append)
    return steps


@pytest.fixture
def old(new: MovR) -> MovR:
    """A database that was made before there were revisions, with a rider."""
    ada = {
        "id": uuid4(),
        "first_name": "Ada",
        "last_name": "Rider",
        "email": "ada@example.com",
        "username": "ada",
        "password_hash": "none",
        "is_owner": False,
        "session_epoch": 0,
    }
    with _connected(new.engine) as connection:
        command.upgrade(_config(connection, lambda _: None), "0001")
        connection.execute(insert(User).values(city="rome", **ada))
    run(new, "DROP TABLE alembic_version")
    return new


def test_newest_revision_is_that_of_the_last_file():
    found = [
        re.search(r'^revision = "(\d+)"', path.read_text(), re.M)
        for path in sorted(VERSIONS.glob("v*.py"))
    ]
    assert [match and match[1] for match in found] == NUMBERS


def test_empty_database_is_brought_to_what_a_new_one_is(new: MovR, tmp_path: Path):
    assert [step.partition(":")[0] for step in upgrade(new)] == [f"Revision {n}" for n in NUMBERS]
    by_revisions = schema_of(new)
    assert revisions_of(new) == [NEWEST]
    new.check_schema()
    if new.engine.name == "sqlite":
        # The stand-in's databases are compared in test_multi_region_schema.py.
        other = MovR(f"sqlite:///{tmp_path}/other.db")
        other.create_schema()
        assert schema_of(other) == by_revisions
        other.engine.dispose()


def test_upgrading_a_new_database_does_nothing(new: MovR):
    new.create_schema()
    before = schema_of(new)
    assert revisions_of(new) == [NEWEST]
    assert new.upgrade_statements() == upgrade(new) == []
    assert schema_of(new) == before


def test_revisions_that_were_run_before_may_be_run_again(new: MovR):
    new.create_schema()
    before = schema_of(new)
    run(new, "UPDATE alembic_version SET version_num = '0001'")
    upgrade(new)
    assert revisions_of(new) == [NEWEST]
    assert schema_of(new) == before


def test_database_of_the_time_before_revisions_is_brought_on_with_its_rows(old: MovR):
    upgrade(old)
    assert revisions_of(old) == [NEWEST]
    assert [row.username for row in old.get_users(city="rome").rows] == ["ada"]
    old.check_schema()
    assert upgrade(old) == []


def test_index_that_somebody_dropped_comes_back(new: MovR):
    new.create_schema()
    run(new, "DROP INDEX ix_users_list", "DROP TABLE rides")
    before = new.upgrade_statements()
    assert [re.search(r"EXISTS (\w+)", statement)[1] for statement in before] == [
        "ix_users_list",
        "rides",
        "ix_rides_list",
        "ix_rides_of_vehicle",
        "uq_rides_running",
    ]
    assert "Creating ix_users_list, which was missing" in upgrade(new)
    new.check_schema()


def test_statements_that_are_printed_do_the_same_and_printing_runs_none(old: MovR, tmp_path: Path):
    before = schema_of(old)
    statements = old.upgrade_statements()
    assert schema_of(old) == before
    run(old, *statements)
    old.check_schema()
    assert revisions_of(old) == [NEWEST]
    assert old.upgrade_statements() == []


def test_upgrade_that_failed_half_way_says_why_and_goes_on_later(old: MovR):
    twice = double_running_ride(old)
    with pytest.raises(UpgradeFailed) as failed:
        upgrade(old)
    assert "CREATE UNIQUE INDEX" in str(failed.value)
    assert "run the same command again" in str(failed.value)
    assert "ada" not in str(failed.value)
    with old.engine.begin() as connection:
        connection.execute(delete(Ride).where(Ride.id == twice))
    upgrade(old)
    assert revisions_of(old) == [NEWEST]
    old.check_schema()


def double_running_ride(movr: MovR) -> UUID:
    """Two running rides on one vehicle, which the index would have refused; the second one's id."""
    place = {"city": "rome", "start_location": "Here", "start_time": datetime.now(UTC)}
    with movr.engine.begin() as connection:
        rider_id = connection.scalars(select(User.id)).one()
        vehicle = {
            "id": uuid4(),
            "type": VehicleType.BIKE,
            "owner_id": rider_id,
            "date_added": datetime.now(UTC),
            "status": VehicleStatus.UNAVAILABLE,
            "last_location": "Here",
            "color": "red",
            "brand": "Volta",
        }
        connection.execute(insert(Vehicle).values(city="rome", **vehicle))
        ride = place | {"rider_city": "rome", "rider_id": rider_id, "vehicle_id": vehicle["id"]}
        for ride_id in (uuid4(), twice := uuid4()):
            connection.execute(insert(Ride).values(id=ride_id, **ride))
    return twice


def test_tables_older_than_the_first_revision_are_not_taken_for_it(new: MovR):
    run(new, "CREATE TABLE vehicles (city VARCHAR(32) NOT NULL, id CHAR(32) NOT NULL)")
    with pytest.raises(UpgradeFailed, match="the database says"):
        upgrade(new)


def test_database_of_a_newer_version_is_left_as_it_is(new: MovR):
    new.create_schema()
    run(new, "UPDATE alembic_version SET version_num = '9999'", "DROP INDEX ix_users_list")
    before = schema_of(new)
    for attempt in (lambda: upgrade(new), new.upgrade_statements):
        with pytest.raises(UpgradeFailed, match="revision 9999, which this version"):
            attempt()
    assert schema_of(new) == before


@contextmanager
def let_go_together(movr: MovR, containers: int) -> Iterator[None]:
    """Keep whoever upgrades waiting at the first table, until all of them are there."""
    if movr.engine.name == "sqlite":
        yield
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def all_wait() -> bool:
        with movr.engine.connect() as other:
            return other.scalar(waiting) == containers

    with movr.engine.connect() as connection:
        # A busy machine takes longer to start containers than MovR waits for an idle connection.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql("CREATE TABLE alembic_version (nobody_sees_this int)")
        yield
        assert wait_until(all_wait, 90)
        connection.rollback()


def test_containers_may_upgrade_at_once(new: MovR):
    address = new.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "flask", "--app", "server", "upgrade-db"]
    settings = os.environ | {"DEBUG": "True", "DB_URI": address}
    with let_go_together(new, 3):
        containers = [
            subprocess.Popen(
                command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for _ in range(3)
        ]
    for container in containers:
        said, _ = container.communicate(timeout=100)
        assert container.returncode == 0, said.decode()
    assert revisions_of(new) == [NEWEST]
    new.check_schema()


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_each_statement_of_an_upgrade_commits_by_itself(new: MovR, monkeypatch: pytest.MonkeyPatch):
    sent: list[tuple[int, bool]] = []
    send = BatchingConnection.send

    def note(connection: BatchingConnection, cursor: object, statements: list[bytes]) -> None:
        if any(statement.split()[0] in CHANGES for statement in statements):
            idle = connection.get_transaction_status() == TRANSACTION_STATUS_IDLE
            sent.append((len(statements), idle))
        send(connection, cursor, statements)

    monkeypatch.setattr(BatchingConnection, "send", note)
    upgrade(new)
    assert len(sent) > 12
    assert set(sent) == {(1, True)}
