"""Regions that are silent keep those waiting who ask the whole world, and nobody at home."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep

import pytest
import requests

from movr.database.ways import PLACES
from tests.failure.actions import end_ride, start_ride
from tests.failure.browser import Browser, words_of
from tests.failure.service import CITY, Service, serve
from tests.support.accounts import new_name, registration
from tests.support.pages import check_page
from tests.support.postgres_server import PostgresServer
from tests.support.processes import wait_until
from tests.support.requirements import require

ANSWER_WITHIN_S = 30.0
THREADS = 4
# With all threads waiting for the world, pages would wait for as long as statements at home may.
AT_HOME_WITHIN_S = 30
STATEMENT_TIMEOUT_S = 90
# What only a login away from home ends with, and what a sign-up begins with.
QUESTIONS = [b"('away')\0", b"INSERT INTO users"]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One worker that is patient with what is at home, and waits for the world by default."""
    require(PostgresServer.available())
    patience = {"DB_STATEMENT_TIMEOUT": str(STATEMENT_TIMEOUT_S)}
    with serve(through_proxy=True, workers=1, threads=THREADS, **patience) as service:
        yield service


@pytest.fixture(scope="module")
def patient() -> Iterator[Service]:
    """One that waits for the world so long that much can be seen meanwhile."""
    require(PostgresServer.available())
    with serve(through_proxy=True, workers=1, threads=THREADS, DB_WORLD_TIMEOUT="8") as service:
        yield service


@contextmanager
def silent_world(service: Service) -> Iterator[None]:
    """Other regions say nothing; the home region is well."""
    service.proxy.withheld.extend(QUESTIONS)
    try:
        yield
    finally:
        service.proxy.withheld.clear()


def ask_the_world(browser: Browser, number: int = 0) -> requests.Response:
    """Log in away from home, or sign up."""
    if number % 2:
        return browser.submit("/register", registration(new_name(), CITY))
    return browser.submit("/login", {"username": "away", "password": "of no matter"})


def says_what_still_works(answer: requests.Response) -> bool:
    """Whether the answer is the page for a world that is silent, and a sound one."""
    if answer.status_code != 503 or not answer.headers["Retry-After"].isdigit():
        return False
    check_page(answer.text, f"{answer.request.method} {answer.url} (503)")
    return "At home everything works" in words_of(answer)


def test_two_threads_wait_for_the_world_and_the_others_serve_those_at_home(patient: Service):
    rider = patient.join()
    started = start_ride(patient)
    visitors = [patient.new_browser() for _ in range(2 * THREADS)]
    for visitor in visitors:
        visitor.read_token()
    with silent_world(patient), ThreadPoolExecutor(len(visitors)) as threads:
        answers = [
            threads.submit(ask_the_world, visitor, number)
            for number, visitor in enumerate(visitors)
        ]

        def waiting() -> list["Future[requests.Response]"]:
            return [answer for answer in answers if not answer.done()]

        assert wait_until(lambda: len(waiting()) == PLACES, ANSWER_WITHIN_S)
        for path in ("/vehicles", "/rides", f"/users/{rider.user.id}", "/readyz"):
            assert rider.browser.get(path).status_code == 200
        assert started.succeeded(started.send())
        assert len(waiting()) == PLACES, "the home pages were not served meanwhile"
        assert all(says_what_still_works(answer.result(ANSWER_WITHIN_S)) for answer in answers)
    assert ask_the_world(visitors[0]).status_code == 422
    assert ask_the_world(visitors[1], 1).status_code == 302


def test_riders_at_home_see_nothing_of_a_silent_world_that_five_a_second_ask(service: Service):
    riders = [end_ride(service).browser for _ in range(2)]
    visitors = [service.new_browser() for _ in range(5)]
    for visitor in visitors:
        visitor.read_token()
    over = Event()
    slowest = [0.0]

    def look_around(browser: Browser) -> int:
        pages = 0
        while not over.is_set():
            begin = monotonic()
            for path in ("/vehicles", "/rides"):
                assert browser.get(path).status_code == 200
            slowest.append(monotonic() - begin)
            pages += 1
        return pages

    with silent_world(service), ThreadPoolExecutor(40) as threads:
        at_home = [threads.submit(look_around, rider) for rider in riders]
        away = []
        for number in range(30):
            away.append(threads.submit(ask_the_world, visitors[number % len(visitors)], number))
            sleep(0.2)
        over.set()
        assert all(home.result(ANSWER_WITHIN_S) > 1 for home in at_home)
        assert all(
            says_what_still_works(answer.result(ANSWER_WITHIN_S))
            or answer.result().status_code == 429
            for answer in away
        )
    assert max(slowest) < AT_HOME_WITHIN_S


def test_login_that_the_world_does_not_confirm_counts_as_a_wrong_one(service: Service):
    visitor = service.new_browser()
    visitor.read_token()
    service.proxy.withheld.append(b"('counted')\0")
    try:
        statuses = [
            visitor.submit("/login", {"username": "counted", "password": "guess"}).status_code
            for _ in range(3)
        ]
    finally:
        service.proxy.withheld.clear()
    assert statuses == [503] * 3
    statuses = [
        visitor.submit("/login", {"username": "counted", "password": "guess"}).status_code
        for _ in range(8)
    ]
    assert statuses == [422] * 7 + [429]


def test_rider_at_home_logs_in_while_the_world_is_silent(service: Service):
    with silent_world(service):
        rider = service.join()
        assert rider.browser.get("/rides").status_code == 200
