"""The cities that a cluster knows, asked of a server; and a server that cannot be understood.

The stand-in has the computed column of the region, but no locality: what is read there goes the
whole way, what only a cluster prints is in tests/unit/test_placement.py.
"""

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Inspector

from movr import MovR
from movr.database.schema import region_expression, region_in_catalogue
from movr.regions import CITIES
from tests.database.backends import SQLITE, STANDIN
from tests.database.catalogue import run

TABLES = ("users", "vehicles", "rides")


def add_regions(movr: MovR, table: str, regions: dict[str, str]) -> None:
    """Give a table the column that decides the region, as a cluster has it."""
    run(
        movr,
        f"ALTER TABLE {table} DROP COLUMN IF EXISTS region",
        f"ALTER TABLE {table} ADD COLUMN region text NOT NULL"
        f" GENERATED ALWAYS AS ({region_expression(regions)}) STORED",
    )


@pytest.fixture
def regional(new: MovR) -> MovR:
    """A database whose tables know the region of every city of the catalogue."""
    new.create_schema()
    for table in TABLES:
        add_regions(new, table, region_in_catalogue())
    return new


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_city_is_unknown_until_every_table_knows_it(regional: MovR):
    assert regional.check_schema() == ()
    assert regional.unknown_cities == frozenset()
    fewer = {city: region for city, region in region_in_catalogue().items() if city != "rome"}
    add_regions(regional, "rides", fewer)
    (note,) = regional.check_schema()
    assert note.startswith("the cluster does not know rome yet")
    assert regional.unknown_cities == {"rome"}
    add_regions(regional, "rides", region_in_catalogue())
    assert regional.check_schema() == ()
    assert regional.unknown_cities == frozenset()


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_region_that_cannot_be_read_keeps_no_city_back(regional: MovR):
    run(
        regional,
        "ALTER TABLE users DROP COLUMN region",
        "ALTER TABLE users ADD COLUMN region text GENERATED ALWAYS AS (upper(city)) STORED",
    )
    assert regional.check_schema() == (
        "column region of users could not be read, and so not be compared",
    )
    assert regional.unknown_cities == frozenset()


def test_database_without_regions_knows_every_city(new: MovR):
    new.create_schema()
    assert new.check_schema() == ()
    assert new.unknown_cities == frozenset()
    assert len(CITIES) > 0


UNREADABLE = ("get_pk_constraint", "get_foreign_keys", "get_indexes", "get_unique_constraints")


@pytest.mark.parametrize("new", [SQLITE, STANDIN], indirect=True)
@pytest.mark.parametrize("question", [*UNREADABLE, "get_check_constraints"])
def test_answer_that_cannot_be_understood_is_noted_and_is_no_fault(new: MovR, question: str):
    new.create_schema()

    def misunderstand(*_arguments: Any, **_options: Any) -> Any:
        raise AttributeError("'NoneType' object has no attribute 'groups'")

    with patch.object(Inspector, question, misunderstand):
        notes = new.check_schema()
    assert len(notes) == 3
    assert all("could not be compared (AttributeError)" in note for note in notes)


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_condition_in_unknown_words_is_noted_and_is_no_fault(new: MovR):
    new.create_schema()
    run(
        new,
        "ALTER TABLE vehicles DROP CONSTRAINT ck_vehicles_type",
        "ALTER TABLE vehicles ADD CONSTRAINT ck_vehicles_type CHECK (1 = 1)",
    )
    assert new.check_schema() == ("check ck_vehicles_type of vehicles could not be compared",)
