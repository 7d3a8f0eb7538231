"""Waiting for a CockroachDB server with a limit: one that has gone silent is given up.

A statement_timeout does nothing if the server never gets the statement, and TCP notices nothing
while a proxy acknowledges every packet. So the client itself waits, with a limit.
"""

import select
from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

from psycopg2 import OperationalError, extensions

# A server ends its statements by itself; this is the time for its response to arrive.
_GRACE_S: Final = 1.0
# How long a thread waits for another one that is asking a silent server.
_IN_LINE_S: Final = 0.5


class Timeouts:
    """How long the connections of one engine wait, and whether their server is silent.

    Times are in seconds.
    """

    def __init__(self, *, connect_timeout: float, statement_timeout: float) -> None:
        self.connect_timeout = connect_timeout
        self.answer_timeout = statement_timeout + _GRACE_S
        self._silent = False
        self._line = Lock()

    def connect(self, make_connection: Callable[[], Any]) -> Any:
        """Return a new connection; raises OperationalError.

        While the server is silent, one thread at a time tries it. The others would wait in vain,
        until no thread is left for pages that need no database.
        """
        if not self._silent:
            connection = make_connection()
            # One address of the server may have been silent before another one responded.
            self._silent = False
            return connection
        if not self._line.acquire(timeout=_IN_LINE_S):
            raise OperationalError("the server is silent, and another thread is asking it already")
        try:
            connection = make_connection()
            self._silent = False
        finally:
            self._line.release()
        return connection

    def give_up(self) -> OperationalError:
        """Note that the server was silent, and return the error to raise for it."""
        self._silent = True
        return OperationalError("the server did not respond in time")


class TimedConnection(extensions.connection):
    """A connection that waits for each response as long as its engine's Timeouts say."""

    def __init__(self, dsn: str, *, timeouts: Timeouts) -> None:
        # Set before connecting, below, which waits already.
        self.timeouts = timeouts
        super().__init__(dsn)


def _wait(connection: extensions.connection) -> None:
    """Wait until the connection is ready; psycopg2 closes it if this raises an error."""
    timeouts, deadline = None, inf
    if isinstance(connection, TimedConnection):
        timeouts = connection.timeouts
        connecting = connection.status == extensions.STATUS_SETUP
        deadline = monotonic() + (
            timeouts.connect_timeout if connecting else timeouts.answer_timeout
        )
    while (state := connection.poll()) != extensions.POLL_OK:
        # Not select(), which knows no file descriptor above 1023.
        poll = select.poll()
        writing = state == extensions.POLL_WRITE
        poll.register(connection.fileno(), select.POLLOUT if writing else select.POLLIN)
        if timeouts is None:
            poll.poll()
        elif not poll.poll(max(0.0, deadline - monotonic()) * 1000):
            raise timeouts.give_up()


# One for the whole process: other connections than TimedConnections wait without a limit.
extensions.set_wait_callback(_wait)
