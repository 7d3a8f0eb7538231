"""The worker on its own: what it waits for without a thread, and what it refuses."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.processes import wait_until
from tests.upgrades.in_process import RunningWorker, post, read_all, read_answer
from web.server.connections import MAX_BODY_BYTES, MAX_HEAD_BYTES
from web.server.worker import BufferingWorker


class Hasty(BufferingWorker):
    """Has no patience, so that a test need not wait."""

    arrival_timeout = 0.0
    reading_timeout = 0.2


@pytest.fixture
def running() -> Iterator[RunningWorker]:
    with RunningWorker() as running:
        yield running


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


@pytest.mark.parametrize("length", ["9" * 19, "1" + "0" * 4000, "0" * 20 + "8"])
def test_thread_waits_for_no_body_however_its_length_is_written(length):
    def answer_unread(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    with RunningWorker(answer_unread) as running:
        slow = [running.connect() for _ in range(20)]
        for client in slow:
            client.sendall(post(b"half", length))
        begin = time.monotonic()
        assert running.ask().endswith(b"ok")
        # Half of what a thread would wait for the rest.
        assert time.monotonic() - begin < BufferingWorker.arrival_timeout / 2
        for client in slow:
            client.close()


def test_body_whose_length_begins_with_many_zeros_is_read(running):
    with running.connect() as client:
        client.sendall(post(b"bo", "0" * 20 + "4"))
        client.sendall(b"dy")
        assert read_answer(client).endswith(b"/formbody")


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


def test_request_that_follows_at_once_finds_the_thread_free():
    with RunningWorker(waiting=0, threads=1) as running, running.connect() as client:
        for _ in range(50):
            client.sendall(2 * b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(2):
                assert read_answer(client).endswith(b"/page")


def test_answer_that_fails_halfway_ends_its_own_connection_only():
    def fail_halfway(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        fails = environ["PATH_INFO"] == "/fails"
        start_response("200 OK", [("Content-Length", "4")])
        yield b"half" if not fails else b"ha"
        if fails:
            raise ValueError

    with RunningWorker(fail_halfway) as running:
        for _ in range(20):
            # Gunicorn closes the first one in its thread; a newcomer would get its number.
            with running.connect() as client, running.connect() as newcomer:
                client.sendall(b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n")
                assert not read_all(client).endswith(b"half")
                newcomer.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
                assert read_answer(newcomer).endswith(b"half")
        assert running.waits_for(0)


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
        answer = read_all(client)
    assert answer.endswith(b"/formbody")
    assert b"100 Continue" not in answer, "told twice"


def test_client_that_has_sent_all_is_not_told_to_go_on(running):
    with running.connect() as client:
        client.sendall(post(b"body", more="Expect: 100-continue\r\nConnection: close\r\n"))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"/formbody")


def test_client_that_speaks_http_1_0_is_not_told_to_go_on(running):
    asked = post(b"", 4, "Expect: 100-continue\r\n").replace(b" HTTP/1.1", b" HTTP/1.0")
    with running.connect() as client:
        client.sendall(asked + b"b")
        assert wait_until(lambda: running.worker._arriving, 10)
        client.sendall(b"ody")
        answer = read_all(client)
    assert answer.split(b"\r\n")[0].endswith(b" 200 OK")
    assert answer.endswith(b"/formbody")


def test_longer_header_than_any_browsers_is_refused(running):
    with running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"x" * MAX_HEAD_BYTES)
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
        client.sendall(post(b"only the beginning", MAX_BODY_BYTES + 1))
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
        client.sendall(post(b"only the beginning", MAX_BODY_BYTES + 1))
        assert read_all(client).endswith(b"/formonly the beginning")


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
