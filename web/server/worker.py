"""Gunicorn's threaded worker, with six improvements that gunicorn 27.0.1 lacks.

- A request gets a thread once all of it has arrived. In gunicorn, a thread waits for slow senders.
- An unread response waits in the event loop, within a memory limit. In gunicorn, a thread waits
  for it, and a client that never reads occupies the kernel's memory for ten minutes.
- The queue for threads is bounded, and probes and files have their own. In gunicorn it grows until
  the orchestrator's probe, at its end, has the busy container killed.
- Closing a connection never blocks the loop. In gunicorn, the whole loop waits two seconds for
  each client.
- A thread finishes its request itself, and the thread that was busy last gets the next one. In
  gunicorn, threads take turns and wake the loop for each response: a page takes a sixth more CPU
  time.
- On shutdown it accepts every connection made before. Gunicorn would reset them.

What concerns clients is in clients.py. The first two do nothing behind a proxy that buffers
requests and responses. When a newer gunicorn makes a part superfluous, delete it:
tests/upgrades/test_gunicorn.py notices. Nothing here knows of MovR.
"""

import time
from threading import Lock
from typing import Any

from web.server.clients import PatientWorker
from web.server.threads import Threads


class BufferingWorker(PatientWorker):
    """Buffers slow clients, and turns away what its threads cannot handle soon."""

    # How many requests may wait for a thread; None means twice the number of threads.
    max_waiting: int | None = None
    # What must not wait for pages: probes, and the files of pages that have been sent.
    aside = ("/healthz", "/readyz", "/metrics", "/static/", "/bootstrap/static/")
    # The header lines and body of the response when the queue is full.
    busy = b"Retry-After: 5\r\nContent-Type: text/plain\r\n\r\nToo busy: try again soon.\n"

    _accepting: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # For everything but handling a request: the loop lends it to the threads while it waits.
        self._loop_lock = Lock()
        self._is_over = False

    def run(self) -> None:
        """Serve until the worker is told to stop, and its clients have been responded to."""
        # Gunicorn would look each setting up by way of a method, thirty times a request.
        vars(self.cfg).update((name, setting.get()) for name, setting in self.cfg.settings.items())
        # A signal or an error may end it anywhere, and the process with it: then no thread needs
        # the lock, so it is released at the proper end only.
        self._loop_lock.acquire()
        super().run()
        self._is_over = True
        self._loop_lock.release()

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for events; threads finish their requests meanwhile."""
        # Not to be woken for a look by a request that is then taken for what is usual.
        look = max(0.0, self._next_look - time.monotonic())
        self._loop_lock.release()
        events = self.poller.select(look if timeout is None else min(look, timeout))
        self._loop_lock.acquire()
        for key, _ in events:
            key.data(key.fileobj)

    def get_thread_pool(self) -> Threads:  # type: ignore[override]  # Gunicorn expects an executor.
        """Return threads with a bounded queue, and separate ones for the paths in `aside`."""
        waiting = 2 * self.cfg.threads if self.max_waiting is None else self.max_waiting
        return Threads(self.cfg.threads, waiting, self, self.aside)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Do as gunicorn does; on shutdown, accept every connection already made, then close.

        Gunicorn would leave the socket open, with nobody accepting, until the last request is
        handled: a client that connects meanwhile would send a request and lose it. Once the socket
        is closed, new clients know that nothing was received, and a balancer can send even a form
        elsewhere. Only a client that connects between the last accept and the close is reset.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                while self._accept(listener):
                    pass
                listener.close()

    def enqueue_req(self, conn: Any) -> None:
        """Have a thread handle a request."""
        self.tpool.submit(conn)

    def handle(self, conn: Any) -> Any:
        """Read the request in a thread; one that was turned away never gets here."""
        conn.sock.is_lent = True
        conn.hand_over()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Respond in a thread, which sends what can be sent at once."""
        if not conn.is_whole:
            req.force_close()
        # A client that expects "100 Continue" has got it by now; a refused body need not come.
        req._expected_100_continue = False
        keep = super().handle_request(req, conn)
        conn.sock.flush()
        return keep

    def finish(self, conn: Any, is_kept: bool) -> None:
        """Send the rest of the response, then wait for the next request; threads call this."""
        with self._loop_lock:
            conn.sock.is_lent = False
            if self._is_over:
                return
            conn.is_kept = is_kept
            try:
                self._deliver(conn)
            except Exception:
                self.log.exception("This worker has lost track of a connection, and ends.")
                self.alive = False
            if not (self.alive and self._accepting):
                # The loop waits for connections to end.
                self.method_queue.defer(lambda: None)

    def shed(self, conn: Any) -> None:
        """Turn a request away."""
        self._refuse(conn, "503 Service Unavailable", self.busy)
