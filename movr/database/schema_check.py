"""Compares the tables of a database with the models: what is missing, and what is different.

What a database has besides is its own affair. Databases write the same condition in different
words, so of a condition the columns and values that it names are compared.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

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
from sqlalchemy.types import TypeEngine

from movr.database.schema import REGION
from movr.models import Base

Part = tuple[str, str]
"""What is compared, such as ("index", "ix_users_list")."""
Parts = dict[Part, str]

# What servers call a type that the models name otherwise. An INTEGER of CockroachDB has 64 bits.
_SAME_TYPES: Final = {
    "CHARACTER VARYING": "VARCHAR",
    "DOUBLE PRECISION": "FLOAT",
    "INTEGER": "BIGINT",
}
# SQLAlchemy's own reflection of columns asks CockroachDB for what its stand-in in tests has not.
_COLUMNS: Final = text(
    "SELECT column_name, data_type, character_maximum_length, is_nullable"
    " FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :table"
)


def schema_faults(connection: Connection) -> list[str]:
    """Return what keeps the tables from being those of the models, in a phrase for each fault."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    return [
        fault
        for table in Base.metadata.sorted_tables
        for fault in (
            _faults(table, _wanted(table, connection), _found(table, inspector, connection))
            if table.name in present
            else [f"table {table.name} is missing"]
        )
    ]


def _faults(table: Table, wanted: Parts, found: Parts) -> Iterator[str]:
    for (kind, name), definition in wanted.items():
        what = f"{kind} {name} of {table.name}"
        if (kind, name) not in found:
            yield f"{what} is missing"
        elif found[kind, name] != definition:
            yield f"{what} is {found[kind, name]} and should be {definition}"


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
            )
        elif isinstance(rule, UniqueConstraint):
            parts["unique key", name] = _names(rule.columns.keys())
        elif isinstance(rule, CheckConstraint):
            parts["check", name] = _condition(str(rule.sqltext.compile(**_literal)), table)
    for index in table.indexes:
        where = index.dialect_options["postgresql"]["where"]
        condition = None if where is None else str(where.compile(**_literal))
        parts[_index(index.unique), str(index.name)] = _names(index.columns.keys()) + _where(
            condition, table
        )
    return parts


_literal: Final[dict[str, Any]] = {"compile_kwargs": {"literal_binds": True}}


def _found(table: Table, inspector: Inspector, connection: Connection) -> Parts:
    parts: Parts = dict(_columns(table, inspector, connection))
    primary_key = inspector.get_pk_constraint(table.name)
    parts["primary key", str(primary_key["name"])] = _names(primary_key["constrained_columns"])
    for reference in inspector.get_foreign_keys(table.name):
        parts["foreign key", str(reference["name"])] = _reference(
            reference["constrained_columns"],
            reference["referred_table"],
            reference["referred_columns"],
        )
    for index in inspector.get_indexes(table.name):
        options = index.get("dialect_options", {})
        condition = options.get("postgresql_where", options.get("sqlite_where"))
        parts[_index(index["unique"]), str(index["name"])] = _names(index["column_names"]) + _where(
            None if condition is None else str(condition), table
        )
    # On servers these are among the indexes, too.
    for key in inspector.get_unique_constraints(table.name):
        parts.setdefault(("unique key", str(key["name"])), _names(key["column_names"]))
    for check in inspector.get_check_constraints(table.name):
        parts["check", str(check["name"])] = _condition(check["sqltext"], table)
    return parts


def _columns(
    table: Table, inspector: Inspector, connection: Connection
) -> Iterator[tuple[Part, str]]:
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
    # On a cluster of regions, every key begins with a region that follows from the city.
    return f"({', '.join(str(column) for column in columns if column != REGION)})"


def _reference(columns: Iterable[str], table: str, others: Iterable[str]) -> str:
    return f"{_names(columns)} to {table} {_names(others)}"


def _where(condition: str | None, table: Table) -> str:
    return "" if condition is None else f" where {_condition(condition, table)}"


def _condition(sql: str, table: Table) -> str:
    """Return the columns and values that a condition names, and whether it negates anything."""
    known: Mapping[str, Any] = {**table.columns, "not": None}
    words = re.findall(r"'[a-z][^']*'|[a-z_]+", re.sub("!=|<>", " not ", sql), re.IGNORECASE)
    named = {word if word.startswith("'") else word.lower() for word in words}
    return " ".join(sorted(word for word in named if word.startswith("'") or word in known))
