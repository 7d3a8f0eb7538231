"""The time between two moments, in each database's own SQL: an interval, or milliseconds."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Interval
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class elapsed(GenericFunction[timedelta]):
    """The time from the first argument to the second; on SQLite, to the millisecond."""

    type = Interval()
    inherit_cache = True


@compiles(elapsed)
def _subtract(element: elapsed, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({end} - {start})"


@compiles(elapsed, "sqlite")
def _subtract_days(element: elapsed, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    # SQLite has no intervals: SQLAlchemy stores the moment that is so long after the epoch, which
    # is Julian day 2440587.5.
    days = f"2440587.5 + julianday({end}) - julianday({start})"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {days})"


class milliseconds(GenericFunction[int]):
    """The milliseconds from the first argument to the second, for sums."""

    type = BigInteger()
    inherit_cache = True


@compiles(milliseconds)
def _from_seconds(element: milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(round(EXTRACT(epoch FROM ({end} - {start})) * 1000) AS BIGINT)"


@compiles(milliseconds, "sqlite")
def _from_days(element: milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(round((julianday({end}) - julianday({start})) * 86400000) AS INTEGER)"
