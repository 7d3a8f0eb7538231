"""A socket whose threads never wait for a slow reader.

It keeps what the kernel has no room for until the worker's loop sends it. The worker limits how
long that may take, and how much memory all clients together may use.
"""

import fcntl
import socket
import struct
import termios
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import Any, Final

# Enough room in the kernel for a compressed page. Linux grants twice as much, and a client that
# reads nothing can use all of it.
_ASKED_BYTES: Final = 32 * 1024
# As measured, an unread response takes up to 2.3 times its size in the kernel.
_OVERHEAD: Final = 3
# More parts than a response has, and far fewer than the kernel accepts in one call.
_PARTS: Final = 16


class Outbox(socket.socket):
    """A client's socket that keeps responses, without copying them, until the kernel takes them."""

    def __init__(self, client: socket.socket) -> None:
        super().__init__(client.family, client.type, client.proto, fileno=client.detach())
        self._rest: deque[memoryview] = deque()
        # A thread has it, and the loop may still watch it.
        self.is_lent = False
        # What the client has not read of what was sent, at most.
        self._unread_bytes = 0
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ASKED_BYTES)
        self._granted_bytes = self.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Keep the data; `flush` sends it."""
        self._rest.append(memoryview(data))

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Keep the content of a file, which may be closed before it is sent."""
        file.seek(offset)
        data = file.read(count)
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what the kernel takes without waiting; return whether that was everything."""
        while self._rest:
            try:
                sent = self.sendmsg(islice(self._rest, _PARTS), [], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            self._unread_bytes += sent
            while self._rest and sent >= len(self._rest[0]):
                sent -= len(self._rest.popleft())
            if sent:
                self._rest[0] = self._rest[0][sent:]
        return True

    def close(self) -> None:
        """Close it, or only end both directions while a thread has it.

        Gunicorn closes it in the thread after some errors. A new connection would get its number,
        which the loop still watches.
        """
        if not self.is_lent:
            super().close()
            return
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def setblocking(self, flag: bool) -> None:
        """Stay as it is: gunicorn sets this for each request, and here nothing depends on it."""

    def held_bytes(self) -> int:
        """Return how much memory unread responses may take, here and in the kernel; 0 if none.

        The kernel needs more than the bytes themselves, but never more than it has granted.
        """
        self._unread_bytes = 0
        # The kernel does not say, for example because the client is gone.
        with suppress(OSError):
            told = fcntl.ioctl(self, termios.TIOCOUTQ, bytes(4))
            self._unread_bytes = int.from_bytes(told, "little")
        return self.held_at_most()

    def held_at_most(self) -> int:
        """Return what `held_bytes` may return, without the kernel, which takes its time to tell."""
        held = sum(map(len, self._rest))
        return held + min(self._granted_bytes, _OVERHEAD * self._unread_bytes)

    def ignored_bytes(self) -> int:
        """Return how much memory the kernel may use for what the client has sent and nobody has
        read.

        A single byte may take as much as a packet, up to what the kernel grants.
        """
        with suppress(OSError):
            told = fcntl.ioctl(self, termios.FIONREAD, bytes(4))
            if any(told):
                return self.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return 0

    def forget_unread(self) -> None:
        """Make `close` drop unread data, which the kernel would otherwise keep for minutes."""
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
