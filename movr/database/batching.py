"""Sends a transaction in as few messages as possible: one round trip for each result it needs.

BEGIN and SAVEPOINT are sent with the first statement, statements whose result nobody needs with the
next one, and RELEASE with COMMIT. ROLLBACK TO SAVEPOINT is sent with the next attempt only: if
ROLLBACK followed it, CockroachDB would keep the transaction's locks for almost five seconds.
"""

from functools import partial
from typing import Any, Final

from psycopg2 import extensions
from sqlalchemy import Engine, event

from movr.database.preparing import PreparedReads, Read, plan_for_values
from movr.database.values import leave_as_text
from movr.database.waiting import TimedConnection, Timeouts

NEEDS_NO_ANSWER: Final = "movr_needs_no_answer"
"""The execution option of a statement that cannot be refused and whose result nobody reads."""

NEEDS_NO_BLOCK: Final = "movr_needs_no_block"
"""The execution option of an engine whose statements are sent outside transaction blocks.

SQLAlchemy's AUTOCOMMIT would set the level of the connection for each of them, and tell listeners
of every step.
"""

# What run_transaction sends through SQLAlchemy.
_SAVEPOINT: Final = b"SAVEPOINT cockroach_restart"
_ROLLBACK_TO: Final = b"ROLLBACK TO SAVEPOINT cockroach_restart"
_RELEASE: Final = b"RELEASE SAVEPOINT cockroach_restart"


class BatchingConnection(TimedConnection):
    """A connection that holds statements back until the result of one is needed."""

    def __init__(self, dsn: str, *, timeouts: Timeouts) -> None:
        super().__init__(dsn, timeouts=timeouts)
        # Psycopg2 would send each BEGIN, and each change of the isolation level, on its own.
        self.autocommit = True
        self._opens_blocks = True
        self._waiting: list[bytes] = []
        self._reads = PreparedReads()
        plan_for_values(self)

    def set_isolation_level(self, level: int | None) -> None:
        """Open no transaction block in AUTOCOMMIT; the level itself is the session's, set once."""
        self._opens_blocks = level != extensions.ISOLATION_LEVEL_AUTOCOMMIT

    def run(
        self,
        cursor: extensions.cursor,
        statement: bytes,
        *,
        needs_answer: bool,
        needs_block: bool = True,
    ) -> None:
        """Send the statement with all that were held back, or hold it back as well."""
        status = self.get_transaction_status()
        if statement == _ROLLBACK_TO:
            # What is still held back has never happened.
            self._waiting = [] if status == extensions.TRANSACTION_STATUS_IDLE else [_ROLLBACK_TO]
            return
        if not self._waiting and self._opens_blocks and needs_block:
            if status == extensions.TRANSACTION_STATUS_IDLE:
                self._waiting.append(b"BEGIN")
            elif statement == _SAVEPOINT and status == extensions.TRANSACTION_STATUS_INERROR:
                # After a RELEASE that failed, SQLAlchemy starts again without a rollback.
                self._waiting.append(_ROLLBACK_TO)
        self._waiting.append(statement)
        if statement == _RELEASE:
            self._waiting.append(b"COMMIT")
        elif statement == _SAVEPOINT or not needs_answer:
            return
        self._send_waiting(cursor)

    def read(self, cursor: extensions.cursor, read: Read, parameters: Any) -> None:
        """Send a read, prepared unless a transaction block is open or the server refuses that."""
        send = partial(self.run, cursor, needs_answer=True, needs_block=False)
        if self._waiting or self._is_in_block():
            send(cursor.mogrify(read.text, parameters))
        else:
            self._reads.execute(cursor, send, read, parameters)

    def commit(self) -> None:
        """End the transaction block, if there is one."""
        if self._waiting or self._is_in_block():
            self._waiting.append(b"COMMIT")
            self._send_waiting(self.cursor())

    def rollback(self) -> None:
        """Undo and end the transaction block, if there is one."""
        self._waiting.clear()
        if self._is_in_block():
            self._waiting.append(b"ROLLBACK")
            self._send_waiting(self.cursor())

    def send(self, cursor: extensions.cursor, statements: list[bytes]) -> None:
        """Send statements as one message; the cursor then holds the result of the last one."""
        cursor.execute(b"; ".join(statements))

    def _send_waiting(self, cursor: extensions.cursor) -> None:
        statements, self._waiting = self._waiting, []
        self.send(cursor, statements)

    def _is_in_block(self) -> bool:
        return self.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE


def execute_alone(cursor: Any, read: Read, parameters: Any) -> None:
    """Execute a read outside transaction blocks, on any driver's cursor.

    What CockroachDB sends stays text where values.py knows what it means.
    """
    connection = cursor.connection
    if isinstance(connection, BatchingConnection):
        leave_as_text(cursor)
        connection.read(cursor, read, parameters)
    else:
        cursor.execute(read.text, parameters)


def batch_statements(engine: Engine) -> None:
    """Make an engine execute through its connections, which are BatchingConnections."""

    @event.listens_for(engine, "do_execute")
    def _execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        connection: BatchingConnection = cursor.connection
        connection.run(
            cursor,
            cursor.mogrify(statement, parameters),
            needs_answer=not context.execution_options.get(NEEDS_NO_ANSWER),
            needs_block=not context.execution_options.get(NEEDS_NO_BLOCK),
        )
        return True

    @event.listens_for(engine, "do_executemany")
    def _execute_each(cursor: Any, statement: str, rows: Any, context: Any) -> bool:
        return all(_execute(cursor, statement, row, context) for row in rows)
