"""Reads from the nearest replica, a few seconds behind, instead of a distant region.

Only CockroachDB has such replicas: elsewhere the same statement reads current data.
"""

from typing import Any, Final, Self

from sqlalchemy import Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Subquery

from movr.database.preparing import NEVER_PREPARED

FROM_THE_NEAREST: Final = " AS OF SYSTEM TIME follower_read_timestamp()"
"""Makes CockroachDB read from the nearest replica. It is allowed only at the end of the FROM of
the outermost SELECT, and applies to all of the statement."""


class _FewSecondsAgo(Subquery):
    """A query in the FROM of another one, with nothing else there."""

    inherit_cache = True

    @classmethod
    def of(cls, query: Select[Any]) -> Self:
        return cls._construct(query, name="found")


@compiles(_FewSecondsAgo, "cockroachdb")
def _compile(query: _FewSecondsAgo, compiler: SQLCompiler, **options: Any) -> str:
    text: str = compiler.visit_subquery(query, **options)  # type: ignore[no-untyped-call]  # SQLAlchemy's
    return text + FROM_THE_NEAREST if options.get("asfrom") else text


def few_seconds_ago(query: Select[Any], *order: str) -> Select[Any]:
    """Return a query for the same rows as of a few seconds ago, in the order of these columns."""
    found = _FewSecondsAgo.of(query)
    # CockroachDB reads the past only in a message of one statement.
    past = select(found).execution_options(**NEVER_PREPARED)
    return past.order_by(*(found.c[name] for name in order))
