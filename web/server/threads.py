"""The threads of a worker, and how many requests may wait for one.

What a request is told for which there is no room is for the worker to say.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any, Final

# These take a thread less than a millisecond, and a browser asks for many files at once.
_WAITING_ASIDE: Final = 100


class Observer:
    """Is told what becomes of requests, partly by the threads; this one keeps none of it."""

    def waits(self) -> None:
        """Hear of a request that waits for a thread."""

    def begins(self, arrived: float) -> None:
        """Hear in a thread that it takes a request that had come then (`time.perf_counter`)."""

    def ends(self, waited: float) -> None:
        """Hear in a thread that it is done with a request, which had waited for so many seconds."""

    def is_shed(self) -> None:
        """Hear of a request that waits no longer, because there is no room."""


class Threads(ThreadPoolExecutor):
    """Threads that answer, and one more for each path that must not wait for the others.

    A path that ends with a slash stands for all below it. To gunicorn, which submits what has come
    and shuts it down, it is any pool of threads.

    Where there is no room, a newcomer takes the place of whoever has waited longest: as many are
    served as if newcomers were turned away, but the more come, the shorter those have waited who
    are. What goes aside takes nobody's place, for there a full queue means that a thread hangs.
    """

    def __init__(
        self,
        threads: int,
        waiting: int,
        refuse: Callable[[Any], object],
        aside: Collection[str] = (),
    ) -> None:
        super().__init__(threads)
        self._refuse: Final = refuse
        # Anything with the methods of one. What goes aside it only hears of where it is shed.
        self.observer: Any = Observer()
        self._room: Final = BoundedSemaphore(threads + waiting)
        # As many as the executor has been asked to call `_run` for, which takes the first of them.
        self._waiting: Final = deque[tuple[Future[Any], Callable[[Any], Any], Any]]()
        self._aside: Final = {path: Threads(1, _WAITING_ASIDE, refuse) for path in aside}

    # Of what an executor takes, gunicorn gives it this alone.
    def submit(self, handle: Callable[[Any], Any], conn: Any) -> "Future[Any]":  # type: ignore[override]
        """Have a thread handle a connection, of which `path` and `arrived` are known.

        Where there is no room, `refuse` is called with one that waits; its future never ends.
        """
        threads = self._for(conn.path)
        threads.observer.waits()
        future = Future[Any]()
        threads._waiting.append((future, handle, conn))
        if threads._room.acquire(blocking=False):
            ThreadPoolExecutor.submit(threads, threads._run)
        else:
            # One more waits than threads will ask for, so that they leave one whatever they do.
            *_, shed = threads._waiting.popleft() if threads is self else threads._waiting.pop()
            if threads is not self:
                self.observer.waits()
            self.observer.is_shed()
            self._refuse(shed)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; as an executor does."""
        for threads in self._aside.values():
            threads.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _for(self, path: str) -> "Threads":
        for aside, threads in self._aside.items():
            if path == aside or (aside.endswith("/") and path.startswith(aside)):
                return threads
        return self

    def _run(self) -> None:
        future, handle, conn = self._waiting.popleft()
        try:
            result = self._handle(handle, conn)
        except BaseException as error:  # noqa: BLE001 (whoever asks for the result gets it)
            future.set_exception(error)
        else:
            future.set_result(result)

    def _handle(self, handle: Callable[[Any], Any], conn: Any) -> Any:
        waited = time.perf_counter() - conn.arrived
        try:
            self.observer.begins(conn.arrived)
            try:
                return handle(conn)
            finally:
                self.observer.ends(waited)
        finally:
            # Whatever an observer raises: a place that is lost would be lost for good.
            self._room.release()
