"""Writes dbinit.sql, the schema of a cluster that spans the regions, out of models and catalogue.

Each row lives in the region of its city: a column computed from the city says which. On a single
node, on SQLite and in tests the same tables are made without regions, by MovR.create_schema.
"""

from typing import Final

from sqlalchemy import Column, Computed, MetaData
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import UserDefinedType
from sqlalchemy.util import set_creation_order
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from movr.models import Base
from movr.regions import REGIONS

DATABASE: Final = "movr"
REGION: Final = "region"

_HEADER: Final = """\
-- The schema of MovR on a CockroachDB cluster that spans the regions. Written by
--   flask --app server schema
-- out of movr/models.py and movr/regions.py: change those, not this file.
-- To be run once on a new cluster (cockroach sql --file dbinit.sql); a second time changes nothing.
-- Nodes need --locality=region=... with the names of the regions below.
"""


class _CrdbInternalRegion(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "crdb_internal_region"


def multi_region_schema() -> str:
    """Return the statements that create the database, its tables and its indexes."""
    dialect = CockroachDBDialect_psycopg2()
    statements = [_create_database(), f"USE {DATABASE}"]
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    for original in Base.metadata.sorted_tables:
        table = original.to_metadata(metadata)
        table.append_column(
            Column(REGION, _CrdbInternalRegion(), _region_of_city(), nullable=False)
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


def _region_of_city() -> Computed:
    """Return the region as the catalogue has it; with no ELSE an unknown city is refused."""
    branches = (
        f"WHEN city IN ({', '.join(repr(city.name) for city in cities)}) THEN '{region}'"
        for region, cities in REGIONS.items()
    )
    return Computed(f"CASE {' '.join(branches)} END", persisted=True)
