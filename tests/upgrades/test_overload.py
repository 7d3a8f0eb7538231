"""A worker that has no room left: what waits is bounded and counted, the rest hears so at once."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.processes import wait_until
from tests.upgrades.in_process import RunningWorker, echo, post, read_all, read_answer
from web.app import create_app
from web.errors import busy_response
from web.server import clients as clients_module
from web.server.worker import BufferingWorker

SLOW = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
THREADS, QUEUE = 2, 3


class Slow:
    """Answers at once, but for /slow, which takes until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/slow":
            assert self.go_on.wait(30)
        return echo(environ, start_response)


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.seen: list[tuple[int, int]] = []

    def looks(self, waiting: int, busy: int) -> None:
        self.seen.append((waiting, busy))

    def begins(self, arrived: float) -> None:
        assert arrived <= time.perf_counter()
        self.heard["begins"] += 1

    def ends(self, waited: float) -> None:
        assert waited >= 0
        self.heard["ends"] += 1

    def is_shed(self) -> None:
        self.heard["is shed"] += 1


@dataclass
class Full:
    """A worker that has no room left."""

    running: RunningWorker
    application: Slow
    told: Told
    # Whoever waits for a thread, the first of them first.
    waiting: list[socket.socket]


@contextmanager
def full(queue: int = 0) -> Iterator[Full]:
    """A worker whose threads are busy and whose queue is full, until it is told to go on."""
    slow, told = Slow(), Told()
    with ExitStack() as stack:
        running = stack.enter_context(RunningWorker(slow, waiting=queue, threads=THREADS))
        running.worker.tpool.observer = told
        # Before the worker ends: it waits for those whom nobody answers.
        stack.callback(slow.go_on.set)
        clients = []
        for number in range(1, THREADS + queue + 1):
            clients.append(stack.enter_context(running.connect()))
            clients[-1].sendall(SLOW)
            begun = min(number, THREADS)
            assert wait_until(lambda n=begun: told.heard == {"begins": n}, 10)
            assert wait_until(lambda n=number - begun: len(running.worker.tpool._waiting) == n, 10)
        served, waiting = clients[:THREADS], clients[THREADS:]
        yield Full(running, slow, told, waiting)
        slow.go_on.set()
        for client in served + waiting:
            assert read_answer(client).endswith(b"/slow")


PAGE = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n"


def test_newcomer_takes_the_place_of_whoever_has_waited_longest():
    with full(QUEUE) as it, ExitStack() as stack:
        newcomers = []
        for _ in range(QUEUE - 1):
            newcomers.append(stack.enter_context(it.running.connect()))
            newcomers[-1].sendall(PAGE)
            # At once, which is while no thread is free.
            shed = it.waiting.pop(0)
            answer = read_answer(shed)
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"\r\nRetry-After: 5\r\n" in answer
        assert it.told.heard == {"begins": 2, "is shed": 2}
        assert wait_until(lambda: (QUEUE, THREADS) in it.told.seen, 10)
        it.application.go_on.set()
        for client in newcomers:
            assert read_answer(client).endswith(b"/page")
        # The same connection, as soon as there is room.
        assert wait_until(lambda: it.told.heard["ends"] == 5, 10)
        shed.sendall(PAGE)
        assert read_answer(shed).endswith(b"/page")
    assert it.told.heard == {"begins": 6, "ends": 6, "is shed": 2}


@pytest.mark.parametrize(
    ("paths", "patience", "order"),
    [
        pytest.param("abc", 60, "abc", id="there is room for all: in the order of coming"),
        pytest.param("abcd", 60, "dcb", id="one was turned away: the newest first"),
        pytest.param("abcd", 0, "bcd", id="all have waited for too long: the oldest first"),
    ],
)
def test_order_of_those_who_wait(paths: str, patience: float, order: str):
    answered = []

    def note(environ: dict[str, Any], start_response: Any) -> Any:
        answered.append(environ["PATH_INFO"].strip("/"))
        return slow(environ, start_response)

    slow, told = Slow(), Told()
    with RunningWorker(note, waiting=QUEUE, threads=1) as running, ExitStack() as stack:
        running.worker.tpool.observer = told
        running.worker.tpool.patience = patience
        stack.callback(slow.go_on.set)

        def in_line() -> int:
            return len(running.worker.tpool._waiting)

        def order_of(paths: str) -> str:
            """Have them come while the only thread is busy; return how they were answered."""
            slow.go_on.clear()
            answered.clear()
            told.heard.clear()
            clients = []
            for number, path in enumerate(("slow", *paths), 1):
                clients.append(stack.enter_context(running.connect()))
                clients[-1].sendall(PAGE.replace(b"page", path.encode()))
                assert wait_until(lambda: told.heard["begins"] == 1, 10)
                assert wait_until(lambda n=number - 1: in_line() + told.heard["is shed"] == n, 10)
            slow.go_on.set()
            for client in clients:
                read_answer(client)
            assert wait_until(lambda: told.heard["ends"] == told.heard["begins"], 10)
            return "".join(answered[1:])

        assert order_of(paths) == order
        # Nobody is waiting any more, and the next ones take turns again.
        assert order_of("abc") == "abc"


def test_thread_that_was_busy_last_is_given_the_next_request():
    served = []

    def note(environ: dict[str, Any], start_response: Any) -> Any:
        served.append(threading.get_ident())
        return slow(environ, start_response)

    slow, told = Slow(), Told()
    with RunningWorker(note, threads=3) as running, ExitStack() as stack:
        running.worker.tpool.observer = told
        stack.callback(slow.go_on.set)
        clients = [stack.enter_context(running.connect()) for _ in range(3)]
        for number, client in enumerate(clients, 1):
            client.sendall(SLOW)
            assert wait_until(lambda n=number: told.heard["begins"] == n, 10)
        slow.go_on.set()
        for number in range(4, 9):
            assert wait_until(lambda: len(running.worker.tpool._idle) == 3, 10)
            read_answer(clients[0])
            clients[0].sendall(PAGE)
            assert wait_until(lambda n=number: told.heard["begins"] == n, 10)
    first_three, later = served[:3], served[3:]
    assert len(set(first_three)) == 3
    assert len(set(later)) == 1


def test_a_look_is_not_waited_for_until_a_request_comes(monkeypatch):
    monkeypatch.setattr(clients_module, "_LOOK_EVERY_S", 0.1)
    told = Told()
    with RunningWorker() as running, running.connect() as client:
        running.worker.tpool.observer = told
        for _ in range(100):
            client.sendall(PAGE)
            assert read_answer(client).endswith(b"/page")
            time.sleep(0.02)
    # A request takes a small part of the time, so most looks see none.
    assert len(told.seen) >= 15
    assert told.seen.count((0, 0)) > len(told.seen) / 2


def test_thread_goes_on_after_an_error_that_nobody_foresaw(caplog):
    class Failing(Told):
        def begins(self, arrived: float) -> None:
            super().begins(arrived)
            if self.heard["begins"] == 1:
                raise SystemExit

    with RunningWorker(threads=1) as running:
        running.worker.tpool.observer = Failing()
        assert running.ask("/page") == b""
        assert running.ask("/page").endswith(b"/page")
    assert "A request could not be handled." in caplog.text


def test_who_comes_where_nobody_may_wait_is_told_at_once_when_to_come_again():
    with full() as it, it.running.connect() as client:
        for _ in range(3):
            client.sendall(PAGE)
            assert read_answer(client).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert it.told.heard == {"begins": 2, "is shed": 3}


@pytest.mark.parametrize(
    "asked",
    [
        post(b"a=b"),
        post(b"half", 100_000),
        b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_shed_connection_is_kept_only_where_it_is_plain_what_comes_next(asked):
    with full() as it, it.running.connect() as client:
        client.sendall(asked)
        answer = read_all(client)
    assert answer.count(b"HTTP/1.1 503 ") == 1
    assert b"\r\nConnection: close\r\n" in answer


def test_shed_head_request_gets_no_body():
    with full() as it, it.running.connect() as client:
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: 0\r\n" not in answer


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/static/a.js", "/bootstrap/static/b.css"]
)
def test_probes_and_files_are_answered_beside_the_threads(path):
    with full(QUEUE) as it:
        for _ in range(20):
            assert it.running.ask(f"{path}?x=1").endswith(path.encode())
        assert it.told.heard == {"begins": 2}


def test_probe_that_hangs_keeps_no_other_waiting_and_has_a_bound():
    slow = Slow()

    def slow_readyz(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/readyz":
            assert slow.go_on.wait(30)
        return echo(environ, start_response)

    told = Told()
    with RunningWorker(slow_readyz) as running, ExitStack() as stack:
        running.worker.tpool.observer = told
        stack.callback(slow.go_on.set)
        asking = [stack.enter_context(running.connect()) for _ in range(120)]
        for client in asking:
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert running.waits_for(120)
        assert wait_until(lambda: running.ask("/readyz").startswith(b"HTTP/1.1 503 "), 10)
        # What goes aside is counted only where it is shed.
        assert told.heard == {"is shed": 20}
        for path in ("/healthz", "/metrics", "/page"):
            assert running.ask(path).endswith(path.encode())


def test_what_goes_aside_is_there(app):
    rules = {rule.rule.partition("<")[0] for rule in app.url_map.iter_rules()}
    # No rule: it comes before the application (web/routes/health.py).
    assert app.test_client().get("/healthz").text == "ok\n"
    assert set(BufferingWorker.aside) - {"/healthz"} <= rules


def test_busy_page_is_that_of_movr_and_asks_nobody(config, caplog):
    app = create_app(config)
    with caplog.at_level("INFO"):
        head, _, page = busy_response(app).partition(b"\r\n\r\n")
    # Nobody has asked for it: it is neither in the log nor among the requests.
    assert caplog.records == []
    header = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    assert header["Retry-After"] == "5"
    assert header["Cache-Control"] == "no-store"
    assert "default-src 'self'" in header["Content-Security-Policy"]
    assert header.keys().isdisjoint({"Content-Length", "X-Request-ID", "Set-Cookie"})
    assert b"<h1>" in page
    assert b"quote this reference" not in page
    app.extensions["movr"].engine.dispose()
