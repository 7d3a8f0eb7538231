"""Connections that are given a time for something, and what they may hold meanwhile.

What becomes of one whose time is up is for the worker to say.
"""

import time
from collections.abc import Iterator

from web.server.connections import BufferedConnection


class Deadlines:
    """Connections that all have the same time, so that whoever came first is due first."""

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
        """Return when the time of a connection is up (`time.monotonic`)."""
        return self._due[conn]

    def add(self, conn: BufferedConnection) -> None:
        """Let the time of a connection begin, unless it has begun."""
        self._due.setdefault(conn, time.monotonic() + self._seconds)

    def discard(self, conn: BufferedConnection) -> None:
        """Forget a connection, if it is here."""
        self._due.pop(conn, None)

    def overdue(self) -> Iterator[BufferedConnection]:
        """Yield those whose time is up; whoever takes one discards it, or gets it again."""
        now = time.monotonic()
        while self._due and self._due[first := next(iter(self._due))] <= now:
            yield first


class Unread(Deadlines):
    """Connections with responses that are not read yet, and the memory that these may take."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        super().__init__(seconds)
        self._max_bytes = max_bytes
        self._held: dict[BufferedConnection, int] = {}
        self._all_held = 0

    def add(self, conn: BufferedConnection) -> None:
        """Let its time begin, unless it has, and take account of what it holds now."""
        super().add(conn)
        held = conn.sock.held_bytes() + conn.sock.ignored_bytes()
        self._all_held += held - self._held.get(conn, 0)
        self._held[conn] = held

    def discard(self, conn: BufferedConnection) -> None:
        """Forget a connection, if it is here, and what it held."""
        super().discard(conn)
        self._all_held -= self._held.pop(conn, 0)

    def overdue(self) -> Iterator[BufferedConnection]:
        """Yield those whose time is up, which is also the oldest one's while all hold too much."""
        yield from super().overdue()
        while self._all_held > self._max_bytes and len(self) > 1:
            yield next(iter(self))
