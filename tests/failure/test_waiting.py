"""Connections to a CockroachDB wait for a limited time, whatever it is that they wait for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from socket import AF_INET, SOCK_STREAM, socket
from threading import Event

import psycopg2
import pytest
from psycopg2 import OperationalError
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from movr import MovR
from movr.database.engine import Limits
from movr.database.waiting import Timeouts
from movr.errors import DatabaseUnavailable
from tests.database.backends import STANDIN, Backend
from tests.support.loopback import HOST
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require
from tests.support.tcp_proxy import TcpProxy

SILENCE_S = 3600.0
WITHIN_S = 30.0
LIMITS = Limits(statement_timeout=0.5, connect_timeout=1)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A stand-in; none of these tests needs tables."""
    require(PostgresServer.available())
    with PostgresServer() as server:
        yield server


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[TcpProxy]:
    """The way to it."""
    with TcpProxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def movr(server: PostgresServer, proxy: TcpProxy) -> Iterator[MovR]:
    """MovR at the far end of the proxy, with a connection in its pool."""
    movr = Backend(STANDIN, server.uri(port=proxy.port)).open(LIMITS)
    movr.ping()
    yield movr
    movr.engine.dispose()


def backend_pid(session: Session) -> int:
    pid: int = session.scalars(text("SELECT pg_backend_pid()")).one()
    return pid


def sleep_too_long(session: Session) -> None:
    session.execute(text("SELECT pg_sleep(20)"))


def test_server_ends_a_slow_statement_and_the_connection_is_kept(movr: MovR):
    before = movr._read(backend_pid)
    with pytest.raises(DatabaseUnavailable):
        movr._read(sleep_too_long)
    with pytest.raises(DatabaseUnavailable):
        movr._write(sleep_too_long)
    assert movr._read(backend_pid) == before


@pytest.mark.parametrize("when", ["connecting", "reading", "writing"])
def test_silent_server_is_given_up(movr: MovR, proxy: TcpProxy, when: str):
    if when == "connecting":
        movr.engine.dispose()
    proxy.delay = SILENCE_S
    with pytest.raises(DatabaseUnavailable):
        movr._write(backend_pid) if when == "writing" else movr._read(backend_pid)
    assert movr.engine.pool.checkedout() == 0
    proxy.delay = 0
    movr.ping()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_silence_at_the_end_of_a_transaction_is_given_up(movr: MovR, proxy: TcpProxy, end: str):
    def fall_silent(session: Session) -> None:
        session.execute(text("SELECT 1"))
        proxy.delay = SILENCE_S
        if end == "rollback":
            raise LookupError

    with pytest.raises(DatabaseUnavailable):
        movr._write(fall_silent)
    assert movr.engine.pool.checkedout() == 0
    proxy.delay = 0
    movr.ping()


def test_other_connections_of_the_process_wait_as_long_as_they_like(
    server: PostgresServer, movr: MovR
):
    url = make_url(server.uri())
    with closing(
        psycopg2.connect(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            dbname=url.database,
        )
    ) as connection:
        cursor = connection.cursor()
        # Longer than movr would wait for an answer.
        cursor.execute("SELECT pg_sleep(2), 'slept'")
        assert cursor.fetchone()[1] == "slept"
    assert LIMITS.statement_timeout + 1 < 2


class Line:
    """A server that one thread at a time is asking, and that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = Event()
        self.answer = Event()

    def connect(self) -> str:
        self.asked.set()
        assert self.answer.wait(WITHIN_S)
        return "a connection"


def test_after_a_silence_one_thread_asks_and_the_others_do_not_wait_with_it():
    timeouts = Timeouts(connect_timeout=WITHIN_S, statement_timeout=WITHIN_S)
    line = Line()
    timeouts.give_up()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(timeouts.connect, line.connect)
        assert line.asked.wait(WITHIN_S)
        with pytest.raises(OperationalError, match="silent"):
            timeouts.connect(lambda: "must not be asked")
        assert not first.done()
        line.answer.set()
        assert first.result(WITHIN_S) == "a connection"


def test_once_the_server_has_answered_threads_connect_side_by_side_again():
    timeouts = Timeouts(connect_timeout=WITHIN_S, statement_timeout=WITHIN_S)
    timeouts.give_up()
    assert timeouts.connect(lambda: "over") == "over"
    line = Line()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(timeouts.connect, line.connect)
        assert line.asked.wait(WITHIN_S)
        assert timeouts.connect(lambda: "side by side") == "side by side"
        line.answer.set()
        assert first.result(WITHIN_S) == "a connection"


def test_refused_connection_does_not_end_the_caution_after_a_silence():
    timeouts = Timeouts(connect_timeout=WITHIN_S, statement_timeout=WITHIN_S)
    timeouts.give_up()

    def refuse() -> str:
        raise OperationalError("refused")

    for _ in range(2):
        with pytest.raises(OperationalError, match="refused"):
            timeouts.connect(refuse)
    assert timeouts.connect(lambda: "over") == "over"


def test_silent_address_of_a_server_leaves_time_for_the_next(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
):
    """A name with two addresses, of which the first takes connections and never answers."""
    with socket() as silent:
        silent.bind(("127.0.0.2", server.port))
        silent.listen()
        both = [(AF_INET, SOCK_STREAM, 0, "", (host, server.port)) for host in ("127.0.0.2", HOST)]
        monkeypatch.setattr("movr.database.engine.getaddrinfo", lambda *_args, **_kwargs: both)
        movr = Backend(STANDIN, server.uri("postgres")).open(LIMITS)
        movr.ping()
        movr.engine.dispose()
        monkeypatch.setattr("movr.database.engine.getaddrinfo", lambda *_args, **_kwargs: both[:1])
        with pytest.raises(DatabaseUnavailable):
            movr.ping()
        movr.engine.dispose()
