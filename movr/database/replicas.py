"""Reads from the nearest replica, which is a few seconds behind, in place of the one far away.

Only CockroachDB has such replicas: elsewhere the same statement reads what is true now.
"""

from typing import Any, Final, Self

from sqlalchemy import Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Subquery

FROM_THE_NEAREST: Final = " AS OF SYSTEM TIME follower_read_timestamp()"
"""What has CockroachDB read from the nearest replica. It stands at the end of the list of FROM,
in the outermost SELECT only, and goes for all that is in it."""


class _FewSecondsAgo(Subquery):
    """A query in the FROM of another one, which has to have nothing else there."""

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
    return select(found).order_by(*(found.c[name] for name in order))
