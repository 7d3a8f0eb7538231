"""Creating the tables, and the look at them before the application starts."""

import re

import pytest
from sqlalchemy import text

from movr import MovR
from movr.errors import SchemaOutdated
from tests.database.backends import STANDIN


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


# What a database may lack or have otherwise, how it comes to that, and what is said of it.
FAULTS = {
    "table": ("DROP TABLE rides", "table rides is missing"),
    "column": ("ALTER TABLE rides DROP COLUMN start_location", "column start_location of rides"),
    "name": (
        "ALTER TABLE users RENAME COLUMN session_epoch TO epoch",
        "column session_epoch of users is missing",
    ),
    "index": ("DROP INDEX ix_users_list", "index ix_users_list of users is missing"),
    "unique index": ("DROP INDEX uq_rides_running", "unique key uq_rides_running of rides is mis"),
    "other columns": (
        "DROP INDEX ix_vehicles_list; CREATE INDEX ix_vehicles_list ON vehicles (city, id)"
        " WHERE status != 'removed'",
        "ix_vehicles_list of vehicles is (city, id) where 'removed' not status and should be"
        " (city, status, id) where 'removed' not status",
    ),
    "no condition": (
        "DROP INDEX uq_rides_running;"
        "CREATE UNIQUE INDEX uq_rides_running ON rides (city, vehicle_id)",
        "uq_rides_running of rides is (city, vehicle_id) and should be"
        " (city, vehicle_id) where end_time",
    ),
    "condition on a value": (
        "DROP INDEX uq_rides_running; CREATE UNIQUE INDEX uq_rides_running"
        " ON rides (city, vehicle_id) WHERE end_time = '2020-01-01'",
        "unique key uq_rides_running of rides is",
    ),
    "other condition": (
        "DROP INDEX ix_rides_list; CREATE INDEX ix_rides_list"
        " ON rides (city, rider_city, rider_id, start_time, id) WHERE end_time IS NULL",
        "should be (city, rider_city, rider_id, start_time, id) where end_time not",
    ),
    "not unique": (
        "DROP INDEX uq_rides_running;"
        "CREATE INDEX uq_rides_running ON rides (city, vehicle_id) WHERE end_time IS NULL",
        "unique key uq_rides_running of rides is missing",
    ),
}
# SQLite can change none of these in a table that is there.
FAULTS_OF_A_SERVER = {
    "key": (
        "ALTER TABLE rides DROP CONSTRAINT pk_rides",
        "primary key pk_rides of rides is missing",
    ),
    "foreign key": (
        "ALTER TABLE vehicles DROP CONSTRAINT fk_vehicles_city_owner_id",
        "foreign key fk_vehicles_city_owner_id of vehicles is missing",
    ),
    "unique key": (
        "ALTER TABLE users DROP CONSTRAINT uq_users_username",
        "unique key uq_users_username of users is missing",
    ),
    "check": (
        "ALTER TABLE users DROP CONSTRAINT ck_users_active_ride",
        "check ck_users_active_ride of users is missing",
    ),
    "cascade": (
        "ALTER TABLE vehicles DROP CONSTRAINT fk_vehicles_city_owner_id;"
        "ALTER TABLE vehicles ADD CONSTRAINT fk_vehicles_city_owner_id FOREIGN KEY"
        " (city, owner_id) REFERENCES users (city, id) ON DELETE CASCADE",
        "fk_vehicles_city_owner_id of vehicles is (city, owner_id) to users (city, id) on delete",
    ),
    "other check": (
        "ALTER TABLE vehicles DROP CONSTRAINT ck_vehicles_type;"
        "ALTER TABLE vehicles ADD CONSTRAINT ck_vehicles_type CHECK (type IN ('bike', 'tram'))",
        "check ck_vehicles_type of vehicles is 'bike' 'tram' type and should be"
        " 'bike' 'scooter' 'skateboard' type",
    ),
    "type": (
        "ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(99)",
        "column email of users is VARCHAR(99) and should be VARCHAR(254)",
    ),
    "null": (
        "ALTER TABLE users ALTER COLUMN is_owner DROP NOT NULL",
        "column is_owner of users is BOOLEAN and should be BOOLEAN NOT NULL",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named(new: MovR, fault: str):
    assert_named(new, *FAULTS[fault])


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
@pytest.mark.parametrize("fault", FAULTS_OF_A_SERVER)
def test_fault_of_a_server_is_named(new: MovR, fault: str):
    assert_named(new, *FAULTS_OF_A_SERVER[fault])


def assert_named(movr: MovR, changes: str, said: str) -> None:
    movr.create_schema()
    for change in changes.split(";"):
        run(movr, change)
    with pytest.raises(SchemaOutdated, match=re.escape(said)):
        movr.check_schema()


def test_all_faults_are_named_at_once(new: MovR):
    new.create_schema()
    run(new, "DROP INDEX ix_users_list")
    run(new, "DROP TABLE rides")
    with pytest.raises(SchemaOutdated) as caught:
        new.check_schema()
    assert str(caught.value) == ("index ix_users_list of users is missing; table rides is missing")


def test_rewritten_table_of_sqlite_is_compared_as_well(new: MovR):
    if new.engine.name != "sqlite":
        return
    run(new, "CREATE TABLE users (city VARCHAR(32) NOT NULL, id CHAR(32), is_owner BOOLEAN)")
    new.create_schema()
    with pytest.raises(SchemaOutdated) as caught:
        new.check_schema()
    for fault in (
        "column id of users is CHAR(32) and should be CHAR(32) NOT NULL",
        "primary key pk_users of users is missing",
        "unique key uq_users_username of users is missing",
        "check ck_users_active_ride of users is missing",
        "column email of users is missing",
    ):
        assert fault in str(caught.value)
