"""Where a cluster of regions keeps its rows, compared with the catalogue.

A table is regional by a column that is computed from the city. Whatever cannot be read in the
server's output is None, which means "unknown" and never "wrong".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from movr.database.engine import is_unavailable
from movr.database.schema import REGION
from movr.models import Base
from movr.regions import CITIES

NEXT_REGION: Final = "region2"
"""The column that replaces the old one, while a table is being changed."""
BY_ROW: Final = "REGIONAL BY ROW AS "

RegionOfCity = Mapping[str, str]

_COMPUTED: Final = text(
    "SELECT table_name, column_name, generation_expression FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND COALESCE(generation_expression, '') <> ''"
)
_LOCALITY: Final = re.compile(
    r"\bLOCALITY\s+(GLOBAL\b|REGIONAL(?:\s+BY\s+(?:ROW|TABLE))?\b"
    r'(?:\s+(?:AS|IN)\s+(?:PRIMARY\s+REGION\b|"[^"]+"|[\w-]+))?)'
)
_LOCKED: Final = re.compile(r"\bschema_locked\s*=\s*'?(?:true|on)\b")
# A letter before a quote makes it more than plain text: bytes, or text with escapes.
_CASE_WORDS: Final = re.compile(r"(?<!\w)'(?:[^']|'')*'|\b(?:CASE|WHEN|THEN|ELSE|END)\b")
_NOT_PLAIN: Final = re.compile(r"\w'|\b(?:NOT|AND)\b|[<>!]")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a server says that the rows of a table live."""

    locality: str | None = ""
    """As the server writes it; empty if the database has no regions."""
    columns: Mapping[str, RegionOfCity | None] | None = None
    """The region of each city, by the name of the computed column."""
    is_locked: bool = False
    """Whether the table must be unlocked before its columns can be replaced."""

    @property
    def column(self) -> str | None:
        """The column that decides the region of a row."""
        if not (self.locality or "").startswith(BY_ROW):
            return None
        return (self.locality or "").removeprefix(BY_ROW)

    def regions_by(self, column: str) -> RegionOfCity | None:
        """Return the region of each city in a column."""
        return (self.columns or {}).get(column)


def read_placements(connection: Connection) -> dict[str, Placement]:
    """Return where the rows of each existing table live."""
    if connection.dialect.name == "sqlite":
        return {}
    has_regions = "CockroachDB" in connection.scalar(text("SELECT version()"))
    expressions: dict[str, dict[str, str]] = {}
    for table, column, expression in connection.execute(_COMPUTED):
        expressions.setdefault(table, {})[column] = expression
    present = inspect(connection).get_table_names()
    placements = {}
    for table in (table.name for table in Base.metadata.sorted_tables if table.name in present):
        create = _create_statement(connection, table) if has_regions else ""
        placements[table] = placement(create, expressions.get(table, {}))
    return placements


def _create_statement(connection: Connection, table: str) -> str | None:
    try:
        row = connection.execute(text(f"SHOW CREATE TABLE {table}")).one()
    except DBAPIError as error:
        if is_unavailable(error):
            raise
        return None
    return str(row[-1])


def placement(create_statement: str | None, expressions: Mapping[str, str]) -> Placement:
    """Return a placement from SHOW CREATE TABLE and the expressions of computed columns."""
    locality = locality_in(create_statement)
    column = (locality or "").removeprefix(BY_ROW)
    return Placement(
        locality,
        {
            name: regions_in(expression)
            for name, expression in expressions.items()
            if name in (REGION, NEXT_REGION, column)
        },
        is_locked=_LOCKED.search(create_statement or "") is not None,
    )


def locality_in(create_statement: str | None) -> str | None:
    """Return the locality at the end of a CREATE TABLE; empty if there is none."""
    if create_statement is None:
        return None
    found = _LOCALITY.findall(create_statement)
    if not found:
        return None if "LOCALITY" in create_statement else ""
    return " ".join(str(found[-1]).replace('"', "").split())


def regions_in(expression: str) -> RegionOfCity | None:
    """Return the region of each city in CASE WHEN city IN ('...', ...) THEN '...' ... END."""
    words = _CASE_WORDS.findall(expression)
    if _NOT_PLAIN.search(re.sub(r"(?<!\w)'(?:[^']|'')*'", " ", expression)):
        return None
    regions: dict[str, str] = {}
    cities: list[str] = []
    before = ""
    for word in words:
        if not word.startswith("'"):
            if (before, word) not in _GRAMMAR:
                return None
            before = word
        elif before == "WHEN":
            cities.append(_unquoted(word))
        elif before == "THEN" and cities:
            regions |= {city: _unquoted(word) for city in cities if city not in regions}
            cities = []
        else:
            return None
    return regions if before == "END" and not cities else None


_GRAMMAR: Final = {
    ("", "CASE"),
    ("CASE", "WHEN"),
    ("WHEN", "THEN"),
    ("THEN", "WHEN"),
    ("THEN", "ELSE"),
    ("THEN", "END"),
    ("ELSE", "END"),
}


def _unquoted(literal: str) -> str:
    return literal[1:-1].replace("''", "'")


def faults(placements: Mapping[str, Placement]) -> Iterator[str]:
    """Yield the tables that do not keep each row in the region of its city."""
    for table, found in placements.items():
        if found.locality and found.column is None:
            yield f"table {table} is {found.locality} and should be {BY_ROW}{REGION}"


def notes(placements: Mapping[str, Placement]) -> Iterator[str]:
    """Yield what is no fault but worth knowing: what could not be read, and cities that have moved.

    A city that has moved is in another region than in the catalogue, but its rows are sound.
    """
    for table, found in placements.items():
        if found.locality is None:
            yield f"the locality of {table} could not be read, and so not be compared"
        columns = dict(found.columns or {})
        if found.column and found.column not in columns:
            columns[found.column] = None
        for column, regions in columns.items():
            if regions is None:
                yield f"column {column} of {table} could not be read, and so not be compared"
                continue
            moved = [
                f"{city.name} in {regions[city.name]} for {city.region}"
                for city in CITIES.values()
                if regions.get(city.name, city.region) != city.region
            ]
            if moved:
                yield f"{table} has other regions than the catalogue: {', '.join(moved)}"


def unknown_cities(placements: Mapping[str, Placement]) -> list[str]:
    """Return the cities whose rows the cluster would refuse, in the order of the catalogue."""
    computed = [
        regions
        for found in placements.values()
        for regions in (found.columns or {}).values()
        if regions is not None
    ]
    return [city for city in CITIES if any(city not in regions for regions in computed)]
