"""Two SELECTs in one round trip: a companion travels with the next read.

Both become one statement. Each of its rows belongs to one of them, and has NULL in the columns that
only the other one has.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Label,
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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two SELECTs as one statement, whose first column is 0 in the rows of the companion.

    Those rows come first. Those of the other one come in its order, if that is one of columns, from
    the lowest or the highest value on; otherwise they come in none, and the read has to sort them.
    """

    statement: CompoundSelect[Any]
    columns_of_companion: Pick
    columns_of_other: Pick

    def values(self, companion: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of both."""
        return {**other, **{_renamed(name): value for name, value in companion.items()}}


@lru_cache(_MAX_PAIRS)
def pair(companion: Select[Any], other: Select[Any]) -> Pair:
    """Return two SELECTs as one; columns of the same type share a place, so that rows are short."""
    one = cloned_traverse(companion, {}, {"bindparam": _rename})
    of_one, of_other = list(one.selected_columns), list(other.selected_columns)
    places = list(_places(of_one, of_other))
    at = dict(zip(places, of_other, strict=True))
    behind = range(len(of_one), 1 + max(places))
    first = [*of_one, *(type_coerce(null(), at[place].type) for place in behind)]
    second = [at.get(place, null()) for place in range(len(first))]
    both = union_all(_part(0, one, first), _part(1, other, second))
    part, *columns = both.selected_columns
    order = _order(other, [columns[place] for place in places])
    return Pair(both.order_by(part, *order), _pick(range(len(of_one))), _pick(places))


def _pick(places: Sequence[int]) -> Pick:
    if len(places) == 1:
        # Of one place, itemgetter would return what is there, not a sequence of it.
        return itemgetter(slice(1 + places[0], 2 + places[0]))
    return itemgetter(*(1 + place for place in places))


def _rename(value: BindParameter[Any]) -> None:
    if value.required:
        value.key = _renamed(value.key)


def _renamed(name: str) -> str:
    return f"companion_{name}"


def _places(one: Sequence[ColumnElement[Any]], two: Sequence[ColumnElement[Any]]) -> Iterator[int]:
    """Yield where each column of `two` stands: with one of `one` that is like it, or behind."""
    free = dict(enumerate(map(_kind, one)))
    behind = count(len(free))
    for kind in map(_kind, two):
        place = next((place for place, other in free.items() if other == kind), None)
        if place is not None:
            del free[place]
        yield next(behind) if place is None else place


def _kind(column: ColumnElement[Any]) -> object:
    """Return what two columns have in common that may share a place.

    Only of a table's columns is the type certain: a sum of integers is none on every database. Of
    columns whose types differ, CockroachDB casts one to that of the other, or refuses to.
    """
    plain = column.element if isinstance(column, Label) else column
    return repr(plain.type) if isinstance(plain, Column) else object()


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
