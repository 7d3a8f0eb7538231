"""Cursors: where the next page of a list begins, as a short text for a URL.

Lists are paged by key, never by offset, so that page 1,000 costs as much as page 1.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from movr.errors import InvalidCursor
from movr.kinds import VehicleStatus
from movr.records import Page

PAGE_SIZE: Final = 24

_SEPARATOR: Final = "~"

Record = TypeVar("Record")


def write_cursor(*key: str | UUID | datetime) -> str:
    """Return the cursor for the rows after the one with this key."""
    return _SEPARATOR.join(
        part.isoformat() if isinstance(part, datetime) else str(part) for part in key
    )


def _read(cursor: str, *readers: Callable[[str], Any]) -> tuple[Any, ...]:
    parts = cursor.split(_SEPARATOR)
    try:
        return tuple(reader(part) for reader, part in zip(readers, parts, strict=True))
    except (ValueError, OverflowError):
        raise InvalidCursor(cursor[:100]) from None


def _id(text: str) -> UUID:
    found = UUID(text)
    # UUID() accepts any number of hyphens, and so texts of any length.
    if str(found) != text:
        raise ValueError("an id in another notation")
    return found


def _aware_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    # Near the first and the last year an offset raises OverflowError.
    return moment.astimezone(UTC)


def read_rider_cursor(cursor: str) -> str:
    """Return the username after which the page of riders begins; raises InvalidCursor."""
    if not cursor.isprintable():
        raise InvalidCursor(cursor[:100])
    return cursor


def read_vehicle_cursor(cursor: str) -> tuple[VehicleStatus, UUID]:
    """Return the status and id after which the page of vehicles begins; raises InvalidCursor."""
    status, vehicle_id = _read(cursor, VehicleStatus, _id)
    return status, vehicle_id


def read_ride_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the start time and id after which the page of rides begins; raises InvalidCursor."""
    start_time, ride_id = _read(cursor, _aware_time, _id)
    return start_time, ride_id


def page_of(
    found: Sequence[Record],
    cursor: Callable[[Record], str],
    size: int | None = None,
) -> Page[Record]:
    """Return a page of up to `size` + 1 records: an extra one means that there is a next page.

    A page has PAGE_SIZE of them unless told otherwise.
    """
    size = size or PAGE_SIZE
    shown = tuple(found[:size])
    return Page(shown, cursor(shown[-1]) if len(found) > size else None)
