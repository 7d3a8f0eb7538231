"""Adds a column, with or without a check, in a way that can be repeated."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

_CONSTRAINTS: Final = sa.text(
    "SELECT constraint_name FROM information_schema.table_constraints"
    " WHERE table_schema = current_schema() AND table_name = :table"
)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column where it is missing."""
    if op.get_context().dialect.name != "sqlite":
        op.add_column(table, column, if_not_exists=True)
    # SQLite cannot be told to do it only where it is missing.
    elif op.get_context().as_sql or column.name not in _columns_of(table):
        op.add_column(table, column)


def add_checked_column(table: str, name: str, type_: Any, check: str, condition: str) -> None:
    """Add a column that may be empty, and a check of a table's columns, where they are missing."""
    if op.get_context().dialect.name == "sqlite":
        # It adds a check only with a column.
        add_column(table, sa.Column(name, type_, sa.CheckConstraint(condition, name=check)))
        return
    add_column(table, sa.Column(name, type_))
    if op.get_context().as_sql or check not in _constraints_of(table):
        op.create_check_constraint(check, table, condition)


def _columns_of(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _constraints_of(table: str) -> set[str]:
    return set(op.get_bind().scalars(_CONSTRAINTS, {"table": table}))
