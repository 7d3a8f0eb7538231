"""How the worker ends: whoever has come before is answered, and nobody comes any more."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from gunicorn.workers.gthread import ThreadWorker

from movr import MovR
from tests.support.gunicorn_server import GunicornServer
from tests.support.processes import children_of, wait_until
from tests.upgrades.in_process import RunningWorker, echo, post, read_all, read_answer
from web.server.worker import BufferingWorker


@pytest.fixture
def running() -> Iterator[RunningWorker]:
    with RunningWorker() as running:
        yield running


def answer_to_one_who_came_just_before_the_end(kind: type[ThreadWorker]) -> bytes:
    """What a client is told who has connected and sent a form when the worker is told to end."""
    entered, leave = threading.Event(), threading.Event()

    def wait_in_there(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/first":
            entered.set()
            assert leave.wait(20)
        return echo(environ, start_response)

    running = RunningWorker(wait_in_there, kind)
    running.start()
    with running.connect() as first:
        first.sendall(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        assert entered.wait(20)
        # Like a worker that has so much to do that it comes to the newcomer only after the signal.
        accept, running.worker.accept = running.worker.accept, lambda _listener: None
        running.worker.poller.modify(running.worker.sockets[0], 1, running.worker.accept)
        with running.connect() as last:
            last.sendall(post(b"form"))
            running.worker.accept = accept
            running.worker.handle_exit(None, None)
            if kind is BufferingWorker:
                # Taken, though its thread is not asked before the first is answered.
                assert running.waits_for(2)
            leave.set()
            assert read_answer(first).endswith(b"/first")
            try:
                answer = read_all(last)
            except ConnectionResetError:
                answer = b""
            running.stop()
    return answer


def test_who_has_connected_before_the_end_is_answered_and_told_not_to_go_on():
    answer = answer_to_one_who_came_just_before_the_end(BufferingWorker)
    assert answer.endswith(b"/formform")
    assert b"connection: close" in answer.lower()


def test_gunicorns_own_worker_would_lose_them():
    """Once this fails, gunicorn does by itself what `set_accept_enabled` is for."""
    assert answer_to_one_who_came_just_before_the_end(ThreadWorker) == b""


def test_nobody_new_can_connect_while_the_last_request_is_answered():
    entered, leave = threading.Event(), threading.Event()

    def wait_in_there(environ: dict[str, Any], start_response: Any) -> Any:
        entered.set()
        assert leave.wait(20)
        return echo(environ, start_response)

    def is_refused() -> bool:
        try:
            running.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    running = RunningWorker(wait_in_there)
    running.start()
    with running.connect() as client:
        client.sendall(post(b"form"))
        assert entered.wait(20)
        running.worker.handle_exit(None, None)
        assert wait_until(is_refused, 10)
        leave.set()
        assert read_answer(client).endswith(b"/formform")
    running.stop()


@pytest.mark.parametrize("sent", [signal.SIGABRT, signal.SIGQUIT])
def test_worker_that_is_told_to_end_at_once_does(tmp_path, sent):
    movr = MovR(f"sqlite:///{tmp_path}/movr.db")
    movr.create_schema()
    movr.engine.dispose()
    settings = {"DEBUG": "True", "DB_URI": f"sqlite:///{tmp_path}/movr.db"}
    with GunicornServer(settings, workers=1) as server:
        # Its threads have begun to wait for requests.
        for path in ("/healthz", "/vehicles"):
            with urlopen(server.url + path) as answer:  # noqa: S310 (on this machine)
                assert answer.status == 200
        (worker,) = children_of(server.pid)
        os.kill(worker, sent)
        # Half of the time after which gunicorn would kill it.
        assert wait_until(lambda: worker not in children_of(server.pid), 15)
        assert "Exception in worker process" not in server.log()


def test_request_on_a_kept_connection_is_answered_after_the_signal(running):
    with running.connect() as client:
        client.sendall(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"connection: close" not in read_answer(client).lower()
        running.worker.handle_exit(None, None)
        client.sendall(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = read_answer(client)
    assert answer.endswith(b"/2")
    assert b"connection: close" in answer.lower()
