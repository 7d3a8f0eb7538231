"""A network that misbehaves on purpose: a TCP proxy with distance, cuts and refusals.

It runs in a thread of its own, so that blocking clients and servers can be put on either side.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, cast

from tests.support.loopback import HOST, free_port
from tests.support.started import Started
from tests.support.tcp_link import Cut, Direction, Link

_TIMEOUT = 10.0


class TcpProxy(Started):
    """Listens on `.port` of this machine and forwards to a target, while the context lasts.

    The delay, in seconds, is that of one direction and may be changed at any time. Connecting is
    not delayed, since the kernel answers before the proxy knows.
    """

    def __init__(self, target_port: int, target_host: str = HOST, delay: float = 0.0) -> None:
        self.port = free_port()
        self.delay = delay
        self.withheld: list[bytes] = []
        """What holds one of these, and all that its client sends after it, never arrives."""
        self._target = (target_host, target_port)
        # A connection that has just been taken has no link yet.
        self._links: dict[asyncio.Task[None], Link | None] = {}
        self._cuts: list[Cut] = []
        self._listener: socket.socket | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy")

    def start(self) -> None:
        self._thread.start()
        self.accept()

    def stop(self) -> None:
        try:
            self._run(self._close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_TIMEOUT)
            self._loop.close()

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._links)

    def cut_all(self) -> None:
        """Reset every open connection on both sides, dropping what is under way."""
        self._run(self._cut_all())

    def cut_when(
        self,
        needle: bytes,
        direction: Direction = "to_server",
        *,
        before_forward: bool,
    ) -> Cut:
        """Cut the connection the next time these bytes pass; wait on the answer to know when.

        to_server, before_forward=True: the request is lost, the server never sees it.
        to_server, before_forward=False: the answer is lost. The server gets the request, the
        proxy waits until the answer comes back, then drops it and cuts.
        to_client: likewise, but cut before or right after the bytes reach the client.
        Applies to one connection, once, on open and future connections.
        """
        cut = Cut(needle, direction, before_forward)
        self._run(self._arm(cut))
        return cut

    def refuse(self) -> None:
        """Refuse new connections, as a host does where nobody listens; open ones stay."""
        self._run(self._refuse())

    def accept(self) -> None:
        """Take new connections (again)."""
        self._run(self._accept())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT)

    async def _accept(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server((HOST, self.port))
            self._listener.setblocking(False)
            # Not asyncio.start_server: closed at the wrong moment, it leaks what it has accepted.
            self._loop.add_reader(self._listener, self._take_connections)

    def _take_connections(self) -> None:
        """Start serving each client that the kernel has connected."""
        while self._listener is not None:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # As asyncio does for what it connects itself: otherwise the second part of a long
            # response waits for the client to acknowledge the first, 40 ms on Linux.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = self._loop.create_task(self._serve(connection))
            self._links[task] = None
            task.add_done_callback(self._links.pop)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._take_connections()
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    async def _arm(self, cut: Cut) -> None:
        self._cuts.append(cut)

    async def _cut_all(self) -> None:
        self._take_connections()
        doomed = list(self._links)
        while any(self._links.get(task, ...) is None for task in doomed):
            await asyncio.sleep(0)
        for task in doomed:
            if link := self._links.get(task):
                link.reset()
                task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)

    async def _close(self) -> None:
        await self._refuse()
        await self._cut_all()

    async def _serve(self, connection: socket.socket) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        reader, writer = await asyncio.open_connection(sock=connection)
        link = self._links[task] = Link(
            reader, writer, self._cuts, self.withheld, lambda: self.delay
        )
        try:
            await link.run(*self._target)
        finally:
            link.reset()
