"""Has a database run the statements of a callback one by one, and say how it did it.

It leaves nothing behind: each statement is run in a transaction of its own, which ends in a plain
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
    """A statement, and the plan that the server has printed for it, or why it has not."""

    statement: str
    plan: str
    error: str | None = None


class _ExplainedError(Exception):
    """Leaves a callback at the statement that was to be explained."""

    def __init__(self, explained: Explained) -> None:
        self.explained = explained
        super().__init__()


def explain_each(connection: Connection, prepare: Act, act: Act) -> Iterator[Explained]:
    """Yield each statement that `act` sends after `prepare`, on a connection to a server.

    EXPLAIN ANALYZE runs a statement and keeps its answer, which the callback needs to go on. So all
    begins anew for each of them, and those before it are sent as they are.
    """
    _write_at_once(connection)
    number = 0
    while explained := _explain(connection, prepare, act, number):
        yield explained
        number += 1


def _write_at_once(connection: Connection) -> None:
    """Have the server keep no writes back: it would read what is prepared without asking a node."""
    try:
        connection.exec_driver_sql("SET kv_transaction_buffered_writes_enabled = off")
    except DBAPIError as error:
        # Older versions keep nothing back, and do not know the setting.
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
            # What waits to be sent goes before it, so that nothing but the statement is explained.
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
