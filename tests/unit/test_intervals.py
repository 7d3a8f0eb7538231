"""elapsed() and milliseconds(): the SQL of each database, and what SQLite makes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from movr.database.column_types import UTCDateTime
from movr.database.intervals import elapsed, milliseconds
from movr.models import Ride

BETWEEN = elapsed(Ride.start_time, Ride.end_time)


def test_cockroachdb_subtracts():
    sql = str(BETWEEN.compile(dialect=CockroachDBDialect_psycopg2()))
    assert sql == "(rides.end_time - rides.start_time)"


def test_sqlite_counts_from_the_epoch():
    sql = str(BETWEEN.compile(dialect=sqlite.dialect()))
    days = "2440587.5 + julianday(rides.end_time) - julianday(rides.start_time)"
    assert sql == f"strftime('%Y-%m-%d %H:%M:%f000', {days})"


@pytest.mark.parametrize(
    "length",
    [
        timedelta(0),
        timedelta(milliseconds=1),
        timedelta(milliseconds=999),
        timedelta(minutes=25, seconds=13, milliseconds=7),
        timedelta(days=1),
        timedelta(days=3000, milliseconds=1),
    ],
    ids=str,
)
def test_sqlite_is_right_to_the_millisecond(length):
    start = datetime(2026, 2, 28, 23, 59, 59, 999000, tzinfo=UTC)
    start_time, end_time = (literal(moment, UTCDateTime()) for moment in (start, start + length))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert connection.scalar(select(elapsed(start_time, end_time))) == length
        counted = connection.scalar(select(milliseconds(start_time, end_time)))
        assert counted == length // timedelta(milliseconds=1)
    engine.dispose()
