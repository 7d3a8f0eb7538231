"""What keeps a transaction from its end: errors that the server raises, and rivals.

All of it happens in the server, so that MovR gets what it would get in production.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import Session

from movr import MovR, transactions
from movr.database import Report, database
from movr.models import Vehicle as Vehicles
from movr.records import Vehicle
from tests.database.backends import COCKROACHDB, Backend

Step = Callable[[Session], object]

# The callbacks of all writes by their names.
WRITES: Final[dict[str, Callable[..., Any]]] = {
    name: getattr(transactions, name) for name in transactions.__all__
}

SERIALIZATION_FAILURE: Final = "40001"
COMPLETION_UNKNOWN: Final = "40003"
DEADLOCK: Final = "40P01"


def failure(backend: Backend, sqlstate: str) -> Step:
    """A step in which the server fails a statement of the transaction with this SQLSTATE."""
    if backend.name == COCKROACHDB:
        statement = f"SELECT crdb_internal.force_error('{sqlstate}', 'by order')"
    else:
        order = f"RAISE EXCEPTION 'by order' USING ERRCODE = '{sqlstate}'"
        statement = f"DO $$ BEGIN {order}; END $$"
    return lambda session: session.execute(text(statement))


def overtaking(rival: MovR, vehicle: Vehicle, times: int) -> Step:
    """A step that reads a vehicle's row, which then, so many times, a rival changes first."""
    attempts = iter(range(times))

    def read_and_be_overtaken(session: Session) -> None:
        session.execute(select(Vehicles.color).where(*_is(vehicle)))
        if next(attempts, None) is not None:
            with rival.engine.begin() as connection:
                touch(connection, vehicle)

    return read_and_be_overtaken


def touch(connection: Connection, vehicle: Vehicle) -> None:
    """Write a vehicle's row as it is: nothing has changed but for whoever is at it just now."""
    connection.execute(update(Vehicles).where(*_is(vehicle)).values(color=Vehicles.color))


def interpose(
    patch: pytest.MonkeyPatch,
    callback_name: str,
    *,
    before: Step | None = None,
    after: Step | None = None,
) -> None:
    """Take a step of one's own before or after each attempt of a write."""
    assert callback_name in WRITES
    original = database.attempt

    def attempt(report: Report, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        @wraps(callback)
        def interposed(session: Session, *given: Any, **arguments: Any) -> Any:
            if before is not None:
                before(session)
            result = callback(session, *given, **arguments)
            if after is not None:
                after(session)
            return result

        is_this = callback.__name__ == callback_name
        return original(report, interposed if is_this else callback, *args, **kwargs)

    patch.setattr(database, "attempt", attempt)


def _is(vehicle: Vehicle) -> tuple[Any, Any]:
    return Vehicles.city == vehicle.city, Vehicles.id == vehicle.id
