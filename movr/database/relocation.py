"""Writes the statements that make a cluster of regions keep its rows where the catalogue says.

It turns placements (placement.py) into SQL, without asking the database. Each list continues where
the one before was interrupted. The order of the statements was tested on CockroachDB v26.1.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from movr.database.placement import BY_ROW, NEXT_REGION, Placement, RegionOfCity
from movr.database.schema import REGION, region_expression, region_in_catalogue
from movr.regions import REGIONS


def new_regions(database: str, regions: Collection[str]) -> list[str]:
    """Return the statements that add the catalogue's regions that a database does not have yet."""
    return [
        f"ALTER DATABASE {_name(database)} ADD REGION IF NOT EXISTS {_name(region)}"
        for region in REGIONS
        if region not in regions
    ]


def new_places(table: str, found: Placement) -> list[str]:
    """Return the statements that make a table know every city, and keep its rows at home.

    A city that is no longer in the catalogue stays: its rows are there, and the former version
    offers it. A table that could not be read completely, or whose region is decided by a column
    that is not MovR's, is left as it is.
    """
    computed = (found.columns or {}).values()
    if not found.locality or (found.column and found.regions_by(found.column) is None):
        return []
    if found.column not in (None, REGION, NEXT_REGION):
        return []
    known = {city: region for regions in computed for city, region in (regions or {}).items()}
    steps = list(_exchange(table, found, known | region_in_catalogue()))
    if not steps:
        return []
    # CockroachDB locks new tables against most changes, which speeds up changefeeds.
    return [
        f"ALTER TABLE {table} SET (schema_locked = false)",
        *steps,
        *([f"ALTER TABLE {table} SET (schema_locked = true)"] if found.is_locked else []),
    ]


def _exchange(table: str, found: Placement, wanted: RegionOfCity) -> Iterator[str]:
    columns = dict(found.columns or {})
    current = found.column
    if current == NEXT_REGION:
        # An upgrade was interrupted after the table had moved to the new column.
        if REGION in columns:
            yield f"ALTER TABLE {table} DROP COLUMN {REGION}"
        yield f"ALTER TABLE {table} RENAME COLUMN {NEXT_REGION} TO {REGION}"
        renamed = {REGION: columns[NEXT_REGION]}
        yield from _exchange(
            table, replace(found, locality=BY_ROW + REGION, columns=renamed), wanted
        )
        return
    if current and columns[current] == wanted:
        if NEXT_REGION in columns:
            yield f"ALTER TABLE {table} DROP COLUMN {NEXT_REGION}"
        return
    # A table without a region column gets it under its final name; else the new column is added
    # beside the old one.
    target = NEXT_REGION if REGION in columns else REGION
    if target in columns and columns[target] != wanted:
        yield f"ALTER TABLE {table} DROP COLUMN {target}"
        del columns[target]
    if target not in columns:
        yield (
            f"ALTER TABLE {table} ADD COLUMN {target} crdb_internal_region NOT NULL"
            f" AS ({region_expression(wanted)}) STORED"
        )
    yield f"ALTER TABLE {table} SET LOCALITY {BY_ROW}{target}"
    if target == NEXT_REGION:
        yield f"ALTER TABLE {table} DROP COLUMN {REGION}"
        yield f"ALTER TABLE {table} RENAME COLUMN {NEXT_REGION} TO {REGION}"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
