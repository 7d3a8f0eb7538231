"""How the worker ends: whoever has come before is answered, and nobody comes any more."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from tests.support.processes import wait_until
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


def test_request_on_a_kept_connection_is_answered_after_the_signal(running):
    with running.connect() as client:
        client.sendall(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"connection: close" not in read_answer(client).lower()
        running.worker.handle_exit(None, None)
        client.sendall(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = read_answer(client)
    assert answer.endswith(b"/2")
    assert b"connection: close" in answer.lower()
