"""Ids and times as the text in which CockroachDB sends them, for those who keep what it means.

To convert the ids and times of a page of rides takes the driver longer than all other columns.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg2 import extensions

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def time_in(text: str) -> datetime:
    """Return the time in a text; one beyond Python's years is the first or the last there is."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # Infinity, which nothing of MovR's writes, but an operator may. In JSON, CockroachDB has a
        # year for it: 294277, and -4714.
        return _FIRST if text.startswith("-") else _LAST


# The OIDs of UUID and TIMESTAMPTZ.
MEANINGS: Final[Mapping[int, Callable[[str], object]]] = {2950: UUID, 1184: time_in}
"""What the text of a column means, by the type in the cursor's description."""

_TEXT: Final[Any] = extensions.new_type(tuple(MEANINGS), "TEXT_OF_VALUES", extensions.UNICODE)


def leave_as_text(cursor: extensions.cursor) -> None:
    """Have a cursor return such columns as text."""
    extensions.register_type(_TEXT, cursor)
