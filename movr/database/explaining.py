"""Runs the statements of a callback one by one under EXPLAIN ANALYZE.

It leaves nothing behind: each statement runs in a transaction of its own, which ends in a plain
ROLLBACK. (After ROLLBACK TO, CockroachDB keeps the locks for almost five seconds.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg2 import Error as DriverError
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from movr.database.batching import BatchingConnection

Act = Callable[[Session], object]

_UNKNOWN_SETTING: Final = "42704"


@dataclass(frozen=True, slots=True)
class Explained:
    """A statement, and the plan that the server printed for it, or the error."""

    statement: str
    plan: str
    error: str | None = None


class _ExplainedError(Exception):
    """Leaves a callback at the statement to explain."""

    def __init__(self, explained: Explained) -> None:
        self.explained = explained
        super().__init__()


def explain_each(connection: Connection, prepare: Act, act: Act) -> Iterator[Explained]:
    """Yield each statement that `act` sends after `prepare`, on a connection to a server.

    EXPLAIN ANALYZE runs a statement but does not return its result, which the callback needs to go
    on. So everything starts again for each statement, and those before it run as they are.
    """
    _write_at_once(connection)
    number = 0
    while explained := _explain(connection, prepare, act, number):
        yield explained
        number += 1


def _write_at_once(connection: Connection) -> None:
    """Turn off buffered writes: the server would read what is prepared without asking a node."""
    try:
        connection.exec_driver_sql("SET kv_transaction_buffered_writes_enabled = off")
    except DBAPIError as error:
        # Older versions do not buffer writes, and do not know the setting.
        connection.rollback()
        if getattr(error.orig, "pgcode", None) != _UNKNOWN_SETTING:
            raise
    else:
        connection.commit()


def _explain(connection: Connection, prepare: Act, act: Act, number: int) -> Explained | None:
    to_come = number

    def explain(
        _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any
    ) -> None:
        nonlocal to_come
        to_come -= 1
        if to_come >= 0:
            return
        driver: BatchingConnection = cursor.connection
        plan, fault = "", None
        try:
            # Send what is held back first, so that only the statement is explained.
            driver.run(cursor, b"SELECT 1", needs_answer=True)
            explanation = cursor.mogrify(f"EXPLAIN ANALYZE {statement}", parameters)
            driver.run(cursor, explanation, needs_answer=True)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        except DriverError as error:
            # Its text may quote a row.
            fault = f"{type(error).__name__} {error.pgcode or ''}".strip()
        raise _ExplainedError(Explained(" ".join(statement.split()), plan, fault))

    with connection.begin() as transaction, Session(connection, autoflush=False) as session:
        try:
            prepare(session)
            event.listen(connection, "before_cursor_execute", explain)
            try:
                act(session)
            finally:
                event.remove(connection, "before_cursor_execute", explain)
        except _ExplainedError as found:
            return found.explained
        finally:
            transaction.rollback()
    return None
