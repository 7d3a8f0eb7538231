"""dbinit.sql and init-db make the same tables; run for real, on the server that stands in.

It knows no localities and no crdb_internal_region: these, and nothing else, are taken out first.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from movr import MovR
from movr.regions import CITIES
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require

FILE = Path(__file__).resolve().parents[2] / "dbinit.sql"

# What a schema consists of, in the catalogue's own words.
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable
    FROM information_schema.columns WHERE table_schema = 'public' AND column_name <> 'region'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def without_regions() -> str:
    """The statements of the file in the words of a server that has one region."""
    sql = re.sub(r"CREATE DATABASE[^;]*;|USE movr;", "", FILE.read_text())
    sql, localities = re.subn(r" LOCALITY REGIONAL BY ROW AS region", "", sql)
    sql, regions = re.subn(
        r"region crdb_internal_region AS (\(CASE .* END\)) STORED",
        r"region text GENERATED ALWAYS AS \1 STORED",
        sql,
    )
    assert (localities, regions) == (3, 3)
    return sql


def parts(connection: Connection, query: str) -> set[tuple[object, ...]]:
    """The rows of the catalogue."""
    return {tuple(row) for row in connection.execute(text(query))}


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[MovR, MovR]]:
    """One database by dbinit.sql, run twice, and one by init-db."""
    require(PostgresServer.available())
    with PostgresServer() as server:
        by_file, by_models = (MovR(server.uri(server.create_database())) for _ in range(2))
        for _ in range(2):
            with by_file.engine.begin() as connection:
                connection.exec_driver_sql(without_regions())
        by_models.create_schema()
        by_models.create_schema()
        yield by_file, by_models
        by_file.engine.dispose()
        by_models.engine.dispose()


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES], ids=["columns", "rules", "keys"])
def test_both_ways_make_the_same_tables(databases: tuple[MovR, MovR], query: str) -> None:
    by_file, by_models = databases
    with by_file.engine.connect() as one, by_models.engine.connect() as other:
        made = parts(one, query)
        assert made == parts(other, query)
    assert len(made) > 8


def test_both_are_ready_for_this_version(databases: tuple[MovR, MovR]) -> None:
    for movr in databases:
        movr.check_schema()


def test_city_decides_the_region_and_an_unknown_one_is_refused(
    databases: tuple[MovR, MovR],
) -> None:
    insert = text(
        "INSERT INTO users (city, id, is_owner, session_epoch)"
        " VALUES (:city, gen_random_uuid(), false, 0) RETURNING region"
    )
    with databases[0].engine.connect() as connection:
        for city in CITIES.values():
            assert connection.execute(insert, {"city": city.name}).scalar_one() == city.region
        connection.rollback()
        with pytest.raises(IntegrityError) as refused:
            connection.execute(insert, {"city": "atlantis"})
        assert refused.value.orig is not None
        assert "region" in str(refused.value.orig)
        connection.rollback()
