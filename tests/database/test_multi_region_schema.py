"""dbinit.sql, init-db and upgrade-db make the same tables, on the server that stands in.

It knows no localities and no crdb_internal_region: these, and nothing else, are taken out first.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from movr import MovR
from movr.migrations import NEWEST
from movr.regions import CITIES
from tests.database.catalogue import revisions_of, schema_of
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require

FILE = Path(__file__).resolve().parents[2] / "dbinit.sql"


def without_regions() -> str:
    """The statements of the file in the words of a server that has one region."""
    sql = re.sub(r"CREATE DATABASE[^;]*;|USE movr;", "", FILE.read_text())
    sql, localities = re.subn(r" LOCALITY REGIONAL BY ROW AS region", "", sql)
    sql, regions = re.subn(
        r"region crdb_internal_region AS (\(CASE .* END\)) STORED",
        r"region text GENERATED ALWAYS AS \1 STORED",
        sql,
    )
    assert (localities, regions) == (5, 5)
    return sql


@pytest.fixture(scope="module")
def databases() -> Iterator[list[MovR]]:
    """One database by dbinit.sql, run twice, one by init-db and one by upgrade-db."""
    require(PostgresServer.available())
    with PostgresServer() as server:
        opened = [MovR(server.uri(server.create_database())) for _ in range(3)]
        by_file, by_models, by_revisions = opened
        for _ in range(2):
            with by_file.engine.begin() as connection:
                connection.exec_driver_sql(without_regions())
            by_models.create_schema()
            by_revisions.upgrade(lambda _: None)
        yield opened
        for movr in opened:
            movr.engine.dispose()


def test_all_ways_make_the_same_tables(databases: list[MovR]) -> None:
    by_file, *others = map(schema_of, databases)
    assert len(by_file) > 50
    for other in others:
        assert other == by_file


def test_all_ways_note_the_newest_revision(databases: list[MovR]) -> None:
    assert [revisions_of(movr) for movr in databases] == [[NEWEST]] * 3


def test_all_are_ready_for_this_version(databases: list[MovR]) -> None:
    for movr in databases:
        movr.check_schema()


def test_city_decides_the_region_and_an_unknown_one_is_refused(
    databases: list[MovR],
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
