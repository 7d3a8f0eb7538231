"""A socket that never has a thread wait for whoever reads slowly.

What the kernel has no room for stays here until the worker's loop sends it. How long that may take,
and how much all clients together may hold, is for the worker to say.
"""

import fcntl
import socket
import struct
import termios
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import Any, Final

# Room in the kernel for a page as browsers get it, compressed. Linux grants twice as much, and as
# much as that may a client hold that reads nothing.
_ASKED_BYTES: Final = 32 * 1024
# Linux counts up to 2.3 times the bytes of an answer that waits in it, as measured.
_OVERHEAD: Final = 3
# More than an answer has; the kernel has a limit for one call, which is far higher.
_PARTS: Final = 16


class Outbox(socket.socket):
    """A client's socket whose answers wait here, not copied, until the kernel takes them."""

    def __init__(self, client: socket.socket) -> None:
        super().__init__(client.family, client.type, client.proto, fileno=client.detach())
        self._rest: deque[memoryview] = deque()
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ASKED_BYTES)
        self._granted_bytes = self.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Keep what is to be sent; `flush` sends it."""
        self._rest.append(memoryview(data))

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Keep what a file holds, which may be closed before it can be sent."""
        file.seek(offset)
        data = file.read(count)
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what the kernel takes, without waiting; return whether that was all."""
        while self._rest:
            try:
                sent = self.sendmsg(islice(self._rest, _PARTS), [], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            while self._rest and sent >= len(self._rest[0]):
                sent -= len(self._rest.popleft())
            if sent:
                self._rest[0] = self._rest[0][sent:]
        return True

    def held_bytes(self) -> int:
        """Return how much memory unread answers may take, here and in the kernel; 0 if all is read.

        The kernel needs more than the bytes themselves, but not more than it has granted.
        """
        unread = 0
        # Where it cannot be told, as of a client that is gone.
        with suppress(OSError):
            told = fcntl.ioctl(self, termios.TIOCOUTQ, bytes(4))
            unread = int.from_bytes(told, "little")
        return sum(map(len, self._rest)) + min(self._granted_bytes, _OVERHEAD * unread)

    def ignored_bytes(self) -> int:
        """Return how much the kernel may need for what the client has sent and nobody has read.

        However little that is: a byte may take the room of a packet, up to what the kernel grants.
        """
        with suppress(OSError):
            told = fcntl.ioctl(self, termios.FIONREAD, bytes(4))
            if any(told):
                return self.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return 0

    def forget_unread(self) -> None:
        """Have `close` drop what is unread, which the kernel would keep for minutes."""
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
