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

# There are as many as there are shapes of lists.
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


OneRead = Connection | Accompanied
"""What a read is handed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two SELECTs as one statement, whose first column is 0 in the rows of the companion.

    Those rows come first; those of the other one come in its order, as far as that is one of
    columns, from the lowest or the highest value on.
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
    derived = other.subquery()
    place_of: dict[Any, int] = dict(zip(derived.c, places, strict=True))
    order = (
        _towards(clause, both.selected_columns[1 + place_of[column]])
        for clause in other._order_by_clauses
        if (column := derived.corresponding_column(_column(clause))) is not None
    )
    return Pair(
        both.order_by(both.selected_columns[0], *order), _pick(range(len(of_one))), _pick(places)
    )


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

    Only of a table's columns is the type certain: a sum of integers is none on every database, and
    CockroachDB unites only what is of one type.
    """
    plain = column.element if isinstance(column, Label) else column
    return repr(plain.type) if isinstance(plain, Column) else object()


def _part(number: int, query: Select[Any], columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return query.with_only_columns(
        literal_column(str(number)).label("part"),
        *(column.label(f"c{place}") for place, column in enumerate(columns)),
    )


def _is_descending(clause: Any) -> bool:
    return isinstance(clause, UnaryExpression) and clause.modifier is desc_op


def _column(clause: Any) -> Any:
    """Return the column that a clause of ORDER BY names, or what is no column."""
    return clause.element if _is_descending(clause) else clause


def _towards(clause: Any, column: Any) -> Any:
    """Return a clause of ORDER BY for another column, in the same direction."""
    return column.desc() if _is_descending(clause) else column
