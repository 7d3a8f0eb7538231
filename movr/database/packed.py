"""A row in one column: an array of JSON, which takes its statement no more room than one column."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Dialect,
    Interval,
    Numeric,
    TypeDecorator,
    Uuid,
    func,
)
from sqlalchemy.types import TypeEngine, UserDefinedType

from movr.database.values import time_in

Convert = Callable[[Any], Any]


def packed(columns: Sequence[ColumnElement[Any]]) -> ColumnElement[list[Any]]:
    """Return one column for all these; in a row it has the values that they would have.

    They may be texts, numbers, booleans, ids and times. Raises TypeError for an interval, whose
    text is not the same on each database. For CockroachDB.
    """
    types = tuple(column.type for column in columns)
    if any(isinstance(type_, Interval) for type_ in types):
        raise TypeError("an interval can't be packed")
    return func.json_build_array(*columns, type_=_Packed(types))


class _Packed(UserDefinedType[list[Any]]):
    cache_ok = True

    def __init__(self, types: tuple[TypeEngine[Any], ...]) -> None:
        self.types: Final = types

    def result_processor(self, dialect: Dialect, coltype: object) -> Convert:
        """Return what makes values of an array, which the driver has read."""
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


def _processors(type_: TypeEngine[Any], dialect: Dialect) -> Iterator[Convert]:
    """Yield what makes a value of what stands for it in JSON, one after the other."""
    stored = type_.impl_instance if isinstance(type_, TypeDecorator) else type_
    if isinstance(stored, Uuid):
        yield UUID
    if isinstance(stored, DateTime):
        yield time_in
    # Numbers are numbers already.
    if not isinstance(stored, Numeric) and (process := type_.result_processor(dialect, None)):
        yield process
