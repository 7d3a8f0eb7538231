"""The threads of a worker, and the queue of requests that wait for one.

The worker decides what a request is told if there is no room for it.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any, Final

# A thread handles one of these in less than a millisecond, and a browser asks for many at once.
_WAITING_ASIDE: Final = 100


class Observer:
    """Is told what happens to requests, sometimes from a thread. This one ignores it."""

    def waits(self) -> None:
        """A request waits for a thread."""

    def begins(self, arrived: float) -> None:
        """A thread takes a request, which arrived at this time (`time.perf_counter`)."""

    def ends(self, waited: float) -> None:
        """A thread is done with a request, which had waited for this many seconds."""

    def is_shed(self) -> None:
        """A waiting request was turned away because there was no room."""


class Threads(ThreadPoolExecutor):
    """The threads for pages, and one thread for each path that must not wait for pages.

    A path that ends with a slash stands for everything below it.

    When the queue is full, a new request replaces the one that has waited longest, and until it has
    been empty, the newest is served first. As many are served as if they took turns, but those who
    are have hardly waited, however many come. Nobody is passed over for longer than `patience`, in
    seconds. Paths with a thread of their own are the exception: there a full queue means that the
    thread hangs, so new requests are turned away.
    """

    patience = 0.2

    def __init__(
        self,
        threads: int,
        waiting: int,
        refuse: Callable[[Any], object],
        aside: Collection[str] = (),
    ) -> None:
        super().__init__(threads)
        self._refuse: Final = refuse
        # Anything with the methods of an Observer. About paths with their own thread it hears only
        # what is turned away.
        self.observer: Any = Observer()
        self._room: Final = BoundedSemaphore(threads + waiting)
        # Requests have been turned away since the queue was last empty.
        self._is_overloaded = False
        # One entry for each call of `_run` that the executor owes; each call takes one.
        self._waiting: Final = deque[tuple[Future[Any], Callable[[Any], Any], Any]]()
        self._aside: Final = {path: Threads(1, _WAITING_ASIDE, refuse) for path in aside}

    # Gunicorn submits nothing but a handler and its connection.
    def submit(self, handle: Callable[[Any], Any], conn: Any) -> "Future[Any]":  # type: ignore[override]
        """Have a thread handle a connection, whose `path` and `arrived` are set.

        Without room, calls `refuse` with one of the waiting connections; its future never
        completes.
        """
        threads = self._for(conn.path)
        threads.observer.waits()
        future = Future[Any]()
        threads._waiting.append((future, handle, conn))
        if threads._room.acquire(blocking=False):
            ThreadPoolExecutor.submit(threads, threads._run)
        else:
            # The queue holds one more than the threads will take, so there is always one to turn
            # away.
            *_, shed = threads._waiting.popleft() if threads is self else threads._waiting.pop()
            if threads is self:
                self._is_overloaded = True
            else:
                self.observer.waits()
            self.observer.is_shed()
            self._refuse(shed)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept nothing more, as an executor does."""
        for threads in self._aside.values():
            threads.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _for(self, path: str) -> "Threads":
        for aside, threads in self._aside.items():
            if path == aside or (aside.endswith("/") and path.startswith(aside)):
                return threads
        return self

    def _run(self) -> None:
        future, handle, conn = self._next()
        try:
            result = self._handle(handle, conn)
        except BaseException as error:  # noqa: BLE001 (the future passes it on)
            future.set_exception(error)
        else:
            future.set_result(result)

    def _next(self) -> "tuple[Future[Any], Callable[[Any], Any], Any]":
        # The loop may turn the oldest away meanwhile, but never the last one.
        *_, oldest = self._waiting[0]
        is_newest_first = (
            self._is_overloaded and time.perf_counter() - oldest.arrived < self.patience
        )
        found = self._waiting.pop() if is_newest_first else self._waiting.popleft()
        if not self._waiting:
            self._is_overloaded = False
        return found

    def _handle(self, handle: Callable[[Any], Any], conn: Any) -> Any:
        waited = time.perf_counter() - conn.arrived
        try:
            self.observer.begins(conn.arrived)
            try:
                return handle(conn)
            finally:
                self.observer.ends(waited)
        finally:
            # Also if an observer raises an error: a place that is not given back is lost for good.
            self._room.release()
