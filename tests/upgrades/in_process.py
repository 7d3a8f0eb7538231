"""A gunicorn worker in a thread of the test, in front of a small application: no processes."""

import logging
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.config import Config
from gunicorn.sock import TCPSocket
from gunicorn.workers.gthread import ThreadWorker

from tests.support.loopback import HOST, free_port
from tests.support.processes import wait_until
from tests.support.started import Started
from web.server.worker import BufferingWorker

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with what was asked: the path, and the body if there is one."""
    body: bytes = environ["wsgi.input"].read() if environ["REQUEST_METHOD"] == "POST" else b""
    answer = environ["PATH_INFO"].encode() + body
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class _Log(logging.Logger):
    """What a worker writes to; gunicorn's own would change the logging of the whole process."""

    def access(self, *_answer: object) -> None:
        """Keep no log of requests."""


class RunningWorker(Started):
    """Serves while the context lasts; afterwards it is told to end and does."""

    def __init__(
        self,
        application: Application = echo,
        kind: type[ThreadWorker] = BufferingWorker,
        waiting: int = 50,
        **settings: int,
    ) -> None:
        config = Config()
        for name, value in {
            "threads": 2,
            "keepalive": 60,
            "graceful_timeout": 5,
            **settings,
        }.items():
            config.set(name, value)
        self.port = free_port()
        log: Any = _Log("tests.upgrades")
        log.parent = logging.getLogger()
        self._listener = TCPSocket((HOST, self.port), config, log)
        self.worker: Any = kind(1, os.getppid(), [self._listener], None, 30, config, log)
        self.worker.max_waiting = waiting
        self.worker.wsgi = application
        self.worker.tpool = self.worker.get_thread_pool()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin to serve; connections that were made before wait for it."""
        self._thread.start()

    def stop(self) -> None:
        """What SIGTERM does, and wait for the end."""
        self.worker.handle_exit(None, None)
        self._thread.join(30)
        assert not self._thread.is_alive()
        self.worker.tpool.shutdown()
        self.worker.tmp.close()

    def connect(self) -> socket.socket:
        """A client's connection, with patience enough for a busy machine and no more."""
        return socket.create_connection((HOST, self.port), timeout=20)

    def ask(self, path: str = "/") -> bytes:
        """Ask for a path on a connection of its own, and read until the end of the connection."""
        with self.connect() as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            return read_all(client)

    def waits_for(self, connections: int) -> bool:
        """Whether the worker comes to hold so many connections, within seconds."""
        return wait_until(lambda: self.worker.nr_conns == connections, 10)

    def _run(self) -> None:
        # What a worker process does before it runs, but for signals and the application.
        self.worker.poller = selectors.DefaultSelector()
        self.worker.method_queue.init()
        self.worker.run()


def post(body: bytes, length: int | str | None = None, more: str = "") -> bytes:
    """A form, with a length of its own choice and more lines in its header."""
    size = len(body) if length is None else length
    return f"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


def read_all(client: socket.socket) -> bytes:
    """Everything until the other side has no more to say."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_answer(client: socket.socket) -> bytes:
    """One answer that says how long it is; the connection may go on."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(1)
        if not part:
            return received
        received += part
    head = received.lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    while length and (part := client.recv(length)):
        received += part
        length -= len(part)
    return received
