"""Ids and times as the driver for CockroachDB returns them, each converted from its text once.

The same ones are read again and again: those of a page of rides take longer to convert than
everything else about them.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from psycopg2 import extensions

MAX_KEPT: Final = 8192
"""So many ids, and so many times, are kept: 5 MB."""

# The OIDs of their types.
_UUID: Final = 2950
_TIMESTAMPTZ: Final = 1184


def _kept(oid: int, name: str, read: Callable[[str], object]) -> Any:
    known = lru_cache(MAX_KEPT)(read)

    def value_of(text: Any, _cursor: object) -> object:
        return None if text is None else known(text)

    return extensions.new_type((oid,), name, value_of)


_TYPES: Final = (
    _kept(_UUID, "KEPT_UUID", UUID),
    _kept(_TIMESTAMPTZ, "KEPT_TIMESTAMPTZ", datetime.fromisoformat),
)


def keep_values(connection: extensions.connection) -> None:
    """Have a connection keep the values that it converts."""
    for each in _TYPES:
        extensions.register_type(each, connection)
