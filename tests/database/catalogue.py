"""What a database consists of, in its own words, to be compared with another one's.

Unlike the check of the schema it knows nothing of the models, and misses nothing.
"""

import re

from sqlalchemy import text

from movr import MovR

_COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' AND column_name <> 'region'
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_SQLITE = "SELECT name, sql FROM sqlite_master"


def schema_of(movr: MovR) -> set[tuple[object, ...]]:
    """Every column, constraint and index, but for the column of the region."""
    queries = [_COLUMNS, _CONSTRAINTS, _INDEXES]
    if movr.engine.name == "sqlite":
        queries = [_SQLITE]
    with movr.engine.connect() as connection:
        rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
    if movr.engine.name == "sqlite":
        # A table is kept as it was written, a column that came later is on the line of the one
        # before, a check that came later on that of its column, and constraints have no order.
        return {
            (name, part.strip(" \t,"))
            for name, sql in rows
            for part in re.split(r"\n|, (?=\w+ [A-Z])| (?=CONSTRAINT )", sql or "")
        }
    return set(rows)


def revisions_of(movr: MovR) -> list[str]:
    """The revisions that are on record, of which there should be one."""
    with movr.engine.connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def run(movr: MovR, *statements: str) -> None:
    """Execute statements one by one, each in a transaction of its own."""
    for statement in statements:
        with movr.engine.begin() as connection:
            connection.exec_driver_sql(statement)
