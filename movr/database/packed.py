"""A row as one column: an array in JSON, for which the statement's other rows have one NULL."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    Integer,
    Interval,
    Numeric,
    String,
    TypeDecorator,
    Uuid,
    func,
)
from sqlalchemy.types import TypeEngine, UserDefinedType

from movr.database.values import time_in

Convert = Callable[[Any], Any]

# Of others, the text in JSON is not the same on each database, or not what the driver gives.
_KNOWN: Final = (Boolean, DateTime, Float, Integer, String, Uuid)


def packed(columns: Sequence[ColumnElement[Any]]) -> ColumnElement[list[Any]]:
    """Return one column for all these; in a row it has the values that they would have.

    They may be texts, numbers, booleans, ids and times; raises TypeError for others. SQLite has no
    such function.
    """
    types = tuple(column.type for column in columns)
    if unknown := [type_ for type_ in types if not isinstance(_stored(type_), _KNOWN)]:
        raise TypeError(f"{unknown[0]!r} can't be packed")
    return func.json_build_array(*columns, type_=_Packed(types))


class _Packed(UserDefinedType[list[Any]]):
    cache_ok = True

    def __init__(self, types: tuple[TypeEngine[Any], ...]) -> None:
        self.types: Final = types

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        """Return what makes values of an array, in place, which the driver has read just now."""
        processors = [
            (place, process)
            for place, type_ in enumerate(self.types)
            for process in _processors(type_.dialect_impl(dialect), dialect)
        ]

        def convert(row: list[Any] | None) -> list[Any] | None:
            if row is not None:
                for place, process in processors:
                    if row[place] is not None:
                        row[place] = process(row[place])
            return row

        return convert


def _stored(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    # An interval is a decorator, too, for databases that have none.
    if isinstance(type_, TypeDecorator) and not isinstance(type_, Interval):
        return type_.impl_instance
    return type_


def _processors(type_: TypeEngine[Any], dialect: Dialect) -> Iterator[Convert]:
    """Yield what makes a value of what stands for it in JSON, one after the other."""
    stored = _stored(type_)
    if isinstance(stored, Uuid):
        yield UUID
    if isinstance(stored, DateTime):
        yield time_in
    if isinstance(stored, Numeric):
        # 40.0 is 40 in JSON. Of what comes in this way, the driver's own would not know the type.
        yield float
    elif process := type_.result_processor(dialect, None):
        yield process
