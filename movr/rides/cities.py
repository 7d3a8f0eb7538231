"""The cities that a rider has ridden in, as a text on the rider's own row: in Python and in SQL.

The history asks these and no others, so that whoever rides at home asks no other region for it.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Dialect, String, func, literal, type_coerce
from sqlalchemy.types import TypeDecorator

# So many characters that the names of all cities fit in, several times over.
_LENGTH: Final = 2000
_EDGE: Final = "|"


class CityNames(TypeDecorator[tuple[str, ...]]):
    """The column that holds them, each between edges: "|rome||boston|"."""

    impl = String(_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else "".join(map(edged, value))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(filter(None, value.split(_EDGE)))


def edged(city: str) -> str:
    """Return the text that stands for one city."""
    return f"{_EDGE}{city}{_EDGE}"


def with_city(column: Any, city: str) -> ColumnElement[str]:
    """Return the names with this one, once, and as the last."""
    others = func.replace(type_coerce(column, String()), edged(city), "")
    return type_coerce(others, String()).concat(literal(edged(city)))
