"""A connection that buffers its next request before handing it to a thread.

What is too large or of unknown length is told apart here; what it means is for gunicorn's parser.
"""

import re
import socket
import time
from contextlib import suppress
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from web.server.outbox import Outbox

# More than any header of a browser and any form of MovR needs.
MOST_HEAD_BYTES: Final = 32 * 1024
MOST_BODY_BYTES: Final = 64 * 1024
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d+)[ \t]*(?=\r\n)", re.I)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.I)
_EXPECTS: Final = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue", re.I)
# What may follow this request is another one, of which nothing has to be told apart here.
_PLAIN: Final = re.compile(rb"(GET|HEAD) [^ \r\n]+ HTTP/1\.1\r\n")
_NOT_PLAIN: Final = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection[ \t]*:[^\r\n]*close)", re.I
)
_ONE_READ: Final = 64 * 1024
_NEW_LINE: Final = b"\r\n"
_END: Final = _NEW_LINE + _NEW_LINE


class BufferedConnection(TConn):
    """A connection and what has come of its next request."""

    parser: Any

    def __init__(self, cfg: Any, client: socket.socket, address: Any, server: Any) -> None:
        self.sock: Outbox
        super().__init__(cfg, Outbox(client), address, server)
        self.is_whole = True
        # When all of the request had come, and the path that it asks for.
        self.arrived = 0.0
        self.path = ""
        # Until when what is too long to be read is waited for (`time.monotonic`).
        self.deadline = 0.0
        # What the worker keeps about it: what it waits for, and whether it is to go on.
        self.events = 0
        self.is_idle = False
        self.is_busy = False
        self.is_kept = True
        self.begin()

    def begin(self) -> None:
        """Expect a request of which nothing is here yet."""
        self._arrived = bytearray()
        self._was_told_to_go_on = False

    def receive(self) -> bytes | None:
        """Return what has come: nothing at the end, None if there is nothing just now."""
        try:
            return self.sock.recv(_ONE_READ)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def add(self, data: bytes) -> None:
        """Keep what has come."""
        self._arrived += data
        # Empty lines before the first one mean nothing.
        while self._arrived.startswith(_NEW_LINE):
            del self._arrived[: len(_NEW_LINE)]

    def refusal(self) -> str | None:
        """Return the status that says why this request is not waited for any longer."""
        end = self._arrived.find(_END)
        if end < 0:
            too_much = len(self._arrived) > MOST_HEAD_BYTES
            return "431 Request Header Fields Too Large" if too_much else None
        # Browsers say how long a form is, and so does a proxy that has received it.
        is_chunked = _CHUNKED.search(self._arrived, 0, end + len(_NEW_LINE))
        return "411 Length Required" if is_chunked else None

    def is_ready(self) -> bool:
        """Return whether a thread can answer it without waiting for more."""
        end = self._arrived.find(_END)
        if end < 0:
            return False
        length = _LENGTH.search(self._arrived, 0, end + len(_NEW_LINE))
        # However many digits: Python reads thousands of them slowly, or not at all.
        body = int(length[1].lstrip(b"0")[:18] or b"0") if length else 0
        self.is_whole = len(self._arrived) >= end + len(_END) + body
        # What is too long is refused, for which nobody has to read it.
        if self.is_whole or body > MOST_BODY_BYTES:
            self.arrived = time.perf_counter()
            target = self._arrived[: self._arrived.find(_NEW_LINE)].split(b" ")[1:2]
            self.path = b"".join(target).partition(b"?")[0].decode("latin-1")
            return True
        if not self._was_told_to_go_on and self._asks_whether_to_go_on(end):
            self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._was_told_to_go_on = True
        return False

    def _asks_whether_to_go_on(self, end: int) -> bool:
        # Who speaks HTTP/1.0 would take the words for the answer.
        line = self._arrived.find(_NEW_LINE)
        return self._arrived.endswith(b" HTTP/1.1", 0, line) and bool(
            _EXPECTS.search(self._arrived, 0, end + len(_NEW_LINE))
        )

    def hand_over(self) -> None:
        """Let gunicorn's parser begin with what has come, and wait for no more than `deadline`."""
        self.init()
        if not isinstance(self.parser.unreader, Unreader):
            self.parser.unreader = Unreader(self.sock)
        self.parser.unreader.deadline = self.deadline
        self.parser.unreader.unread(bytes(self._arrived))
        self.begin()

    def take_over(self) -> bool:
        """Take back what the parser has left of the next request; return whether it is anything."""
        self.begin()
        if self.parser:
            self.add(self.parser.unreader.take_buffered())
        return bool(self._arrived)

    def refuse(self, status: str, more: bytes = b"") -> None:
        """Answer in the place of a thread, with more lines of the header and perhaps a body.

        Keeps the connection if what has come is plainly one request, else this is its last answer.
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
    """Reads what a request still lacks until its time is up, which then looks like its end."""

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
