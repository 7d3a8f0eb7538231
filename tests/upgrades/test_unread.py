"""Answers that are read slowly, or never: no thread waits for them, and their memory is bounded."""

import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from movr import MovR
from tests.support.gunicorn_server import GunicornServer
from tests.support.loopback import HOST
from tests.support.processes import children_of, wait_until
from tests.upgrades.in_process import RunningWorker, read_all, read_answer
from tests.upgrades.slow import crowd, head
from web.server import clients as clients_module
from web.server.connections import BufferedConnection
from web.server.worker import BufferingWorker

# More than a kernel has room for, also where it grants more than the 212,992 bytes of Linux.
LARGE = bytes(range(256)) * 8_000
ASK = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"


def large(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with very much, or with a little."""
    body = LARGE if environ["PATH_INFO"] == "/large" else b"small"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body[: len(body) // 2], body[len(body) // 2 :]]


class Hasty(BufferingWorker):
    """Has no patience with readers."""

    reading_timeout = 0.3


def deaf(running: RunningWorker, asked: bytes = ASK) -> socket.socket:
    """A client that asks and has the least room for answers that the system allows."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    client.settimeout(20)
    client.connect((HOST, running.port))
    client.sendall(asked)
    return client


@contextmanager
def all_deaf(running: RunningWorker, count: int, asked: bytes = ASK) -> Iterator[None]:
    """So many clients that ask and do not read."""
    clients = [deaf(running, asked) for _ in range(count)]
    yield
    for client in clients:
        client.close()


def test_large_answers_that_nobody_reads_take_no_thread():
    with RunningWorker(large) as running, all_deaf(running, 10):
        assert wait_until(lambda: len(running.worker._unread) == 10, 10)
        begin = time.monotonic()
        assert running.ask("/small").endswith(b"small")
        # Half of what one of them may take.
        assert time.monotonic() - begin < BufferingWorker.reading_timeout / 2


def test_large_answer_comes_as_it_is_however_slowly_it_is_read():
    with RunningWorker(large) as running, running.connect() as slow:
        slow.sendall(ASK)
        received = b""
        while not received.endswith(LARGE):
            time.sleep(0.01)
            received += slow.recv(65536)
        slow.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_all(slow).endswith(b"small")


def test_event_from_before_an_answer_was_held_back_does_not_hold_it_for_ever():
    """The loop has been told that there is something to read, and sees to it a little later."""
    with RunningWorker(large) as running, deaf(running) as client:
        assert wait_until(lambda: len(running.worker._unread) == 1, 10)
        (conn,) = running.worker._unread
        client.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n")
        with running.worker._loop_lock:
            running.worker.on_client_socket_readable(conn, conn.sock)
        assert read_answer(client).endswith(LARGE)
        client.sendall(b"\r\n")
        assert read_answer(client).endswith(b"small")


def test_client_that_has_no_more_to_say_may_go_on_reading():
    with RunningWorker(large) as running, running.connect() as slow:
        slow.sendall(ASK)
        slow.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        assert read_all(slow).endswith(b"\r\n\r\n" + LARGE)
        assert running.waits_for(0)


@pytest.mark.parametrize("asked", [ASK, ASK.replace(b"Host", b"Connection: close\r\nHost")])
def test_client_that_does_not_read_in_time_loses_its_connection(asked, caplog):
    with RunningWorker(large, Hasty) as running, all_deaf(running, 3, asked):
        running.worker.log.addHandler(caplog.handler)
        assert running.waits_for(3)
        assert running.waits_for(0)
    # Anybody can do that: no reason for more than a note.
    assert {record.levelname for record in caplog.records} <= {"DEBUG"}


def test_client_that_has_not_read_what_the_kernel_took_has_the_same_time():
    def more_than_its_window(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "20000")])
        return [b"x" * 20_000]

    with RunningWorker(more_than_its_window, Hasty) as running, deaf(running):
        assert wait_until(lambda: len(running.worker._unread) == 1, 10)
        (conn,) = running.worker._unread
        assert conn.sock.flush(), "the kernel has all of it"
        assert running.waits_for(0)


def test_client_that_has_read_all_stays_though_its_time_to_read_is_up():
    with RunningWorker(large, Hasty) as running, running.connect() as client:
        for _ in range(2):
            client.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read_answer(client).endswith(b"small")
            time.sleep(3 * Hasty.reading_timeout + 1)


def test_oldest_unread_answer_is_dropped_where_all_hold_too_much(monkeypatch):
    monkeypatch.setattr(clients_module, "_HELD_BYTES", 3 * len(LARGE))
    with RunningWorker(large) as running:
        clients = []
        for number in range(6):
            clients.append(deaf(running))
            assert wait_until(lambda n=number: running.worker.nr == n + 1, 10)
        # Three of them would not leave the kernel its part.
        assert running.waits_for(2)
        with pytest.raises(ConnectionResetError):
            read_all(clients[0])
        for client in clients:
            client.close()


def test_answers_that_were_read_make_nobody_else_give_up(monkeypatch):
    # Room for the one that is not read, but not for what was sent to all.
    monkeypatch.setattr(clients_module, "_HELD_BYTES", 2 * len(LARGE))
    with RunningWorker(large) as running, deaf(running) as slow, ExitStack() as stack:
        assert wait_until(lambda: running.worker.nr == 1, 10)
        for _ in range(6):
            prompt = stack.enter_context(running.connect())
            prompt.sendall(ASK)
            assert read_answer(prompt).endswith(LARGE)
        assert running.worker.nr_conns == 7
        assert read_answer(slow).endswith(LARGE)


def test_connection_that_makes_room_after_its_answer_was_read_ends_as_usual():
    with RunningWorker(large, worker_connections=4) as running, ExitStack() as stack:
        clients = []
        # More than may stay, sooner than the loop looks who has read.
        for _ in range(8):
            clients.append(stack.enter_context(running.connect()))
            clients[-1].sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read_answer(clients[-1]).endswith(b"small")
        # A reset would raise ConnectionResetError.
        assert clients[0].recv(1) == b""


def test_connection_that_is_dropped_leaves_nothing_in_the_kernel():
    with RunningWorker(large, Hasty) as running, deaf(running) as client:
        assert running.waits_for(1)
        assert running.waits_for(0)
        # TCP_CLOSE: reset, where else the kernel would go on for minutes with what is unread.
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\7"


def test_what_is_granted_is_what_counts():
    with RunningWorker(large) as running, all_deaf(running, 1):
        assert wait_until(lambda: len(running.worker._unread) == 1, 10)
        (conn,) = running.worker._unread
        granted = conn.sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        # SO_MEMINFO, where the kernel has one: the sixth is what it counts for the socket.
        counted = struct.unpack("9I", conn.sock.getsockopt(socket.SOL_SOCKET, 55, 36))[5]
        rest = sum(map(len, conn.sock._rest))
        assert rest < len(LARGE) + 1000
        # The kernel goes beyond what it has granted by the piece that fills it.
        assert counted < 1.1 * (conn.sock.held_bytes() - rest) <= 1.1 * granted


CROWD = 200
MAX_BYTES = 8 * 1024 * 1024


def kernel_bytes_of(conn: BufferedConnection) -> int:
    """What the kernel counts for a connection, in both directions (SO_MEMINFO)."""
    counted = struct.unpack("9I", conn.sock.getsockopt(socket.SOL_SOCKET, 55, 36))
    return counted[0] + counted[5]


@pytest.mark.parametrize("sends", [b"", b"x", ASK], ids=["nothing", "bytes", "requests"])
def test_crowd_that_reads_a_byte_now_and_then_holds_what_it_may_and_hinders_nobody(
    monkeypatch, sends
):
    monkeypatch.setattr(clients_module, "_HELD_BYTES", MAX_BYTES)
    page = bytes(64 * 1024)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = page if environ["PATH_INFO"] == "/large" else b"small"
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with RunningWorker(answer, waiting=CROWD) as running, ExitStack() as stack:
        clients = [stack.enter_context(deaf(running)) for _ in range(CROWD)]
        assert wait_until(lambda: running.worker.nr >= CROWD, 20)
        for client in clients:
            client.setblocking(False)
        held = []
        for _ in range(4):
            for client in clients:
                # Those that were dropped are no longer slow; the others send all that is taken.
                with suppress(OSError):
                    client.recv(1)
                    while sends:
                        client.send(sends * 1000)
            begin = time.monotonic()
            assert running.ask("/small").endswith(b"small")
            assert time.monotonic() - begin < BufferingWorker.reading_timeout / 2
            # The loop looks once a second at what comes without being read.
            time.sleep(1.5)
            conns = list(running.worker._unread)
            kernel = sum(map(kernel_bytes_of, conns))
            held.append(kernel + sum(len(part) for conn in conns for part in conn.sock._rest))
        assert conns, "all of them were dropped"
        # The kernel goes a little beyond what it has granted.
        assert max(held) <= 1.1 * MAX_BYTES


NEVER = 1500


def resident_bytes(pid: int) -> int:
    """The memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def kernel_bytes() -> int:
    """What the kernel holds for all TCP connections of this machine."""
    line = next(
        line for line in Path("/proc/net/sockstat").read_text().splitlines() if "TCP:" in line
    )
    return int(line.split()[-1]) * 4096


def held(workers: Sequence[int]) -> int:
    """What the processes hold, and the kernel for them."""
    return sum(map(resident_bytes, workers)) + kernel_bytes()


@pytest.mark.timeout(120)
def test_1500_clients_that_never_read_hold_at_most_64_megabytes(tmp_path):
    movr = MovR(f"sqlite:///{tmp_path}/movr.db")
    movr.create_schema()
    movr.engine.dispose()
    settings = {"DEBUG": "True", "DB_URI": f"sqlite:///{tmp_path}/movr.db", "WEB_QUEUE": "2000"}
    # The largest answer that there is, to a client that does not take it compressed.
    asked = "GET /bootstrap/static/css/bootstrap.min.css"
    with GunicornServer(settings) as server:
        workers = children_of(server.pid)
        before = held(workers)
        with crowd(server.port, NEVER, head(asked, server.port)):
            # Until the last of them has been answered, also where the machine is busy.
            time.sleep(10)
            # Connections of others are counted, too, and may come and go.
            assert wait_until(lambda: held(workers) - before <= 64 * 1024 * 1024, 10)
