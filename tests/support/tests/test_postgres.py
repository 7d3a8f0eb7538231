"""The PostgreSQL stand-in: crashes, lost answers, and CockroachDB's way of retrying."""

import re
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy_cockroachdb import run_transaction

from tests.support.cockroach_server import CockroachServer
from tests.support.postgres_server import PostgresServer
from tests.support.processes import children_of, is_running
from tests.support.requirements import require
from tests.support.standin import install_retry_savepoint
from tests.support.tcp_proxy import TcpProxy


@pytest.fixture(scope="module")
def server():
    require(PostgresServer.available())
    with PostgresServer(durable=True) as server:
        yield server


@pytest.fixture
def database(server):
    return server.create_database()


@pytest.fixture
def make_engine():
    engines = []

    def make(uri, **options):
        engines.append(sqlalchemy.create_engine(uri, **options))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(server, database, make_engine):
    engine = make_engine(server.uri(database), pool_size=8)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (id INT PRIMARY KEY, n INT NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (1, 0)"))
    return engine


def add_one(connection):
    """Read and write apart, so that two at a time conflict."""
    n = connection.scalar(text("SELECT n FROM counter WHERE id = 1"))
    connection.execute(text("UPDATE counter SET n = :n WHERE id = 1"), {"n": n + 1})


def value(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT n FROM counter WHERE id = 1"))


def test_databases_are_fresh_and_serializable(server, database, engine):
    other = server.create_database()
    assert other != database
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "serializable"
        assert connection.scalar(text("SHOW fsync")) == "on"
        assert connection.scalar(text("SHOW listen_addresses")) == "127.0.0.1"


def test_quick_server_does_without_fsync_and_leaves_nothing(make_engine):
    require(PostgresServer.available())
    with PostgresServer() as server:
        engine = make_engine(server.uri())
        with engine.connect() as connection:
            assert connection.scalar(text("SHOW fsync")) == "off"
        pid = server._process.pid
        folder = server._folder.name
        engine.dispose()
    assert not is_running(pid)
    assert not Path(folder).exists()
    assert server.log() == ""


def test_no_increment_of_eight_threads_is_lost(engine):
    retries = install_retry_savepoint(engine)
    barrier = threading.Barrier(8)

    def work(_):
        barrier.wait(10)
        for _ in range(25):
            run_transaction(engine, add_one, max_retries=100, max_backoff=0.05)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert value(engine) == 200
    assert retries.count > 0


def test_failed_callback_is_rolled_back_and_is_no_retry(engine):
    retries = install_retry_savepoint(engine)

    def add_one_and_fail(connection):
        add_one(connection)
        connection.execute(text("INSERT INTO counter VALUES (1, 5)"))

    for _ in range(2):
        with pytest.raises(IntegrityError):
            run_transaction(engine, add_one_and_fail, max_retries=3, max_backoff=0.01)
    run_transaction(engine, add_one, max_retries=3, max_backoff=0.01)
    assert (value(engine), retries.count) == (1, 0)


def test_other_savepoints_keep_their_meaning(engine):
    install_retry_savepoint(engine)
    with engine.begin() as connection:
        add_one(connection)
        with connection.begin_nested() as inner:
            add_one(connection)
            inner.rollback()
    assert value(engine) == 1


def test_committed_work_outlives_a_crash_of_the_whole_server(server, engine):
    run_transaction(engine, add_one, max_retries=3, max_backoff=0.01)
    with engine.connect() as connection:
        add_one(connection)
        postmaster = server._process.pid
        family = [postmaster, *children_of(postmaster)]
        assert len(family) > 3
        server.kill()
        assert not any(map(is_running, family))
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
    with pytest.raises(OperationalError):
        value(engine)
    port = server.port
    server.start()
    assert server.port == port
    assert value(engine) == 1
    assert "was interrupted" in server.log()


@pytest.mark.parametrize(("before_forward", "expected"), [(True, 0), (False, 1)])
def test_lost_request_and_lost_answer_differ_in_what_was_committed(
    server, database, engine, make_engine, before_forward, expected
):
    with TcpProxy(server.port) as proxy:
        far = make_engine(server.uri(database, proxy.port))
        install_retry_savepoint(far)
        with far.connect() as connection:
            connection.execute(text("SELECT 1"))
        cut = proxy.cut_when(b"COMMIT", before_forward=before_forward)
        with pytest.raises(OperationalError):
            run_transaction(far, add_one, max_retries=3, max_backoff=0.01)
        assert cut.done
        assert value(engine) == expected
        run_transaction(far, add_one, max_retries=3, max_backoff=0.01)
        assert value(engine) == expected + 1
        far.dispose()


def test_start_of_a_running_server_is_refused(server):
    with pytest.raises(RuntimeError, match="already running"):
        server.start()


def test_standin_app_prepares_the_engine_of_the_application(engine, monkeypatch):
    module = types.ModuleType("web.app")
    application = types.SimpleNamespace(
        extensions={"movr": types.SimpleNamespace(engines=(engine,))},
    )
    module.create_app = lambda: application
    monkeypatch.setitem(sys.modules, "web.app", module)
    monkeypatch.delitem(sys.modules, "tests.support.standin_app", raising=False)
    from tests.support import standin_app

    assert standin_app.app is application
    run_transaction(engine, add_one, max_retries=3, max_backoff=0.01)
    assert standin_app.retries.count == 0
    monkeypatch.delitem(sys.modules, "tests.support.standin_app")


def test_missing_programs_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.support.postgres_server._programs", lambda: None)
    for kind in (PostgresServer, CockroachServer):
        reason = kind.available()
        assert reason is not None
        with pytest.raises(RuntimeError, match=re.escape(reason)), kind():
            pass
