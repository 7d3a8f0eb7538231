"""The clock of the backend API. Callbacks have none: they are handed the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time in UTC, to the millisecond: the finest that SQLite can compute with."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
