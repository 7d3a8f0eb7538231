"""dbinit.sql: in step with its sources, harmless when run again, and regional down to each key."""

import re
from pathlib import Path

import pytest

from movr.database.schema import multi_region_schema
from movr.models import Base
from movr.regions import CITIES, REGIONS

FILE = Path(__file__).resolve().parents[2] / "dbinit.sql"
TABLES = ("users", "mails", "vehicles", "problems", "rides")


@pytest.fixture(scope="module")
def statements():
    """The statements of the file, without comments."""
    text = re.sub(r"^--.*\n", "", FILE.read_text(), flags=re.MULTILINE)
    return [statement.strip() for statement in text.split(";") if statement.strip()]


@pytest.fixture(scope="module", params=TABLES)
def table(request, statements):
    """The CREATE TABLE of each table."""
    head = f"CREATE TABLE IF NOT EXISTS {request.param} ("
    (found,) = [statement for statement in statements if statement.startswith(head)]
    return found


def test_file_is_what_models_and_catalogue_say():
    assert FILE.read_text() == multi_region_schema()


def test_schema_is_written_the_same_each_time():
    assert len({multi_region_schema() for _ in range(5)}) == 1


def test_running_it_again_destroys_nothing(statements):
    harmless = (
        r"USE movr$|CREATE (\w+ ){1,2}IF NOT EXISTS |INSERT INTO alembic_version .* WHERE NOT"
    )
    for statement in statements:
        assert re.match(harmless, " ".join(statement.split())), statement
    assert "DROP" not in FILE.read_text().upper()
    assert len(statements) == 4 + len(TABLES) + len(
        [index for table in Base.metadata.tables.values() for index in table.indexes]
    )


def test_database_spans_all_regions_and_the_first_is_primary(statements):
    primary, *others = REGIONS
    regions = ", ".join(f'"{region}"' for region in others)
    assert " ".join(statements[0].split()) == (
        f'CREATE DATABASE IF NOT EXISTS movr PRIMARY REGION "{primary}" REGIONS {regions}'
    )


def test_tables_come_after_those_that_they_point_to(statements):
    created = [re.findall(r"^CREATE TABLE IF NOT EXISTS (\w+)", each) for each in statements]
    assert [name for names in created for name in names] == ["alembic_version", *TABLES]


def test_each_row_lies_where_its_city_says(table):
    assert table.endswith(") LOCALITY REGIONAL BY ROW AS region")
    (case,) = re.findall(r"region crdb_internal_region AS \(CASE (.*) END\) STORED NOT NULL", table)
    assert "ELSE" not in case
    branches = re.findall(r"WHEN city IN \(([^)]*)\) THEN '([^']*)'", case)
    said = {city.strip("' "): region for cities, region in branches for city in cities.split(",")}
    assert said == {city.name: city.region for city in CITIES.values()}


def test_every_primary_key_begins_with_the_city(table):
    (key,) = re.findall(r"PRIMARY KEY \(([^)]*)\)", table)
    assert key == "city, id"


def test_every_foreign_key_carries_the_city(table):
    for columns, target in re.findall(r"FOREIGN KEY\(([^)]*)\) REFERENCES \w+ \(([^)]*)\)", table):
        assert columns.split(", ")[0] in ("city", "rider_city")
        assert target == "city, id"
    assert "CASCADE" not in table


def test_only_the_username_is_compared_with_all_regions(statements):
    text = "\n".join(statements)
    unique = re.findall(r"CREATE UNIQUE INDEX IF NOT EXISTS (\w+) ON \w+ \(([^)]*)\)", text)
    assert unique == [
        ("uq_vehicles_number", "city, number"),
        ("uq_problems_open", "city, vehicle_id, rider_city, rider_id, kind"),
        ("uq_rides_running", "city, vehicle_id"),
    ]
    assert re.findall(r"CONSTRAINT (\w+) UNIQUE \(([^)]*)\)", text) == [
        ("uq_users_username", "username")
    ]


def test_no_key_or_index_names_the_region(statements):
    # CockroachDB refuses such an index on a table that is regional by row, and would drop it
    # without a word with the column when the column is replaced. The city decides the region.
    for statement in statements:
        assert "INDEX" not in statement or "region" not in statement, statement
    assert not re.findall(r"(?:KEY|UNIQUE) \([^)]*region", "\n".join(statements))


def test_every_other_index_begins_with_the_city(statements):
    text = "\n".join(statements)
    plain = re.findall(r"CREATE INDEX IF NOT EXISTS \w+ ON \w+ \(([^)]*)\)", text)
    assert len(plain) == 10
    assert all(columns.startswith("city, ") for columns in plain)


def test_every_constraint_has_its_name(statements):
    text = "\n".join(statements)
    rules = re.findall(r"(CONSTRAINT \w+ )?(?:CHECK \(|FOREIGN KEY|PRIMARY KEY|UNIQUE \()", text)
    assert len(rules) >= 13
    assert all(rules)


def test_columns_are_those_of_the_models(statements):
    for statement in statements:
        found = re.match(r"CREATE TABLE IF NOT EXISTS (\w+)", statement)
        if found and found[1] in TABLES:
            columns = re.findall(r"^\t([a-z_]+) [A-Za-z]", statement, flags=re.MULTILINE)
            assert columns == [*Base.metadata.tables[found[1]].columns.keys(), "region"]


def test_city_has_the_same_type_everywhere(statements):
    text = "\n".join(statements)
    types = re.findall(r"^\t(?:\w+_)?city ([A-Z]+\(\d+\))", text, flags=re.MULTILINE)
    assert types == ["VARCHAR(32)"] * 10
