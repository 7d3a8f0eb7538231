"""Two SELECTs in one round trip: a companion travels with the next read.

Both become one statement. In its first rows it has those of the companion, each as one column; in
the others that column is NULL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    UnaryExpression,
    literal_column,
    null,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.operators import desc_op
from sqlalchemy.sql.visitors import cloned_traverse

from movr.database.packed import packed

Pick = Callable[[Any], Any]
"""Returns those columns of a row, or of what describes them, that belong to one SELECT."""

Query = Select[Any] | CompoundSelect[Any]

# More than there are shapes of reads.
_MAX_PAIRS: Final = 500


@dataclass(eq=False, slots=True)
class Companion:
    """A SELECT with its values; its rows are None until another read has taken it along."""

    statement: Select[Any]
    values: Mapping[str, Any]
    rows: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Accompanied:
    """What a read sends its SELECT through, and the companion that it takes along."""

    reader: Connection | Session
    companion: Companion


ReadThrough = Connection | Accompanied
"""What a read is handed."""


COMPANION: Final[Pick] = itemgetter(slice(1, 2))
"""Returns the column that holds a row of the companion."""

OTHER: Final[Pick] = itemgetter(slice(2, None))
"""Returns the columns of the other SELECT."""


@lru_cache(_MAX_PAIRS)
def pair(companion: Select[Any], other: Select[Any]) -> CompoundSelect[Any]:
    """Return two SELECTs as one, whose first column is 0 in the rows of the companion.

    Those rows come first. Those of the other one come in its order, if that is one of columns, from
    the lowest or the highest value on; otherwise they come in none, and the read has to sort them.
    """
    one = cloned_traverse(companion, {}, {"bindparam": _rename})
    own = list(other.selected_columns)
    first = [packed(list(one.selected_columns)), *(type_coerce(null(), it.type) for it in own)]
    both = union_all(_part(0, one, first), _part(1, other, [null(), *own]))
    part, _packed, *columns = both.selected_columns
    options = companion.get_execution_options() | other.get_execution_options()
    return both.order_by(part, *_order(other, columns)).execution_options(**options)


def values_of_pair(companion: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of both."""
    return {**other, **{_renamed(name): value for name, value in companion.items()}}


def _rename(value: BindParameter[Any]) -> None:
    if value.required:
        value.key = _renamed(value.key)


def _renamed(name: str) -> str:
    return f"companion_{name}"


def _part(number: int, query: Select[Any], columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return query.with_only_columns(
        literal_column(str(number)).label("part"),
        *(column.label(f"c{place}") for place, column in enumerate(columns)),
    )


def _order(query: Select[Any], columns: Sequence[ColumnElement[Any]]) -> list[Any]:
    """Return the order of a query, in terms of what stands for its columns; empty if it has none.

    Also empty if it is ordered by anything but its columns.
    """
    derived = query.subquery()
    standing_for: dict[Any, ColumnElement[Any]] = dict(zip(derived.c, columns, strict=True))
    order: list[Any] = []
    for clause in query._order_by_clauses:
        is_descending = isinstance(clause, UnaryExpression) and clause.modifier is desc_op
        named: Any = clause.element if is_descending else clause
        if (own := derived.corresponding_column(named)) is None:
            return []
        order.append(standing_for[own].desc() if is_descending else standing_for[own])
    return order
