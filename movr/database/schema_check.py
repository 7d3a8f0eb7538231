"""Compares a database with the models and the catalogue: what is missing, what is different.

Anything else that a database has is ignored. Databases write the same condition in different words,
so only the columns and values in a condition are compared.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKeyConstraint,
    Inspector,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.types import TypeEngine

from movr.database import placement
from movr.database.engine import is_unavailable
from movr.database.placement import NEXT_REGION
from movr.database.schema import REGION
from movr.models import Base

T = TypeVar("T")

Part = tuple[str, str]
"""The kind and name of what is compared, such as ("index", "ix_users_list")."""
Parts = dict[Part, str | None]
"""The definition of each part; None if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison."""

    faults: list[str] = field(default_factory=list)
    """What this version needs and does not find, a phrase for each."""
    notes: list[str] = field(default_factory=list)
    """What is worth knowing and does no harm: above all, what could not be compared."""
    unknown_cities: list[str] = field(default_factory=list)
    """The cities of the catalogue whose rows the cluster would refuse."""


# Other names of servers for the types of the models. An INTEGER of CockroachDB has 64 bits.
_SAME_TYPES: Final = {
    "CHARACTER VARYING": "VARCHAR",
    "DOUBLE PRECISION": "FLOAT",
    "INTEGER": "BIGINT",
}
# SQLAlchemy's own reflection of columns needs more of CockroachDB than its stand-in in tests has.
_COLUMNS: Final = text(
    "SELECT column_name, data_type, character_maximum_length, is_nullable"
    " FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :table"
)


def compare_schema(connection: Connection) -> Comparison:
    """Return how the tables, and their places in a cluster of regions, differ from the models."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    seen = Comparison()
    for table in Base.metadata.sorted_tables:
        if table.name in present:
            _compare(table, inspector, connection, seen)
        else:
            seen.faults.append(f"table {table.name} is missing")
    found = _unless_unreadable(
        "where the rows live", seen, lambda: placement.read_placements(connection)
    )
    if found is not None:
        seen.faults.extend(placement.faults(found))
        seen.notes.extend(placement.notes(found))
        seen.unknown_cities.extend(placement.unknown_cities(found))
    if seen.unknown_cities:
        cities = ", ".join(seen.unknown_cities)
        seen.notes.append(f"the cluster does not know {cities} yet: nobody is offered them")
    return seen


def _unless_unreadable(what: str, seen: Comparison, read: Callable[[], T]) -> T | None:
    """Return what was read, or note that it could not be read.

    That is no fault: a sound deployment has to start with any version of its database.
    """
    try:
        return read()
    except Exception as error:
        if isinstance(error, DBAPIError | TimeoutError) and is_unavailable(error):
            raise
        seen.notes.append(f"{what} could not be compared ({type(error).__name__})")
        return None


def _compare(table: Table, inspector: Inspector, connection: Connection, seen: Comparison) -> None:
    found: Parts = {}
    unread: set[str] = set()
    for kinds, parts_of in _READERS.items():
        parts = _unless_unreadable(
            f"{kinds[-1]}s of {table.name}",
            seen,
            partial(lambda read: dict(read(table, inspector, connection)), parts_of),
        )
        if parts is None:
            unread.update(kinds)
        else:
            # Servers list a unique key among the indexes, too, with its condition.
            found = parts | found
    for (kind, name), definition in _wanted(table, connection).items():
        what = f"{kind} {name} of {table.name}"
        if kind in unread:
            continue
        if (kind, name) not in found:
            seen.faults.append(f"{what} is missing")
        elif found[kind, name] is None:
            seen.notes.append(f"{what} could not be compared")
        elif found[kind, name] != definition:
            seen.faults.append(f"{what} is {found[kind, name]} and should be {definition}")


def _wanted(table: Table, connection: Connection) -> Parts:
    parts: Parts = {}
    for column in table.columns:
        parts["column", column.name] = _column(
            column.type, bool(column.nullable), connection.dialect
        )
    parts["primary key", str(table.primary_key.name)] = _names(table.primary_key.columns.keys())
    for rule in table.constraints:
        name = str(rule.name)
        if isinstance(rule, ForeignKeyConstraint):
            parts["foreign key", name] = _reference(
                rule.column_keys,
                rule.referred_table.name,
                [element.column.name for element in rule.elements],
                rule.ondelete,
            )
        elif isinstance(rule, UniqueConstraint):
            parts["unique key", name] = _names(rule.columns.keys())
        elif isinstance(rule, CheckConstraint):
            parts["check", name] = _condition(str(rule.sqltext.compile(**_literal)), table)
    for index in table.indexes:
        where = index.dialect_options["postgresql"]["where"]
        condition = None if where is None else str(where.compile(**_literal))
        parts[_index(index.unique), str(index.name)] = _key(index.columns.keys(), condition, table)
    return parts


_literal: Final[dict[str, Any]] = {"compile_kwargs": {"literal_binds": True}}


Found = Iterator[tuple[Part, str | None]]


def _primary_key(table: Table, inspector: Inspector, _connection: Connection) -> Found:
    key = inspector.get_pk_constraint(table.name)
    yield ("primary key", str(key["name"])), _names(key["constrained_columns"])


def _foreign_keys(table: Table, inspector: Inspector, _connection: Connection) -> Found:
    for key in inspector.get_foreign_keys(table.name):
        yield (
            ("foreign key", str(key["name"])),
            _reference(
                key["constrained_columns"],
                key["referred_table"],
                key["referred_columns"],
                key.get("options", {}).get("ondelete"),
            ),
        )


def _indexes(table: Table, inspector: Inspector, _connection: Connection) -> Found:
    for index in inspector.get_indexes(table.name):
        options = index.get("dialect_options", {})
        condition = options.get("postgresql_where", options.get("sqlite_where"))
        yield (
            (_index(index["unique"]), str(index["name"])),
            _key(index["column_names"], None if condition is None else str(condition), table),
        )


def _unique_keys(table: Table, inspector: Inspector, _connection: Connection) -> Found:
    for key in inspector.get_unique_constraints(table.name):
        yield ("unique key", str(key["name"])), _names(key["column_names"])


def _checks(table: Table, inspector: Inspector, _connection: Connection) -> Found:
    for check in inspector.get_check_constraints(table.name):
        yield ("check", str(check["name"])), _condition(check["sqltext"], table)


def _columns(table: Table, inspector: Inspector, connection: Connection) -> Found:
    if connection.dialect.name == "sqlite":
        for column in inspector.get_columns(table.name):
            yield (
                ("column", column["name"]),
                _column(column["type"], column["nullable"], connection.dialect),
            )
        return
    for name, kind, length, nullable in connection.execute(_COLUMNS, {"table": table.name}):
        full = kind.upper() + (f"({length})" if length else "")
        yield ("column", name), _in_words(full, nullable == "YES")


def _column(type_: TypeEngine[Any], nullable: bool, dialect: Any) -> str:
    return _in_words(type_.compile(dialect), nullable)


def _in_words(type_name: str, nullable: bool) -> str:
    name, parenthesis, rest = type_name.partition("(")
    known = _SAME_TYPES.get(name, name) + parenthesis + rest
    return known if nullable else f"{known} NOT NULL"


def _index(unique: bool | None) -> str:
    return "unique key" if unique else "index"


def _names(columns: Iterable[str | None]) -> str:
    # On a cluster of regions, every key begins with the region, which follows from the city.
    own = (str(column) for column in columns if column not in (REGION, NEXT_REGION))
    return f"({', '.join(own)})"


def _reference(
    columns: Iterable[str], table: str, others: Iterable[str], on_delete: str | None
) -> str:
    reference = f"{_names(columns)} to {table} {_names(others)}"
    return f"{reference} on delete {on_delete}" if on_delete else reference


def _key(columns: Iterable[str | None], condition: str | None, table: Table) -> str | None:
    names = _names(columns)
    if condition is None:
        return names
    where = _condition(condition, table)
    return None if where is None else f"{names} where {where}"


def _condition(sql: str, table: Table) -> str | None:
    """Return the columns and values in a condition, and whether it negates anything.

    One without a known column cannot be read.
    """
    known: Mapping[str, Any] = {**table.columns, "not": None, "null": None}
    words = re.findall(r"'[a-z][^']*'|[a-z_]+", re.sub("!=|<>", " not ", sql), re.IGNORECASE)
    named = {word if word.startswith("'") else word.lower() for word in words}
    if named.isdisjoint(table.columns.keys()):
        return None
    return " ".join(sorted(word for word in named if word.startswith("'") or word in known))


# The last of the kinds is the one that an error message names.
_READERS: Final[dict[tuple[str, ...], Callable[[Table, Inspector, Connection], Found]]] = {
    ("column",): _columns,
    ("primary key",): _primary_key,
    ("foreign key",): _foreign_keys,
    ("unique key", "index"): _indexes,
    ("unique key",): _unique_keys,
    ("check",): _checks,
}
