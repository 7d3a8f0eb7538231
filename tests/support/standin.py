"""Gives PostgreSQL CockroachDB's way of retrying, so that run_transaction works on it for real.

PostgreSQL keeps its snapshot across ROLLBACK TO SAVEPOINT, so that a conflict met once is met for
ever. CockroachDB begins anew there, and so does PostgreSQL with these statements put in place.
"""

import threading
from typing import Any

from sqlalchemy import Engine, event

_RESTART = "cockroach_restart"

# CockroachDB commits at RELEASE: a conflict shows there, where run_transaction can still retry.
# SQLAlchemy sends no ROLLBACK TO then, and CockroachDB takes the next SAVEPOINT for one. Here the
# failed COMMIT has ended the transaction: without a BEGIN, each statement would commit by itself.
_MEANINGS = {
    f"SAVEPOINT {_RESTART}": "ROLLBACK; BEGIN",
    f"ROLLBACK TO SAVEPOINT {_RESTART}": "ROLLBACK; BEGIN",
    f"RELEASE SAVEPOINT {_RESTART}": "COMMIT; BEGIN",
}


class Retries:
    """How many times an engine's transactions were run again, over all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """Retries since the listener was installed."""
        with self._lock:
            return self._count

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self._count += 1


def install_retry_savepoint(engine: Engine) -> Retries:
    """Translate the savepoint of run_transaction on an engine; the answer counts its retries."""
    retries = Retries()
    # Connections whose savepoint was rolled back or released. A savepoint that follows is a retry;
    # where the callback succeeded or failed for good, the transaction ends instead.
    key = "movr_left_savepoint"

    def forget(connection: Any) -> None:
        connection.info.pop(key, None)

    def translate(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        meaning = _MEANINGS.get(statement.strip())
        if meaning is None:
            return statement, parameters
        if not statement.startswith("SAVEPOINT"):
            connection.info[key] = True
        elif connection.info.pop(key, False):
            retries.add()
        return meaning, parameters

    event.listen(engine, "begin", forget)
    event.listen(engine, "before_cursor_execute", translate, retval=True)
    return retries
