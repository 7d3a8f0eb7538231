"""The worker on its own: what it waits for without a thread, what it refuses, and how it ends."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from tests.support.processes import wait_until
from tests.upgrades.in_process import RunningWorker, echo, read_all, read_answer
from web.arrival import MOST_BODY_BYTES, MOST_HEAD_BYTES
from web.worker import PatientWorker


class Hasty(PatientWorker):
    """Has no patience, so that a test need not wait."""

    arrival_timeout = 0.0
    reading_timeout = 0.2


@pytest.fixture
def running() -> Iterator[RunningWorker]:
    with RunningWorker() as running:
        yield running


def post(body: bytes, length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost", post(b"half", 8)])
def test_more_slow_clients_than_threads_hinder_nobody(running, begin):
    slow = [running.connect() for _ in range(20)]
    for client in slow:
        client.sendall(begin)
    assert running.waits_for(20)
    assert running.ask("/page").endswith(b"/page")
    for client in slow:
        client.close()
    assert running.waits_for(0)


def test_request_that_comes_byte_by_byte_is_answered(running):
    with running.connect() as client:
        for byte in post(b"a=b"):
            client.sendall(bytes([byte]))
        assert read_answer(client).endswith(b"/forma=b")


def test_connection_is_kept_for_the_next_request(running):
    with running.connect() as client:
        for number in range(3):
            client.sendall(f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert read_answer(client).endswith(f"/{number}".encode())


def test_requests_sent_together_are_answered_in_order(running):
    asked = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(5))
    with running.connect() as client:
        client.sendall(asked + b"GET /half HTTP/1.1\r\n")
        for number in range(5):
            assert read_answer(client).endswith(f"/{number}".encode())
        client.sendall(b"Host: a\r\n\r\n")
        assert read_answer(client).endswith(b"/half")


def test_empty_lines_before_a_request_mean_nothing(running):
    with running.connect() as client:
        client.sendall(b"\r\n\r\nGET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_answer(client).endswith(b"/page")


def test_client_that_asks_whether_to_go_on_is_told_to(running):
    with running.connect() as client:
        client.sendall(post(b"", 4, "Expect: 100-continue\r\n"))
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"body")
        client.shutdown(1)
        assert read_all(client).endswith(b"/formbody")


def test_longer_header_than_any_browsers_is_refused(running):
    with running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"x" * MOST_HEAD_BYTES)
        assert read_all(client).startswith(b"HTTP/1.1 431 ")
    assert running.ask("/page").endswith(b"/page")


def test_body_of_unknown_length_is_refused(running):
    with running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1")
        assert read_all(client).startswith(b"HTTP/1.1 411 ")


def test_body_that_is_too_long_is_not_waited_for():
    def refuse(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("413 Content Too Large", [("Content-Length", "2")])
        return [b"no"]

    with RunningWorker(refuse) as running, running.connect() as client:
        client.sendall(post(b"only the beginning", MOST_BODY_BYTES + 1))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("wrong", [b"no request\r\n\r\n", post(b"", 0, "Content-Length: 5\r\n")])
def test_what_is_no_request_is_refused_by_gunicorns_own_parser(running, wrong):
    with running.connect() as client:
        client.sendall(wrong)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")
    assert running.ask("/page").endswith(b"/page")


def test_request_that_does_not_arrive_in_time_is_given_up():
    with RunningWorker(kind=Hasty) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost")
        assert read_all(client).startswith(b"HTTP/1.1 408 ")


def test_body_that_an_application_waits_for_ends_in_time():
    """As an application would that reads what is too long."""
    with RunningWorker(kind=Hasty) as running, running.connect() as client:
        client.sendall(post(b"only the beginning", MOST_BODY_BYTES + 1))
        assert read_all(client).endswith(b"/formonly the beginning")


def test_client_that_neither_reads_nor_stops_asking_loses_its_connection():
    def much(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "200000")])
        return [b"x" * 200_000]

    with RunningWorker(much) as running:
        deaf = [running.connect() for _ in range(10)]
        for client in deaf:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        assert len(running.ask()) > 200_000
        assert running.waits_for(0)
        for client in deaf:
            client.close()


def test_answer_that_nobody_reads_ends_in_time():
    def very_much(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "50000000")])
        return [b"x" * 50_000_000]

    class Reading(PatientWorker):
        reading_timeout = 0.2

    with RunningWorker(very_much, Reading) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert running.waits_for(1)
        assert running.waits_for(0)


def test_client_that_does_not_close_its_side_hinders_nobody(running):
    asked = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    lingering = [running.connect() for _ in range(20)]
    for client in lingering:
        client.sendall(asked)
        # The answer and its end; our own side stays open.
        assert read_all(client).endswith(b"/")
    assert running.ask("/page").endswith(b"/page")
    for client in lingering:
        client.close()


def test_newcomer_takes_the_place_of_whoever_was_idle_for_longest():
    with RunningWorker(worker_connections=10) as running:
        idle = [running.connect() for _ in range(30)]
        assert running.ask("/page").endswith(b"/page")
        assert idle[0].recv(1) == b""
        for client in idle:
            client.close()


def test_newcomer_takes_the_place_of_a_slow_one():
    with RunningWorker(worker_connections=10) as running:
        slow = []
        for _ in range(30):
            slow.append(running.connect())
            slow[-1].sendall(b"GET / HTTP/1.1\r\n")
        assert running.ask("/page").endswith(b"/page")
        for client in slow:
            client.close()


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
            if kind is PatientWorker:
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
    answer = answer_to_one_who_came_just_before_the_end(PatientWorker)
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
