"""The threads of a worker, and how many requests may wait for one.

What becomes of a request for which there is no room is for the worker to say.
"""

import time
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
        """Hear of a request for which there was no room."""


class Threads(ThreadPoolExecutor):
    """Threads that answer, and one more for each path that must not wait for the others.

    A path that ends with a slash stands for all below it. To gunicorn, which submits what has come
    and shuts it down, it is any pool of threads.
    """

    def __init__(self, threads: int, waiting: int, aside: Collection[str] = ()) -> None:
        super().__init__(threads)
        # Anything with the methods of one. What goes aside it only hears of where it is shed.
        self.observer: Any = Observer()
        self._room: Final = BoundedSemaphore(threads + waiting)
        self._aside: Final = {path: Threads(1, _WAITING_ASIDE) for path in aside}

    def take_place(self, path: str) -> bool:
        """Return whether a request for this path has a place now, and is to be submitted."""
        has_place = self._for(path)._room.acquire(blocking=False)
        if not has_place:
            self.observer.is_shed()
        return has_place

    # Of what an executor takes, gunicorn gives it this alone.
    def submit(self, handle: Callable[[Any], Any], conn: Any) -> "Future[Any]":  # type: ignore[override]
        """Have a thread handle a connection, of which `path` and `arrived` are known."""
        threads = self._for(conn.path)
        threads.observer.waits()
        return ThreadPoolExecutor.submit(threads, threads._run, handle, conn)

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

    def _run(self, handle: Callable[[Any], Any], conn: Any) -> Any:
        waited = time.perf_counter() - conn.arrived
        self.observer.begins(conn.arrived)
        try:
            return handle(conn)
        finally:
            self.observer.ends(waited)
            self._room.release()
