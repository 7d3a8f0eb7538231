"""One connection through a TcpProxy: two pumps, which keep order, delay and cut."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, NoReturn

Direction = Literal["to_server", "to_client"]

_CHUNK = 65_536
_LONGEST_NEEDLE = 1_000

# Bytes and when they are due; no bytes say that the side has ended.
_Arrivals = asyncio.Queue[tuple[float, bytes]]


class Cut:
    """An order to cut one connection when certain bytes pass; `.wait()` tells when it has."""

    def __init__(self, needle: bytes, direction: Direction, before_forward: bool) -> None:
        if not 0 < len(needle) <= _LONGEST_NEEDLE:
            raise ValueError(f"a needle has 1 to {_LONGEST_NEEDLE} bytes")
        self.needle = needle
        self.direction = direction
        self.before_forward = before_forward
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Whether the connection has been cut."""
        return self._done.is_set()

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait for the cut; False when it has not come after so many seconds."""
        return self._done.wait(seconds)

    def finish(self) -> None:
        """Record that it has happened."""
        self._done.set()


class _LinkIsCutError(Exception):
    """Ends all tasks of a link."""


class Link:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        cuts: list[Cut],
        withheld: list[bytes],
        delay: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._writers = [writer]
        self._cuts = cuts
        self._withheld = withheld
        self._delay = delay
        # Set between a request that matched and the answer that will be dropped.
        self._losing_answer: Cut | None = None

    async def run(self, host: str, port: int) -> None:
        """Connect to the server and forward until both sides have ended or a cut comes."""
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            return
        self._writers.append(writer)
        client = self._writers[0]
        # Bounded, so that a side that does not read slows the other one down, as a network does.
        requests: _Arrivals = asyncio.Queue(maxsize=256)
        answers: _Arrivals = asyncio.Queue(maxsize=256)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive("to_server", self._reader, requests))
                tasks.create_task(self._send("to_server", requests, writer))
                tasks.create_task(self._receive("to_client", reader, answers))
                tasks.create_task(self._send("to_client", answers, client))
        except* (OSError, _LinkIsCutError):
            self.reset()
        else:
            for each in (writer, client):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    def reset(self) -> None:
        """Drop both connections at once with a TCP reset; harmless when they are gone."""
        for writer in self._writers:
            if not writer.transport.is_closing():
                raw: socket.socket = writer.get_extra_info("socket")
                # Lingering for zero seconds makes close() send a reset in place of a farewell.
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _receive(
        self, direction: Direction, reader: asyncio.StreamReader, arrivals: _Arrivals
    ) -> None:
        """Read at once and note when it is due, so that the delay does not limit the throughput."""
        clock = asyncio.get_running_loop().time
        data = b"..."
        while data:
            data = await reader.read(_CHUNK)
            if direction == "to_client" and data and self._losing_answer is not None:
                self._cut(self._losing_answer)
            await arrivals.put((clock() + self._delay(), data))

    async def _send(
        self, direction: Direction, arrivals: _Arrivals, writer: asyncio.StreamWriter
    ) -> None:
        """Write what has arrived when it is due, unless it is what a cut waits for."""
        clock = asyncio.get_running_loop().time
        tail = b""
        while True:
            due, data = await arrivals.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                writer.write_eof()
                return
            if direction == "to_server" and any(
                _passes(needle, tail, data) for needle in self._withheld
            ):
                # The server hears no more of this connection than its end.
                while data:
                    _, data = await arrivals.get()
                writer.write_eof()
                return
            cut = self._match(direction, tail, data)
            tail = (tail + data)[-_LONGEST_NEEDLE:]
            if cut is not None and cut.before_forward:
                self._cut(cut)
            if cut is not None and direction == "to_server":
                self._losing_answer = cut
            writer.write(data)
            await writer.drain()
            if cut is not None and direction == "to_client":
                # A farewell, not a reset, which could overtake the bytes just written.
                writer.close()
                await writer.wait_closed()
                self._cut(cut)

    def _cut(self, cut: Cut) -> NoReturn:
        self.reset()
        cut.finish()
        raise _LinkIsCutError

    def _match(self, direction: Direction, tail: bytes, data: bytes) -> Cut | None:
        """The cut that these bytes ask for."""
        for cut in self._cuts:
            if cut.direction == direction and _passes(cut.needle, tail, data):
                self._cuts.remove(cut)
                return cut
        return None


def _passes(needle: bytes, tail: bytes, data: bytes) -> bool:
    """Whether a needle ends in these bytes; it may have begun at the end of the last ones."""
    return needle in tail[max(0, len(tail) - len(needle) + 1) :] + data
