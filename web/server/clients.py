"""A worker whose clients may be slow: its event loop waits for them, and no thread does.

A connection is idle (`keepalived_conns`), arriving, in a thread, unread, or leaving.
"""

import selectors
import socket
import time
from functools import partial
from itertools import chain
from typing import Any, Final

from gunicorn.workers import gthread

from web.server.connections import BufferedConnection
from web.server.deadlines import Deadlines, Unread
from web.server.threads import Threads

_LINGER_S: Final = gthread.STOP_KEEPALIVE_LINGER  # type: ignore[attr-defined]  # new in gunicorn 27
# The limit for unread responses in all processes together; Python and the kernel need as much
# again.
_HELD_BYTES: Final = 24 * 1024 * 1024
_GOODBYE_S: Final = 2.0
_LOOK_EVERY_S: Final = 1.0
# A burst of new clients must not delay those already here; workers share the burst.
_ACCEPTED_AT_ONCE: Final = 16


class PatientWorker(gthread.ThreadWorker):
    """Takes requests in and sends responses out, as slowly as clients like.

    `enqueue_req` gets each connection whose request has arrived, and `_deliver` its response.
    """

    # In seconds, how long a request may take to arrive, and a response to be read.
    arrival_timeout = 20.0
    reading_timeout = 20.0

    tpool: Threads  # type: ignore[assignment]  # Gunicorn's own is an executor.

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving = Deadlines(self.arrival_timeout)
        self._unread = Unread(self.reading_timeout, _HELD_BYTES // self.cfg.workers)
        self._leaving = Deadlines(_GOODBYE_S)
        self._next_look = 0.0

    def accept(self, listener: Any) -> None:
        """Accept new connections, a few at a time, and wait for their requests."""
        for _ in range(_ACCEPTED_AT_ONCE):
            if not self._accept(listener):
                break

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Take what has arrived: a part of a request, or the end of the connection."""
        # Since it was told, an event of the same round may have closed this connection to make
        # room, or a thread may have left it to be written to.
        if client.fileno() < 0 or conn.events != selectors.EVENT_READ:
            return
        if conn.is_busy:
            # What the client sends now is for its thread, or for later. Few clients send anything
            # meanwhile, so connections are not routinely unwatched.
            self._watch(conn, 0)
            return
        if (data := conn.receive()) is None:
            return
        if not data and conn in self._unread and conn.sock.held_bytes():
            # The client sends no more, but may still be reading.
            conn.is_kept = False
            self._leave(conn)
            self._watch(conn, 0)
        elif not data:
            self._hang_up(conn)
        elif conn.is_kept:
            if conn not in self._arriving:
                self._expect(conn)
            conn.add(data)
            self._consider(conn)

    def murder_pending(self) -> None:
        """Give up clients that are too slow; gunicorn calls this after every event."""
        # Now and then is enough, and the kernel takes its time to tell what is unread.
        now = time.monotonic()
        if self.alive and now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY_S
        self.tpool.look()
        for conn in self._arriving.overdue():
            self._refuse(conn, "408 Request Timeout")
        for conn in self._leaving.overdue():
            self._hang_up(conn)
        # There is no event when a response has been read, nor when a client that doesn't read goes
        # on sending, which the kernel keeps.
        for conn in self._unread.measure():
            self._settle(conn)
        for conn in self._unread.overdue():
            self._settle(conn)

    def _accept(self, listener: Any) -> bool:
        try:
            client, address = listener.accept()
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionAbortedError:
            return True
        self.nr_conns += 1
        self._make_room()
        conn = BufferedConnection(self.cfg, client, address, listener.getsockname())
        self._wait(conn)
        # While the loop was busy, the request has mostly arrived as well: a probe of an overloaded
        # server needs one turn of the loop, not two.
        self.on_client_socket_readable(conn, conn.sock)
        return True

    def _wait(self, conn: BufferedConnection) -> None:
        grace = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, _LINGER_S)
        self._forget(conn)
        conn.timeout = time.monotonic() + grace
        conn.is_idle = True
        self.keepalived_conns.append(conn)
        self._watch(conn, selectors.EVENT_READ)

    def _expect(self, conn: BufferedConnection) -> None:
        # An idle client has read everything; others may still hold unread bytes.
        may_hold = not conn.is_idle
        if conn not in self._unread:
            self._forget(conn)
        self._arriving.add(conn)
        if may_hold:
            self._unread.add(conn)
        self._watch(conn, selectors.EVENT_READ)

    def _consider(self, conn: BufferedConnection) -> None:
        if status := conn.refusal():
            self._refuse(conn, status)
        elif conn.is_ready():
            conn.deadline = self._arriving[conn]
            self._forget(conn)
            conn.is_busy = True
            self.enqueue_req(conn)

    def _refuse(self, conn: BufferedConnection, status: str, more: bytes = b"") -> None:
        conn.refuse(status, more)
        self._deliver(conn)

    def _deliver(self, conn: BufferedConnection) -> None:
        """Send what the kernel takes; once that was everything, go on with the next request."""
        conn.is_busy = False
        try:
            is_sent = conn.sock.flush()
        except OSError:
            self._hang_up(conn)
            return
        if not is_sent:
            self._watch(conn, selectors.EVENT_WRITE)
            self._mind(conn)
        elif not conn.is_kept:
            self._leave(conn)
        elif conn.take_over():
            self._expect(conn)
            self._consider(conn)
        elif self.alive or conn.sock.held_bytes():
            # Mostly it is still on its way; whether it has been read is asked once a second.
            self._watch(conn, selectors.EVENT_READ)
            self._mind(conn)
        else:
            self._wait(conn)

    def _on_writable(self, conn: BufferedConnection, client: socket.socket) -> None:
        if client.fileno() >= 0 and conn.events == selectors.EVENT_WRITE:
            self._deliver(conn)

    def _mind(self, conn: BufferedConnection) -> None:
        """Give a client time to read, and drop the oldest if all together take too much memory."""
        if conn not in self._unread:
            self._forget(conn)
        self._arriving.discard(conn)
        self._unread.add(conn)
        for unread in self._unread.overdue():
            self._settle(unread)

    def _settle(self, conn: BufferedConnection) -> None:
        """End a connection whose time to read is up, unless everything has been read."""
        if conn.sock.held_bytes():
            self._drop(conn)
        elif conn in self._arriving:
            self._unread.discard(conn)
        elif conn.is_kept:
            self._wait(conn)
        else:
            self._hang_up(conn)

    def _leave(self, conn: BufferedConnection) -> None:
        """End our side of a connection, and close it when the client has noticed.

        Closing at once, with unread data, would take the response away from the client.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._hang_up(conn)
            return
        self._watch(conn, selectors.EVENT_READ)
        if conn.sock.held_bytes():
            self._mind(conn)
        else:
            self._forget(conn)
            self._leaving.add(conn)

    def _make_room(self) -> None:
        """If there are too many connections, drop the one that was idle or slow for longest."""
        if self.nr_conns < self.worker_connections:
            return
        oldest: Any = next(
            chain(self.keepalived_conns, self._unread, self._leaving, self._arriving), None
        )
        if oldest:
            self._drop(oldest)

    def _watch(self, conn: BufferedConnection, events: int) -> None:
        if events == conn.events:
            return
        is_writing = events == selectors.EVENT_WRITE
        callback = self._on_writable if is_writing else self.on_client_socket_readable
        if not events:
            self.poller.unregister(conn.sock)
        elif conn.events:
            self.poller.modify(conn.sock, events, partial(callback, conn))
        else:
            self.poller.register(conn.sock, events, partial(callback, conn))
        conn.events = events

    def _forget(self, conn: BufferedConnection) -> None:
        for deadlines in (self._arriving, self._unread, self._leaving):
            deadlines.discard(conn)
        if conn.is_idle:
            self.keepalived_conns.remove(conn)
            conn.is_idle = False

    def _drop(self, conn: BufferedConnection) -> None:
        if conn in self._unread and conn.sock.held_bytes():
            conn.sock.forget_unread()
        self._hang_up(conn)

    def _hang_up(self, conn: BufferedConnection) -> None:
        self._forget(conn)
        self._watch(conn, 0)
        self.nr_conns -= 1
        conn.close()
