"""Counts the round trips of an engine to its server, and the time spent waiting for them.

MovR's engines send messages of several statements, each of which is one round trip. For other
engines, each statement is one, and so are BEGIN, which psycopg2 sends before the first statement of
a block, and COMMIT and ROLLBACK at the end of a block.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from psycopg2 import extensions
from sqlalchemy import Engine, event

from movr.database.batching import BatchingConnection


class Meter:
    """What was sent since the last look: `.trips`, and the `.seconds` that they took.

    For an engine that is used by one thread.
    """

    def __init__(self) -> None:
        self.trips = 0
        self.seconds = 0.0
        self._begin = 0.0

    def look(self) -> tuple[int, float]:
        """Return (trips, seconds) since the last look."""
        seen = self.trips, self.seconds
        self.trips, self.seconds = 0, 0.0
        return seen

    def leave(self) -> None:
        """Note the start of a message."""
        self._begin = perf_counter()

    def arrive(self, trips: int) -> None:
        """Note the response, after this number of round trips."""
        self.seconds += perf_counter() - self._begin
        self.trips += trips


def install_meter(engine: Engine, meter: Meter | None = None) -> Meter:
    """Return a meter for everything that an engine sends; it must not have connected yet.

    Pass another engine's meter to count both together.
    """
    meter = meter or Meter()

    @event.listens_for(engine, "connect")
    def _measure_messages(connection: Any, _record: object) -> None:
        if isinstance(connection, BatchingConnection):
            send = connection.send

            def send_and_measure(cursor: Any, statements: list[bytes]) -> None:
                meter.leave()
                send(cursor, statements)
                meter.arrive(1)

            connection.send = send_and_measure  # type: ignore[method-assign]  # for this one only

    def is_plain(connection: Any) -> bool:
        return not isinstance(connection, BatchingConnection)

    def before(_connection: Any, cursor: Any, *_details: Any) -> None:
        connection = cursor.connection
        if is_plain(connection):
            if connection.status == extensions.STATUS_READY and not connection.autocommit:
                meter.trips += 1
            meter.leave()

    def after(_connection: Any, cursor: Any, *_details: Any) -> None:
        if is_plain(cursor.connection):
            meter.arrive(1)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)

    def ending_a_block(end: Callable[[Any], None]) -> Callable[[Any], None]:
        def send(connection: Any) -> None:
            if is_plain(connection):
                trips = int(connection.status == extensions.STATUS_BEGIN)
                meter.leave()
                end(connection)
                meter.arrive(trips)
            else:
                end(connection)

        return send

    # SQLAlchemy's events for these come before they are sent, and there are none for afterwards.
    dialect: Any = engine.dialect
    dialect.do_commit = ending_a_block(dialect.do_commit)
    dialect.do_rollback = ending_a_block(dialect.do_rollback)
    return meter
