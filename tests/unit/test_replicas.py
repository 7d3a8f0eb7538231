"""Where the clause for the nearest replica stands: CockroachDB takes it in one place only."""

import re

import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from movr.database.replicas import FROM_THE_NEAREST, few_seconds_ago
from movr.models import Vehicle
from movr.vehicles import map_queries

NEWEST = select(Vehicle.city, Vehicle.id).where(Vehicle.city == "rome").order_by(Vehicle.id)
QUERIES = {
    "list": (few_seconds_ago(NEWEST, "id"), " ORDER BY found.id"),
    "near": (map_queries._near(True, True, True), ""),
    "view": (map_queries._in_view(True, True, True), " ORDER BY found.cell, found.id"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_clause_ends_the_from_of_the_outermost_select(name: str):
    query, rest = QUERIES[name]
    sql = sql_of(query)
    assert sql.count("SYSTEM TIME") == 1
    assert sql.endswith(f") AS found AS OF SYSTEM TIME follower_read_timestamp(){rest}")
    # In the outermost SELECT nothing but the query is read, and that is all in parentheses.
    outermost = within_no_parentheses(sql)
    assert outermost.count("SELECT") == outermost.count("FROM") == 1


@pytest.mark.parametrize("name", QUERIES)
def test_other_databases_are_asked_without_the_clause(name: str):
    assert "SYSTEM TIME" not in str(QUERIES[name][0].compile(dialect=SQLiteDialect()))


def test_exact_queries_are_without_the_clause():
    for query in (
        NEWEST,
        map_queries._near(True, True, False),
        map_queries._in_view(True, True, False),
    ):
        assert FROM_THE_NEAREST not in sql_of(query)


def sql_of(query: Select) -> str:
    """The statement for CockroachDB, in one line."""
    text = str(query.compile(dialect=CockroachDBDialect_psycopg2()))
    return " ".join(text.split())


def within_no_parentheses(sql: str) -> str:
    """What is left of a statement without its subqueries."""
    while "(" in sql:
        sql = re.sub(r"\([^()]*\)", "", sql)
    return sql
