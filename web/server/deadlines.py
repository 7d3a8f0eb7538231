"""Connections with a deadline, and the memory that their unread responses may take.

The worker decides what happens to a connection that is overdue.
"""

import time
from collections.abc import Iterator

from web.server.connections import BufferedConnection


class Deadlines:
    """Connections that all get the same time, so the first to come is the first to be overdue."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[BufferedConnection, float] = {}

    def __iter__(self) -> Iterator[BufferedConnection]:
        return iter(self._due)

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, conn: object) -> bool:
        return conn in self._due

    def __getitem__(self, conn: BufferedConnection) -> float:
        """Return the deadline of a connection (`time.monotonic`)."""
        return self._due[conn]

    def add(self, conn: BufferedConnection) -> None:
        """Start the time of a connection, unless it has one already."""
        self._due.setdefault(conn, time.monotonic() + self._seconds)

    def discard(self, conn: BufferedConnection) -> None:
        """Forget a connection, if it is here."""
        self._due.pop(conn, None)

    def overdue(self) -> Iterator[BufferedConnection]:
        """Yield overdue connections; the caller discards each one, or gets it again."""
        now = time.monotonic()
        while self._due and self._due[first := next(iter(self._due))] <= now:
            yield first


class Unread(Deadlines):
    """Connections with unread responses, and the memory that these may take."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        super().__init__(seconds)
        self._max_bytes = max_bytes
        self._held: dict[BufferedConnection, int] = {}
        self._all_held = 0

    def add(self, conn: BufferedConnection) -> None:
        """Start its time, unless it has one already, and note how much memory it takes at most."""
        super().add(conn)
        self._note(conn, conn.sock.held_at_most())

    def measure(self) -> list[BufferedConnection]:
        """Ask the kernel how much memory each of them takes; return those that hold nothing."""
        for conn in self:
            self._note(conn, conn.sock.held_bytes() + conn.sock.ignored_bytes())
        return [conn for conn in self if not conn.sock.held_at_most()]

    def _note(self, conn: BufferedConnection, held: int) -> None:
        self._all_held += held - self._held.get(conn, 0)
        self._held[conn] = held

    def discard(self, conn: BufferedConnection) -> None:
        """Forget a connection, if it is here, and its memory."""
        super().discard(conn)
        self._all_held -= self._held.pop(conn, 0)

    def overdue(self) -> Iterator[BufferedConnection]:
        """Yield overdue connections, and the oldest ones while all take too much memory."""
        yield from super().overdue()
        if self._all_held > self._max_bytes:
            self.measure()
        while self._all_held > self._max_bytes and len(self) > 1:
            yield next(iter(self))
