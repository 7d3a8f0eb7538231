"""Errors of the driver, turned into domain errors. Their causes go to the log only."""

import logging
import sys
from typing import Any, Final, NoReturn

from sqlalchemy import exc

from movr.database.engine import broken_constraint, is_unavailable
from movr.errors import (
    DatabaseUnavailable,
    MovRError,
    NumberTaken,
    TooMuchContention,
    UnexpectedDatabaseError,
    UsernameTaken,
)

SERIALIZATION_FAILURE: Final = "40001"

# The keys that are broken by what somebody else has just written.
_TAKEN: Final[dict[str | None, type[MovRError]]] = {
    "uq_users_username": UsernameTaken,
    "uq_vehicles_number": NumberTaken,
}

_log = logging.getLogger(__package__)


class DomainErrors:
    """Turns errors of the driver into domain errors; see Reported for why it is a class."""

    def __enter__(self) -> None:
        self._handled_before = sys.exception()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (exc.DBAPIError, exc.TimeoutError)):
            _raise_for(_first_error(error, self._handled_before))


def _raise_for(first: exc.DBAPIError | exc.TimeoutError) -> NoReturn:
    if isinstance(first, exc.IntegrityError):
        broken = broken_constraint(first)
        if broken in _TAKEN:
            raise _TAKEN[broken] from first
        raise UnexpectedDatabaseError(f"broken: {broken}") from None
    cause: Any = getattr(first, "orig", first)
    if not is_unavailable(first):
        # The driver's own message may quote a row, so it must not reach the log.
        constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
        raise UnexpectedDatabaseError(
            f"{type(cause).__name__} {getattr(cause, 'pgcode', '')} {constraint or ''}".strip()
        ) from None
    _log.warning("Database error: %s", type(cause).__name__)
    if getattr(cause, "pgcode", None) == SERIALIZATION_FAILURE:
        raise TooMuchContention from first
    raise DatabaseUnavailable from first


def _first_error(
    error: exc.DBAPIError | exc.TimeoutError, handled_before: BaseException | None
) -> exc.DBAPIError | exc.TimeoutError:
    """Return the first error of a transaction.

    A rollback after it may fail as well, which does not tell what happened.
    """
    first, link = error, error.__context__
    while link is not None and link is not handled_before:
        if isinstance(link, exc.DBAPIError | exc.TimeoutError):
            first = link
        link = link.__context__
    return first
