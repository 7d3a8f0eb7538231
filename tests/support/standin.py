"""Gives PostgreSQL CockroachDB's way of retrying, so that run_transaction works on it for real.

PostgreSQL keeps its snapshot across ROLLBACK TO SAVEPOINT, so that a conflict met once is met for
ever. CockroachDB begins anew there, and so does PostgreSQL with these statements put in place.
"""

import threading
from typing import Any

from sqlalchemy import Engine, event

from movr.database.batching import BatchingConnection
from movr.database.replicas import FROM_THE_NEAREST

_RESTART = "cockroach_restart"

# CockroachDB commits at RELEASE: a conflict shows there, where run_transaction can still retry.
# SQLAlchemy sends no ROLLBACK TO then, and CockroachDB takes the next SAVEPOINT for one. Here the
# failed COMMIT has ended the transaction: without a BEGIN, each statement would commit by itself.
_MEANINGS = {
    f"SAVEPOINT {_RESTART}": "ROLLBACK; BEGIN",
    f"ROLLBACK TO SAVEPOINT {_RESTART}": "ROLLBACK; BEGIN",
    f"RELEASE SAVEPOINT {_RESTART}": "COMMIT; BEGIN",
}
_SAVEPOINT, _ROLLBACK_TO, _ = (name.encode() for name in _MEANINGS)

_TRANSLATED = "movr_translated"


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


def install_retry_savepoint(*engines: Engine) -> Retries:
    """Translate the savepoint of run_transaction on MovR's engines; the answer counts retries.

    To be called before they connect. It listens to the pool and to messages: if it listened to
    statements, SQLAlchemy would call listeners at every step, which no cluster makes it do.
    """
    retries = Retries()

    def translate(connection: Any, record: Any) -> None:
        record.info[_TRANSLATED] = _Translated(connection, retries)

    # Whoever had the connection before has succeeded or failed for good.
    def forget(_connection: Any, record: Any) -> None:
        if translated := record.info.get(_TRANSLATED):
            translated.lost = False

    for engine in engines:
        event.listen(engine, "connect", translate)
        event.listen(engine, "checkin", forget)
    return retries


def install_plain_retry_savepoint(engine: Engine) -> None:
    """Translate the savepoint of run_transaction on an engine of psycopg2's own connections."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _translate(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return _MEANINGS.get(statement.strip(), statement), parameters


class _Translated:
    """What a BatchingConnection sends: PostgreSQL means the same by all but ROLLBACK TO."""

    def __init__(self, connection: BatchingConnection, retries: Retries) -> None:
        self._send = connection.send
        self._retries = retries
        self.lost = False
        """Whether the transaction at hand has met a conflict, so that a savepoint is a retry."""
        connection.send = self.send  # type: ignore[method-assign]  # for this one object only

    def send(self, cursor: Any, statements: list[bytes]) -> None:
        """Send one message, and count it if it begins a transaction anew."""
        if _SAVEPOINT in statements and self.lost:
            self._retries.add()
        self.lost = False
        # It has no replicas to read from.
        statements = [each.replace(FROM_THE_NEAREST.encode(), b"") for each in statements]
        if _ROLLBACK_TO in statements:
            place = statements.index(_ROLLBACK_TO)
            statements = [*statements[:place], b"ROLLBACK", b"BEGIN", *statements[place + 1 :]]
        try:
            self._send(cursor, statements)
        except Exception as error:
            self.lost = getattr(error, "pgcode", None) == "40001"
            raise
