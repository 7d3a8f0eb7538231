"""Writes dbinit.sql, the schema of a cluster that spans the regions, from models and catalogue.

Each row lives in the region of its city, in a column computed from the city. On a single node, on
SQLite and in tests MovR.create_schema creates the same tables without regions.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, Computed, MetaData, PrimaryKeyConstraint, String, Table
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import UserDefinedType
from sqlalchemy.util import set_creation_order
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from movr.migrations import NEWEST
from movr.models import Base
from movr.regions import CITIES, REGIONS

DATABASE: Final = "movr"
REGION: Final = "region"

_HEADER: Final = """\
-- The schema of MovR on a CockroachDB cluster that spans the regions. Written by
--   flask --app server schema
-- out of movr/models.py and movr/regions.py: change those, not this file.
-- To be run once on a new cluster (cockroach sql --file dbinit.sql); a second time changes nothing.
-- A database that is there already is brought to this version by `flask --app server upgrade-db`.
-- Nodes need --locality=region=... with the names of the regions below.
"""

REVISIONS: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic keeps the revision of a database. Only upgrades read it."""

# Before the tables are created, so that an existing database is not taken for a new one.
_NOTE_REVISION: Final = """\
-- The revision that a new database is of; one that has tables already is left to upgrade-db.
INSERT INTO alembic_version (version_num)
  SELECT '%s' WHERE NOT EXISTS (SELECT 1 FROM alembic_version) AND NOT EXISTS (
    SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'users'
  )"""


class _CrdbInternalRegion(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "crdb_internal_region"


def multi_region_schema() -> str:
    """Return the statements that create the database, its tables and its indexes."""
    dialect = CockroachDBDialect_psycopg2()
    revisions = CreateTable(REVISIONS, if_not_exists=True).compile(dialect=dialect)
    statements = [
        _create_database(),
        f"USE {DATABASE}",
        str(revisions).strip(),
        _NOTE_REVISION % NEWEST,
    ]
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    for original in Base.metadata.sorted_tables:
        table = original.to_metadata(metadata)
        table.append_column(
            Column(
                REGION,
                _CrdbInternalRegion(),
                Computed(region_expression(region_in_catalogue()), persisted=True),
                nullable=False,
            )
        )
        # The copy was made out of a set, in any order; the file must always come out the same.
        for constraint in sorted(table.constraints, key=lambda rule: str(rule.name)):
            set_creation_order(constraint)
        create = str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)).strip()
        statements.append(f"{create} LOCALITY REGIONAL BY ROW AS {REGION}")
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            statements.append(str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)))
    tidy = ("\n".join(line.rstrip() for line in text.splitlines()) for text in statements)
    return _HEADER + "".join(f"\n{statement};\n" for statement in tidy)


def _create_database() -> str:
    primary, *others = REGIONS
    regions = ", ".join(f'"{region}"' for region in others)
    return (
        f'CREATE DATABASE IF NOT EXISTS {DATABASE}\n  PRIMARY REGION "{primary}" REGIONS {regions}'
    )


def region_expression(regions: Mapping[str, str]) -> str:
    """Return SQL for the region of a row's city; without ELSE an unknown city is refused."""
    cities: dict[str, list[str]] = {}
    for city, region in regions.items():
        cities.setdefault(region, []).append(_quoted(city))
    branches = (
        f"WHEN city IN ({', '.join(names)}) THEN {_quoted(region)}"
        for region, names in cities.items()
    )
    return f"CASE {' '.join(branches)} END"


def region_in_catalogue() -> dict[str, str]:
    """Return the region of each city in the catalogue."""
    return {city.name: city.region for city in CITIES.values()}


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
