"""TcpProxy delays, cuts and refuses as told, seen from a client of a small echo server."""

import socket
import socketserver
import threading
import time
from contextlib import suppress

import pytest

from tests.support.loopback import HOST
from tests.support.processes import wait_until
from tests.support.tcp_proxy import TcpProxy


class Echo(socketserver.BaseRequestHandler):
    """Sends each line back, and keeps it where the test can see it."""

    def handle(self):
        with self.request.makefile("rb") as lines:
            try:
                for line in lines:
                    self.server.seen.append(line)
                    self.request.sendall(line)
            except ConnectionError:
                self.server.resets.append(1)


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__((HOST, 0), Echo)
        self.seen, self.resets = [], []


@pytest.fixture
def echo():
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo):
    with TcpProxy(echo.server_address[1]) as proxy:
        yield proxy


def connect(proxy):
    return socket.create_connection((HOST, proxy.port), timeout=5)


def ask(client, line):
    client.sendall(line)
    with client.makefile("rb") as answers:
        return answers.readline()


def test_delay_counts_once_for_each_direction_and_keeps_the_order(proxy):
    with connect(proxy) as client, client.makefile("rb") as answers:
        ask(client, b"warm\n")
        proxy.delay = 0.05
        start = time.monotonic()
        for number in range(20):
            client.sendall(b"%d\n" % number)
        assert [int(answers.readline()) for _ in range(20)] == list(range(20))
        assert 0.1 <= time.monotonic() - start < 0.5
        proxy.delay = 0.0
        assert ask(client, b"fast\n") == b"fast\n"


def test_cut_before_forwarding_loses_the_request(proxy, echo):
    cut = proxy.cut_when(b"COMMIT", before_forward=True)
    with connect(proxy) as client, connect(proxy) as bystander:
        assert ask(client, b"BEGIN\n") == b"BEGIN\n"
        ask(bystander, b"hello\n")
        assert not cut.done
        with pytest.raises(ConnectionResetError):
            ask(client, b"COMMIT\n")
        assert cut.wait()
        assert b"COMMIT\n" not in echo.seen
        assert ask(bystander, b"COMMIT\n") == b"COMMIT\n"


@pytest.mark.parametrize("delay", [0.0, 0.02])
def test_cut_after_forwarding_loses_the_answer_once_it_is_there(proxy, echo, delay):
    proxy.delay = delay
    with connect(proxy) as client:
        ask(client, b"BEGIN\n")
        cut = proxy.cut_when(b"COMMIT", before_forward=False)
        with pytest.raises(ConnectionResetError):
            ask(client, b"COMMIT\n")
        assert cut.done
        assert echo.seen == [b"BEGIN\n", b"COMMIT\n"]


def test_neither_side_waits_for_acknowledgements(proxy):
    with connect(proxy) as client:
        ask(client, b"BEGIN\n")
        (link,) = proxy._links.values()
        for writer in link._writers:
            side = writer.get_extra_info("socket")
            assert side.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_needle_is_found_across_two_packets_but_not_in_the_past(proxy):
    with connect(proxy) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask(client, b"COMMIT\n")
        cut = proxy.cut_when(b"COMMIT", before_forward=True)
        ask(client, b"COM\n")
        client.sendall(b"COM")
        time.sleep(0.05)
        assert not cut.done
        client.sendall(b"MIT\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert cut.done


@pytest.mark.parametrize(("before_forward", "received"), [(True, b""), (False, b"bye\n")])
def test_cut_on_the_way_back(proxy, echo, before_forward, received):
    cut = proxy.cut_when(b"bye", "to_client", before_forward=before_forward)
    with connect(proxy) as client:
        client.sendall(b"bye\n")
        got = b""
        with suppress(ConnectionResetError):
            while part := client.recv(100):
                got += part
        assert got == received
        assert cut.wait()
        assert echo.seen == [b"bye\n"]


def test_cut_and_refusal_reach_connections_that_were_made_a_moment_ago(proxy):
    for _ in range(30):
        with connect(proxy) as client:
            proxy.cut_all()
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        with connect(proxy) as client:
            proxy.refuse()
            assert ask(client, b"still\n") == b"still\n"
            proxy.accept()


def test_withheld_request_never_arrives_and_other_connections_go_on(echo, proxy):
    with connect(proxy) as kept, connect(proxy) as other:
        assert ask(kept, b"one\n") == b"one\n"
        proxy.withheld.append(b"secret")
        kept.sendall(b"a sec")
        kept.sendall(b"ret\n")
        kept.settimeout(0.3)
        with pytest.raises(TimeoutError):
            kept.recv(1)
        assert ask(other, b"two\n") == b"two\n"
        proxy.withheld.clear()
        assert ask(other, b"secret\n") == b"secret\n"
    assert wait_until(lambda: proxy.connections == 0, 5)
    assert b"a secret\n" not in echo.seen
