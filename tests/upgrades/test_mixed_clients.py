"""Clients of every kind at once: each gets its own answers, and the worker keeps track of all."""

import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from tests.support.processes import wait_until
from tests.upgrades.in_process import RunningWorker, post, read_all, read_answer

Kind = Callable[[RunningWorker, str], None]

SECONDS = 2
LONG = b"long " * 100_000


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with the path and the body, or with a long text, in up to two milliseconds."""
    body = environ["wsgi.input"].read() if environ["REQUEST_METHOD"] == "POST" else b""
    time.sleep(random.random() / 500)
    text = LONG if environ["PATH_INFO"] == "/long" else environ["PATH_INFO"].encode() + body
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def page(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()


def check(answer: bytes, expected: bytes) -> None:
    """Compare an answer with what was asked for; raises ConnectionError if it is cut short."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    if not end or not length or len(body) < int(length[1]):
        raise ConnectionError("the answer is not whole")
    assert body == expected, head


def stays(running: RunningWorker, word: str) -> None:
    """Ask for page after page on one connection."""
    with running.connect() as client:
        for number in range(20):
            client.sendall(page(f"/{word}/{number}"))
            check(read_answer(client), f"/{word}/{number}".encode())


def leaves(running: RunningWorker, word: str) -> None:
    check(running.ask(f"/{word}"), f"/{word}".encode())


def sends_slowly(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        for byte in post(word.encode()):
            client.send(bytes([byte]))
            time.sleep(0.001)
        check(read_answer(client), f"/form{word}".encode())


def sends_all_at_once(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        client.sendall(b"".join(page(f"/{word}/{number}") for number in range(5)))
        for number in range(5):
            check(read_answer(client), f"/{word}/{number}".encode())


def has_no_more_to_say(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        client.sendall(page(f"/{word}"))
        client.shutdown(socket.SHUT_WR)
        check(read_all(client), f"/{word}".encode())


def reads_slowly(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        client.sendall(page("/long") + page(f"/{word}"))
        time.sleep(0.05)
        check(read_answer(client), LONG)
        check(read_answer(client), f"/{word}".encode())


def goes_without_reading(running: RunningWorker, _word: str) -> None:
    with running.connect() as client:
        client.sendall(page("/long"))
        time.sleep(0.01)


def goes_before_the_end(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        client.sendall(post(word.encode())[: random.randint(1, 60)])


def is_refused(running: RunningWorker, word: str) -> None:
    with running.connect() as client:
        client.sendall(page(f"/{word}", "Transfer-Encoding: chunked\r\n"))
        answer = read_all(client)
        check(answer, b"")
        assert answer.startswith(b"HTTP/1.1 411 ")


KINDS: tuple[Kind, ...] = (
    *(stays, leaves, sends_slowly, sends_all_at_once, has_no_more_to_say),
    *(reads_slowly, goes_without_reading, goes_before_the_end, is_refused),
)


@pytest.mark.parametrize("room", [1000, 12], ids=["room for all", "too little room"])
def test_each_gets_its_own_answers_and_leaves_nothing_behind(room: int, caplog) -> None:
    finished: Counter[str] = Counter()
    wrong: list[str] = []
    end = time.monotonic() + SECONDS
    # Where there is too little, whoever was idle or slow for longest loses the connection.
    is_crowded = room < 3 * len(KINDS)

    def visit(kind: Kind, number: int) -> None:
        while time.monotonic() < end and not wrong:
            word = f"{kind.__name__}-{number}-{random.randrange(10**9)}"
            try:
                kind(running, word)
                finished[kind.__name__] += 1
            except (TimeoutError, AssertionError) as error:
                wrong.append(f"{word}: {error!r}")
            except OSError as error:
                if not is_crowded:
                    wrong.append(f"{word}: {error!r}")

    with RunningWorker(answer, waiting=1000, threads=4, worker_connections=room) as running:
        visitors = [Thread(target=visit, args=(kind, n)) for kind in KINDS for n in range(3)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(60)
        assert wrong == []
        assert not any(visitor.is_alive() for visitor in visitors)
        assert sum(finished.values()) > 100
        assert is_crowded or finished.keys() == {kind.__name__ for kind in KINDS}
        assert running.waits_for(0)
        worker = running.worker
        for group in (worker.keepalived_conns, worker._arriving, worker._leaving, worker._unread):
            assert len(group) == 0
        assert worker._unread._all_held == 0
        assert wait_until(lambda: len(worker.tpool._idle) == len(worker.tpool._threads), 10)
    assert caplog.text == ""
