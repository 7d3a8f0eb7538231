"""Clients that take their time, or hold a connection and say nothing: raw sockets, many of them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from tests.support.loopback import HOST


@dataclass
class Crowd:
    """Connections that are open at the same time."""

    connections: list[socket.socket]

    def dribble(self) -> None:
        """Each sends one more byte, which is never the last."""
        for connection in self.connections:
            # One that the server has given up is no longer slow.
            with suppress(OSError):
                connection.send(b"a")


@contextmanager
def crowd(port: int, count: int, begin: bytes) -> Iterator[Crowd]:
    """So many clients that send this and then wait.

    They have the least room for answers that the system allows, and read none.
    """
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.settimeout(20)
            connection.connect((HOST, port))
            connection.sendall(begin)
            connections.append(connection)
        yield Crowd(connections)


def head(request: str, port: int, *more: str) -> bytes:
    """The first lines of a request, with the empty one at the end."""
    return "\r\n".join(
        (f"{request} HTTP/1.1", f"Host: rome.localhost:{port}", *more, "", "")
    ).encode()
