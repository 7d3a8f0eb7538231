"""The worker that gunicorn runs: its threaded one, which slow clients and a restart cannot harm.

A request takes a thread when all of it has come, an answer goes to the kernel at once, and a worker
that is told to end first takes every connection that was made before. Nothing here knows of MovR.
"""

import resource
import selectors
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from web.server.connections import BufferedConnection

# Room for an answer in the kernel, which passes it on however slowly it is read.
_ANSWER_BYTES: Final = 512 * 1024
# So much of one answer may be on its way while the next is asked for.
_UNREAD_BYTES: Final = 64 * 1024
_GOODBYE_S: Final = 2.0
# What gunicorn grants idle connections at the end, for a request that is on its way.
_LAST_REQUEST_S: Final = 2.0
_ONE_READ: Final = 64 * 1024
# Open files besides clients: the database's, those of the figures, and gunicorn's own.
_OTHER_FILES: Final = 100


class BufferingWorker(ThreadWorker):
    """Keeps whoever is slow in the one loop that costs nothing, and threads for those who are not.

    A connection is idle (`keepalived_conns`), arriving, in a thread, or leaving.
    """

    # In seconds, how long a request may take to arrive, and how long an answer that the kernel has
    # no room for may take to be read.
    arrival_timeout = 20.0
    reading_timeout = 20.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Where fewer files may be open, one client too many would end the worker.
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            most = max(files - _OTHER_FILES, 2 * self.cfg.threads)
            self.worker_connections = min(self.worker_connections, most)
            self.max_keepalived = self.worker_connections - self.cfg.threads
        # When the time of each is up. All have the same time, so that the first is the oldest.
        self._arriving: dict[BufferedConnection, float] = {}
        self._leaving: dict[BufferedConnection, float] = {}

    def accept(self, listener: Any) -> None:
        """Take a connection, if there is one, and wait for its request."""
        self._accept(listener)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """As gunicorn does it; and at the end take every connection that has been made, then close.

        Gunicorn would leave the socket open, and nobody at it, until the last request is answered:
        who connects meanwhile sends a request and loses it. Once closed, it tells whoever connects
        that nothing has been received, and a balancer goes elsewhere even with a form. What is left
        is a moment: who connects between the last accept and the close is reset.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                while self._accept(listener):
                    pass
                listener.close()

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Begin with the request that an idle connection brings."""
        # In the same round of events it may just have had to make room.
        if conn in self.keepalived_conns:
            self.keepalived_conns.remove(conn)
            self._stop_watching(conn)
            conn.begin()
            self._expect(conn)
            self._receive(conn, client)

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Wait for the next request, or part with the client without waiting for it."""
        try:
            keep = not fs.cancelled() and fs.result()
        except Exception:  # noqa: BLE001 (gunicorn has logged it; what is left is to hang up)
            self._hang_up(conn)
            return
        if not keep:
            self._leave(conn)
            return
        if conn.take_over():
            self._expect(conn)
            self._consider(conn)
        else:
            self._wait(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer in a thread, with a limit for whoever does not read the answer."""
        conn.sock.settimeout(self.reading_timeout)
        if not conn.is_whole:
            req.force_close()
        # Whoever was to be told to go on has been; what is refused unread need not come.
        req._expected_100_continue = False
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            # Anybody can do that: no reason for an error in the log.
            self.log.debug("The client did not read its answer in time.")
            return False

    def murder_pending(self) -> None:
        """Give up, once a second, whoever has taken too long."""
        for conn in self._overdue(self._arriving):
            self._refuse(conn, "408 Request Timeout")
        for conn in self._overdue(self._leaving):
            self._hang_up(conn)

    @staticmethod
    def _overdue(deadlines: dict[BufferedConnection, float]) -> Iterator[BufferedConnection]:
        now = time.monotonic()
        while deadlines and deadlines[first := next(iter(deadlines))] <= now:
            yield first

    def _accept(self, listener: Any) -> bool:
        try:
            client, address = listener.accept()
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionAbortedError:
            return True
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_BYTES)
        self._make_room()
        self._wait(BufferedConnection(self.cfg, client, address, listener.getsockname()))
        return True

    def _wait(self, conn: BufferedConnection) -> None:
        grace = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, _LAST_REQUEST_S)
        conn.timeout = time.monotonic() + grace
        self.keepalived_conns.append(conn)
        self._watch(conn, self.on_client_socket_readable)

    def _expect(self, conn: BufferedConnection) -> None:
        self._arriving[conn] = time.monotonic() + self.arrival_timeout
        self._watch(conn, self._receive)

    def _receive(self, conn: BufferedConnection, client: socket.socket) -> None:
        if conn not in self._arriving:
            return
        data = _read(client)
        if data:
            conn.add(data)
            self._consider(conn)
        elif data is not None:
            self._hang_up(conn)

    def _consider(self, conn: BufferedConnection) -> None:
        if status := conn.refusal():
            self._refuse(conn, status)
        elif conn.is_ready():
            deadline = self._arriving[conn]
            self._stop_watching(conn)
            if conn.unread_bytes() > _UNREAD_BYTES:
                # It asks for more and does not read what it has asked for.
                self._hang_up(conn)
            else:
                conn.hand_over(deadline)
                self.enqueue_req(conn)

    def _refuse(self, conn: BufferedConnection, status: str) -> None:
        self._stop_watching(conn)
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        conn.say(head.encode())
        self._leave(conn)

    def _leave(self, conn: BufferedConnection) -> None:
        """Say that there is no more to come, and close when the client has noticed.

        To close at once, with something unread, would take the answer away from the client.
        Gunicorn waits as well, but in the loop, where everybody would wait with it.
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._hang_up(conn)
            return
        self._leaving[conn] = time.monotonic() + _GOODBYE_S
        self._watch(conn, self._ignore)

    def _ignore(self, conn: BufferedConnection, client: socket.socket) -> None:
        if conn in self._leaving and _read(client) == b"":
            self._hang_up(conn)

    def _make_room(self) -> None:
        """Part with whoever has been idle, or slow, for longest, so that others can come."""
        if self.nr_conns < self.worker_connections:
            return
        oldest: Any = next(iter(self.keepalived_conns or self._leaving or self._arriving), None)
        if oldest:
            with suppress(ValueError):
                self.keepalived_conns.remove(oldest)
            self._hang_up(oldest)

    def _watch(self, conn: BufferedConnection, callback: Any) -> None:
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(callback, conn))

    def _stop_watching(self, conn: BufferedConnection) -> None:
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _hang_up(self, conn: BufferedConnection) -> None:
        self._stop_watching(conn)
        self.nr_conns -= 1
        conn.close()


def _read(client: socket.socket) -> bytes | None:
    """Return what has come: nothing at the end, None if there is nothing just now."""
    try:
        return client.recv(_ONE_READ)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""
