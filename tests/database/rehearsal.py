"""Runs every callback twice: once in a savepoint that is rolled back, then for real.

run_transaction may run a callback any number of times. What breaks then shows at the first call
here: side effects, clocks, chance, generators that are used up.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from sqlalchemy.orm import Session

from movr import MovR
from movr.database.ways import Way
from movr.errors import MovRError

Outcome = tuple[str, Any]


def rehearse_writes(movr: MovR) -> None:
    """Make each write of this MovR a rehearsed one."""
    write_by = movr._write_by

    def rehearsed_write(way: Way, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        @wraps(callback)
        def rehearse_and_run(session: Session) -> Any:
            rehearsal = _rehearse(session, lambda: callback(session, *args, **kwargs))
            try:
                result = callback(session, *args, **kwargs)
            except Exception as error:
                _require_same(rehearsal, ("raises", type(error)))
                raise
            _require_same(rehearsal, ("returns", result))
            return result

        return write_by(way, rehearse_and_run)

    movr._write_by = rehearsed_write  # type: ignore[method-assign]  # for this one object only


def _rehearse(session: Session, run: Callable[[], Any]) -> Outcome:
    """Run in a savepoint, roll back, and say what came of it."""
    savepoint = session.begin_nested()
    try:
        outcome = ("returns", run())
        # What the callback left to the session would be written before a retry could come.
        session.flush()
    except Exception as error:  # noqa: BLE001 (the real run raises it again)
        outcome = ("raises", type(error))
    savepoint.rollback()
    return outcome


def _require_same(first: Outcome, second: Outcome) -> None:
    if _comparable(first) != _comparable(second):
        raise AssertionError(f"run again, a callback ends differently: {first}, then {second}")


def _comparable(outcome: Outcome) -> Outcome:
    """The outcome with a refusal by its kind: no two exceptions are equal."""
    how, what = outcome
    return (how, type(what)) if isinstance(what, MovRError) else outcome
