"""What gunicorn's own worker does, for which ours overrides it.

One of these that fails is good news: gunicorn has changed, and the part of web/server that it names
is to be read again, or to go.
"""

import hashlib
import inspect
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from tests.support.processes import wait_until
from tests.upgrades.in_process import RunningWorker, echo, post
from tests.upgrades.test_unread import deaf, large
from web.server.clients import PatientWorker
from web.server.connections import BufferedConnection, Unreader
from web.server.worker import BufferingWorker

# What each of gunicorn 27.0.1 is, as far as we have read it.
READ = {
    ThreadWorker: {
        "__init__": "5681b8b542ea",
        "accept": "f8dcead3dce5",
        "enqueue_req": "c9f428953d24",
        "get_thread_pool": "003f3549a71b",
        "handle": "ca85c9be3df7",
        "handle_request": "6d0de5b91910",
        "murder_pending": "7bf11f464542",
        "on_client_socket_readable": "aead1a3ea7b7",
        "run": "f92c7394d857",
        "set_accept_enabled": "140150ebfd3c",
        "wait_for_and_dispatch_events": "ea969b352482",
    },
    TConn: {"__init__": "c8763d7c6597"},
    SocketUnreader: {"chunk": "9f62532259f8"},
}


@pytest.mark.parametrize(
    ("base", "ours"),
    [
        (ThreadWorker, (PatientWorker, BufferingWorker)),
        (TConn, (BufferedConnection,)),
        (SocketUnreader, (Unreader,)),
    ],
)
def test_overridden_methods_are_those_of_the_gunicorn_that_was_read(
    base: type, ours: tuple[type, ...]
):
    def digest(name: str) -> str:
        return hashlib.sha256(inspect.getsource(vars(base)[name]).encode()).hexdigest()[:12]

    defined = {name for each in ours for name in vars(each)}
    overridden = {name for name in defined if inspect.isfunction(vars(base).get(name))}
    assert {name: digest(name) for name in overridden} == READ[base]


def seconds_until_answered(running: RunningWorker, path: str = "/small") -> float:
    """How long somebody waits who asks for something small."""
    begin = time.monotonic()
    answer = running.ask(path)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
    return time.monotonic() - begin


def hold_threads_by_sending_slowly(running: RunningWorker) -> Callable[[], None]:
    clients = [running.connect() for _ in range(2)]
    for client in clients:
        client.sendall(post(b"half", 8))
    assert wait_until(lambda: running.worker.nr == 2, 10)

    def go_on() -> None:
        for client in clients:
            client.sendall(b"half")
            client.close()

    return go_on


def hold_threads_by_not_reading(running: RunningWorker) -> Callable[[], None]:
    clients = [deaf(running) for _ in range(2)]
    assert wait_until(lambda: running.worker.nr == 2, 10)

    def hang_up() -> None:
        for client in clients:
            client.close()

    return hang_up


@pytest.mark.parametrize("hold", [hold_threads_by_sending_slowly, hold_threads_by_not_reading])
def test_slow_clients_hold_the_threads_of_gunicorns_own_worker(hold):
    """Why requests and answers are buffered: accept, on_client_socket_readable, murder_pending;
    handle_request and the socket of connections."""
    with RunningWorker(large, ThreadWorker) as running:
        let_go = hold(running)
        answered = threading.Thread(target=running.ask, args=("/small",))
        answered.start()
        answered.join(1)
        waits = answered.is_alive()
        let_go()
        answered.join(20)
        assert waits
        assert not answered.is_alive()


def test_gunicorns_own_worker_waits_in_its_loop_for_whoever_it_closes():
    """Why enqueue_req has threads finish their requests without finish_request."""
    asked = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with RunningWorker(echo, ThreadWorker) as running:
        # These do not close their side.
        lingering = [running.connect() for _ in range(2)]
        for client in lingering:
            client.sendall(asked)
        for client in lingering:
            assert client.recv(1000)
        assert seconds_until_answered(running) > 1
        for client in lingering:
            client.close()


def test_gunicorns_own_worker_has_any_number_wait_and_probes_with_them():
    """Why get_thread_pool gives another one."""
    leave = threading.Event()

    def wait_in_there(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/slow":
            assert leave.wait(20)
        return echo(environ, start_response)

    with RunningWorker(wait_in_there, ThreadWorker) as running:
        crowd = [running.connect() for _ in range(100)]
        for client in crowd:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        assert running.waits_for(100)
        probe = running.connect()
        probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        probe.settimeout(1)
        with pytest.raises(TimeoutError):
            probe.recv(1)
        for client in crowd:
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)
        leave.set()
        probe.settimeout(20)
        assert probe.recv(1)
        for client in (*crowd, probe):
            client.close()
