"""Adds a column, in a way that can be repeated."""

from typing import Any

import sqlalchemy as sa
from alembic import op


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column where it is missing."""
    if op.get_context().dialect.name != "sqlite":
        op.add_column(table, column, if_not_exists=True)
    # SQLite cannot be told to do it only where it is missing.
    elif op.get_context().as_sql or column.name not in _columns_of(table):
        op.add_column(table, column)


def _columns_of(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
