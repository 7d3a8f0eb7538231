"""Waiting has an end: for a lock, for a connection, and for a server that has gone silent.

What waits ends in a 503; meanwhile other pages are served.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
import requests
from sqlalchemy import text

from tests.database.world import broken_rules, read_world
from tests.failure.actions import Form, start_ride
from tests.failure.browser import asks_to_try_again
from tests.failure.service import Service, serve
from tests.support.postgres_server import PostgresServer
from tests.support.processes import children_of, wait_until
from tests.support.requirements import require
from web.config import Config

ANSWER_WITHIN_S = 30.0
SILENCE_S = 3600.0
# Long enough to look at something else meanwhile, short enough to be waited for.
HASTY = {"DB_STATEMENT_TIMEOUT": "3", "DB_CONNECT_TIMEOUT": "2", "DB_POOL_TIMEOUT": "0.5"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One worker with a thread for each of four people, and little patience."""
    require(PostgresServer.available())
    with serve(through_proxy=True, workers=1, **HASTY) as service:
        yield service


@pytest.fixture(scope="module")
def narrow() -> Iterator[Service]:
    """The same with one connection for all of its threads."""
    require(PostgresServer.available())
    with serve(workers=1, DB_POOL_SIZE="1", **HASTY) as service:
        yield service


@contextmanager
def silence(service: Service) -> Iterator[None]:
    """The network takes everything and delivers nothing."""
    service.proxy.delay = SILENCE_S
    try:
        yield
    finally:
        service.proxy.delay = 0


@contextmanager
def locked_vehicle(service: Service, form: Form) -> Iterator[None]:
    """Somebody else's transaction holds the vehicle that the form is about."""
    with service.movr.engine.connect() as connection:
        vehicle = {"id": form.path.rpartition("/")[2]}
        connection.execute(text("SELECT FROM vehicles WHERE id = :id FOR UPDATE"), vehicle)
        yield
        connection.rollback()


@contextmanager
def sent_and_waiting(service: Service, form: Form) -> Iterator["Future[requests.Response]"]:
    """Send the form, and go on when the server has it wait for a lock."""

    def waits() -> bool:
        with service.movr.engine.connect() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return connection.scalar(text(query)) == 1

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(form.send)
        assert wait_until(waits, ANSWER_WITHIN_S)
        yield answer


def test_defaults_have_a_connection_for_each_thread():
    config = Config.from_mapping({"DEBUG": "True"})
    assert config.DB_LIMITS.pool_size == config.WEB_THREADS


def test_statement_that_hangs_ends_in_time_and_others_are_served_meanwhile(service: Service):
    form, other = start_ride(service), service.join().browser
    before = read_world(service.movr)
    with locked_vehicle(service, form):
        with sent_and_waiting(service, form) as answer:
            pages = [other.get(path) for path in ("/vehicles", "/rides", "/readyz", "/healthz")]
            assert [page.status_code for page in pages] == [200] * 4
            assert not answer.done(), "the pages were not served meanwhile"
        assert asks_to_try_again(answer.result(ANSWER_WITHIN_S))
    assert read_world(service.movr) == before
    assert form.succeeded(form.send())
    assert form.times_done(read_world(service.movr)) == 1


def test_exhausted_pool_is_a_503_and_not_a_hang(narrow: Service):
    form, other = start_ride(narrow), narrow.join().browser
    with locked_vehicle(narrow, form), sent_and_waiting(narrow, form) as answer:
        assert asks_to_try_again(other.get("/vehicles"))
        assert other.get("/readyz").status_code == 503
        assert other.get("/healthz").status_code == 200
        assert not answer.done(), "the pool was not exhausted"
    # The statement has ended in time, or the lock has: either way the connection is back.
    answer.result(ANSWER_WITHIN_S)
    assert other.get("/vehicles").status_code == 200
    assert form.succeeded(form.send())
    assert form.times_done(read_world(narrow.movr)) == 1


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "connecting"])
def test_server_that_goes_silent_is_given_up(service: Service, connected: bool):
    form, other = start_ride(service), service.join().browser
    before = read_world(service.movr)
    workers = children_of(service.gunicorn.pid)
    if not connected:
        service.proxy.cut_all()
    with silence(service), ThreadPoolExecutor(1) as thread:
        answer = thread.submit(form.send)
        assert other.get("/healthz").status_code == 200
        assert asks_to_try_again(other.get("/rides"))
        assert other.get("/readyz").status_code == 503
        assert asks_to_try_again(answer.result(ANSWER_WITHIN_S))
    assert read_world(service.movr) == before

    assert other.get("/rides").status_code == 200
    assert other.get("/readyz").status_code == 200
    assert form.succeeded(form.send())
    assert children_of(service.gunicorn.pid) == workers


def test_silence_in_the_middle_of_a_change_leaves_nothing_behind(service: Service):
    form = start_ride(service)
    before = read_world(service.movr)
    with ExitStack() as lock:
        lock.enter_context(locked_vehicle(service, form))
        with sent_and_waiting(service, form) as answer, silence(service):
            # The server takes both locks now, and nobody hears of it.
            lock.close()
            assert asks_to_try_again(answer.result(ANSWER_WITHIN_S))
            assert read_world(service.movr) == before
    # To the server the one who has gone still holds the rider and the vehicle, but not for long.
    assert wait_until(lambda: form.succeeded(form.send()), ANSWER_WITHIN_S)
    after = read_world(service.movr)
    assert form.times_done(after) == 1
    assert broken_rules(after) == []


def test_silent_server_does_not_keep_all_threads_from_other_pages(service: Service):
    browsers = [service.join().browser for _ in range(8)]
    with silence(service), ThreadPoolExecutor(len(browsers)) as threads:
        # Twice as many as there are threads to serve them.
        pages = [threads.submit(browser.get, "/rides") for browser in browsers]
        assert service.new_browser().get("/healthz").status_code == 200
        assert all(asks_to_try_again(page.result(ANSWER_WITHIN_S)) for page in pages)
    assert wait_until(
        lambda: all(browser.get("/rides").status_code == 200 for browser in browsers),
        ANSWER_WITHIN_S,
    )
