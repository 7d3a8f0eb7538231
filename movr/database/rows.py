"""Rows of lists as records.

To convert a row takes several times as long as to look it up, and most rows of a list are as they
were when they were read last. So a row gives the very record that it gave then: a list still shows
what the database has returned just now.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import repeat
from typing import Any, Final, TypeVar

from sqlalchemy import CursorResult, Dialect, Result

T = TypeVar("T")
Conversion = Callable[[Any], Any]

MAX_KEPT: Final = 4096
"""So many rows are kept with their records: 7 MB of vehicles or rides."""

# By the kind of record, the database and the columns.
_conversions: Final[dict[tuple[type[Any], type[Dialect], tuple[str, ...]], Conversion]] = {}


def records(kind: type[T], found: Result[Any]) -> list[T]:
    """Return the rows of a list, whose columns are the fields of a kind of record."""
    if not isinstance(found, CursorResult):
        # Sessions have converted them already.
        return [kind(*row) for row in found]
    # The two steps of all(): the rows as the driver returns them, and how to convert one.
    rows: list[Any] = found._fetchall_impl()
    row_of: Conversion = found._row_getter  # type: ignore[assignment]  # Only scalars have none.
    convert = _conversions.setdefault(
        (kind, type(found.dialect), tuple(found.keys())), lambda values: kind(*row_of(values))
    )
    return list(map(_record, repeat(convert), rows))


@lru_cache(MAX_KEPT)
def _record(convert: Conversion, values: Any) -> Any:
    return convert(values)
