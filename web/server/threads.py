"""The threads of a worker, and the queue of requests that wait for one.

The worker decides what a request is told if there is no room for it.
"""

import logging
import time
from collections import deque
from collections.abc import Collection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, Protocol

_log = logging.getLogger("gunicorn.error")

# A thread handles one of these in less than a millisecond, and a browser asks for many at once.
_WAITING_ASIDE: Final = 100


class Observer:
    """Is told what happens to requests, by the loop and by the threads. This one ignores it."""

    def looks(self, waiting: int, busy: int) -> None:
        """Once a second: so many requests wait for a thread, and so many threads are busy."""

    def begins(self, arrived: float) -> None:
        """A thread takes a request, which arrived at this time (`time.perf_counter`)."""

    def ends(self, waited: float) -> None:
        """A thread is done with a request, which had waited for this many seconds."""

    def is_shed(self) -> None:
        """A waiting request was turned away because there was no room."""


class Server(Protocol):
    """What the threads work for."""

    def handle(self, conn: Any) -> object:
        """Respond to the request of a connection; return whether another one may follow."""

    def finish(self, conn: Any, is_kept: bool) -> None:
        """Go on with a connection that a thread is done with."""

    def shed(self, conn: Any) -> None:
        """Turn a connection away, from within `submit`."""


class Threads:
    """The threads for pages, and one thread for each path that must not wait for pages.

    A path that ends with a slash stands for everything below it.

    The thread that was the last to become idle is the first to get a request, because the
    processor's caches still hold what it needs. Turns would make a page a tenth slower.

    When the queue is full, a new request replaces the one that has waited longest, and until it has
    been empty, the newest is served first. As many are served as if they took turns, but those who
    are have hardly waited, however many come. Nobody is passed over for longer than `patience`, in
    seconds. Paths with a thread of their own are the exception: there a full queue means that the
    thread hangs, so new requests are turned away.
    """

    patience = 0.2

    def __init__(
        self, threads: int, waiting: int, server: Server, aside: Collection[str] = ()
    ) -> None:
        self._server: Final = server
        # Anything with the methods of an Observer. About paths with their own thread it hears only
        # what is turned away.
        self.observer: Any = Observer()
        self._size: Final = threads
        self._room: Final = waiting
        self._lock: Final = Lock()
        # An inbox brings its thread connections, or None to end.
        self._threads: Final[dict[SimpleQueue[Any], Thread]] = {}
        # A stack: see above.
        self._idle: Final[list[SimpleQueue[Any]]] = []
        self._waiting: Final = deque[Any]()
        # Requests have been turned away since the queue was last empty.
        self._is_overloaded = False
        self._aside: Final = {path: Threads(1, _WAITING_ASIDE, server) for path in aside}

    def submit(self, conn: Any) -> None:
        """Have a thread handle a connection, whose `path` and `arrived` are set.

        Without room, one of the waiting connections is shed.
        """
        threads = self._for(conn.path)
        with threads._lock:
            if inbox := threads._free_inbox():
                inbox.put(conn)
                return
            threads._waiting.append(conn)
            if len(threads._waiting) <= threads._room:
                return
            if threads is self:
                self._is_overloaded = True
                shed = self._waiting.popleft()
            else:
                shed = threads._waiting.pop()
        self.observer.is_shed()
        self._server.shed(shed)

    def look(self) -> None:
        """Tell the observer how many requests are waiting, and how many threads are busy."""
        with self._lock:
            waiting, busy = len(self._waiting), len(self._threads) - len(self._idle)
        self.observer.looks(waiting, busy)

    def shutdown(self, wait: bool = True) -> None:
        """End each thread once nobody waits for it; a signal may call this at any moment."""
        for threads in (self, *self._aside.values()):
            started = list(threads._threads.items())
            for inbox, _thread in started:
                inbox.put(None)
            if wait:
                for _inbox, thread in started:
                    thread.join()

    def _for(self, path: str) -> "Threads":
        for aside, threads in self._aside.items():
            if path == aside or (aside.endswith("/") and path.startswith(aside)):
                return threads
        return self

    def _free_inbox(self) -> "SimpleQueue[Any] | None":
        """Return that of an idle or a new thread, or None if there are enough, and all busy."""
        if self._idle:
            return self._idle.pop()
        if len(self._threads) == self._size:
            return None
        inbox = SimpleQueue[Any]()
        # Nobody waits for it when the process ends: requests have had their time by then.
        thread = Thread(target=self._run, args=(inbox,), daemon=True)
        thread.start()
        self._threads[inbox] = thread
        return inbox

    def _run(self, inbox: "SimpleQueue[Any]") -> None:
        while conn := inbox.get():
            while conn:
                is_kept = self._handle(conn)
                # Free already: a request may follow on this very connection.
                following = self._next(inbox)
                self._server.finish(conn, is_kept)
                conn = following

    def _handle(self, conn: Any) -> bool:
        waited = time.perf_counter() - conn.arrived
        # Whatever is raised, by an observer too, the thread goes on and the connection ends.
        try:
            self.observer.begins(conn.arrived)
            try:
                return bool(self._server.handle(conn))
            finally:
                self.observer.ends(waited)
        except BaseException:  # noqa: BLE001 (it is logged)
            _log.exception("A request could not be handled.")
            return False

    def _next(self, inbox: "SimpleQueue[Any]") -> Any:
        """Return a connection that has waited, or None: then this thread is idle."""
        with self._lock:
            if not self._waiting:
                self._idle.append(inbox)
                return None
            is_newest_first = (
                self._is_overloaded
                and time.perf_counter() - self._waiting[0].arrived < self.patience
            )
            found = self._waiting.pop() if is_newest_first else self._waiting.popleft()
            if not self._waiting:
                self._is_overloaded = False
            return found
