"""A connection that buffers its next request before handing it to a thread.

It looks only at the length of a request; gunicorn's parser does the rest.
"""

import re
import socket
import time
from contextlib import suppress
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from web.server.outbox import Outbox

# More than any browser's headers and any of MovR's forms need.
MAX_HEAD_BYTES: Final = 32 * 1024
MAX_BODY_BYTES: Final = 64 * 1024
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d+)[ \t]*(?=\r\n)", re.I)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.I)
_EXPECTS: Final = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue", re.I)
# Another request may follow this one without being told apart from it here.
_PLAIN: Final = re.compile(rb"(GET|HEAD) [^ \r\n]+ HTTP/1\.1\r\n")
_NOT_PLAIN: Final = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection[ \t]*:[^\r\n]*close)", re.I
)
_ONE_READ: Final = 64 * 1024
_NEW_LINE: Final = b"\r\n"
_END: Final = _NEW_LINE + _NEW_LINE


class BufferedConnection(TConn):
    """A connection, and what has arrived of its next request."""

    parser: Any

    def __init__(self, cfg: Any, client: socket.socket, address: Any, server: Any) -> None:
        self.sock: Outbox
        super().__init__(cfg, Outbox(client), address, server)
        self.is_whole = True
        # When the whole request had arrived, and the path that it asks for.
        self.arrived = 0.0
        self.path = ""
        # How long to wait for a request that is too long to be buffered (`time.monotonic`).
        self.deadline = 0.0
        # The worker's notes: which events it waits for, and whether the connection stays open.
        self.events = 0
        self.is_idle = False
        self.is_busy = False
        self.is_kept = True
        self.begin()

    def begin(self) -> None:
        """Expect a new request, of which nothing has arrived."""
        self._arrived = bytearray()
        self._was_told_to_go_on = False

    def receive(self) -> bytes | None:
        """Return what has arrived: empty if the client has closed, None if there is nothing yet.

        Without a timeout, the flag is enough for it not to wait.
        """
        try:
            return self.sock.recv(_ONE_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def add(self, data: bytes) -> None:
        """Buffer what has arrived."""
        self._arrived += data
        # Empty lines before a request are allowed and mean nothing.
        while self._arrived.startswith(_NEW_LINE):
            del self._arrived[: len(_NEW_LINE)]

    def refusal(self) -> str | None:
        """Return the status of the response if this request is not worth waiting for."""
        end = self._arrived.find(_END)
        if end < 0:
            too_much = len(self._arrived) > MAX_HEAD_BYTES
            return "431 Request Header Fields Too Large" if too_much else None
        # Browsers state the length of a form, and so do proxies that buffer it.
        is_chunked = _CHUNKED.search(self._arrived, 0, end + len(_NEW_LINE))
        return "411 Length Required" if is_chunked else None

    def is_ready(self) -> bool:
        """Return whether a thread can handle the request without waiting for more of it."""
        end = self._arrived.find(_END)
        if end < 0:
            return False
        length = _LENGTH.search(self._arrived, 0, end + len(_NEW_LINE))
        # Python is slow to read a number of thousands of digits, or refuses.
        body = int(length[1].lstrip(b"0")[:18] or b"0") if length else 0
        self.is_whole = len(self._arrived) >= end + len(_END) + body
        # A request that is too long is refused, so nobody needs to wait for its body.
        if self.is_whole or body > MAX_BODY_BYTES:
            self.arrived = time.perf_counter()
            target = self._arrived[: self._arrived.find(_NEW_LINE)].split(b" ")[1:2]
            self.path = b"".join(target).partition(b"?")[0].decode("latin-1")
            return True
        if not self._was_told_to_go_on and self._asks_whether_to_go_on(end):
            self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._was_told_to_go_on = True
        return False

    def _asks_whether_to_go_on(self, end: int) -> bool:
        # A client of HTTP/1.0 would take this line for the response.
        line = self._arrived.find(_NEW_LINE)
        return self._arrived.endswith(b" HTTP/1.1", 0, line) and bool(
            _EXPECTS.search(self._arrived, 0, end + len(_NEW_LINE))
        )

    def hand_over(self) -> None:
        """Give gunicorn's parser what has arrived; it waits for the rest until `deadline`."""
        self.init()
        if not isinstance(self.parser.unreader, Unreader):
            self.parser.unreader = Unreader(self.sock)
        self.parser.unreader.deadline = self.deadline
        self.parser.unreader.unread(bytes(self._arrived))
        self.begin()

    def take_over(self) -> bool:
        """Take back what the parser has read of the next request; return whether there is any."""
        self.begin()
        if self.parser:
            self.add(self.parser.unreader.take_buffered())
        return bool(self._arrived)

    def refuse(self, status: str, more: bytes = b"") -> None:
        """Respond without a thread, with more header lines and perhaps a body.

        Keeps the connection only if exactly one request has arrived.
        """
        head, _, body = more.partition(_END)
        plain = _PLAIN.match(self._arrived)
        self.is_kept = bool(
            plain
            and self._arrived.find(_END) == len(self._arrived) - len(_END)
            and not _NOT_PLAIN.search(self._arrived)
        )
        lines = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(body)]
        lines += [] if self.is_kept else [b"Connection: close"]
        lines += [head] if head else []
        if self._arrived.startswith(b"HEAD "):
            body = b""
        self.sock.sendall(_NEW_LINE.join(lines) + _END + body)
        self.begin()

    def say(self, data: bytes) -> None:
        """Send a few bytes if that is possible without waiting."""
        with suppress(OSError):
            self.sock.send(data, socket.MSG_DONTWAIT)


class Unreader(SocketUnreader):
    """Reads the rest of a request until the deadline, which then looks like its end."""

    deadline = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        before = self.sock.gettimeout()
        self.sock.settimeout(max(0.001, self.deadline - time.monotonic()))
        try:
            data: bytes = super().chunk(size_hint)  # type: ignore[call-arg]  # new in gunicorn 27
            return data
        except TimeoutError:
            return b""
        finally:
            self.sock.settimeout(before)
