"""/metrics under several workers: nothing is lost or counted twice, whichever of them answers."""

import os
import signal
import time
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest
import requests
from sqlalchemy import text

from tests.failure.browser import leads_to
from tests.support.postgres_server import PostgresServer
from tests.support.processes import wait_until
from tests.support.requirements import require
from tests.web.observed import CITY, POOL_SIZE, REGION, Observed, observe

pytestmark = pytest.mark.slow


def asks_for_login(answer: requests.Response) -> bool:
    """Whether a visitor is sent to the login page; Flask 3.2 says so with 303 in place of 302."""
    return answer.status_code in (302, 303) and answer.headers["Location"].startswith("/login")


@pytest.fixture(scope="module")
def site() -> Iterator[Observed]:
    """Two workers, on a database that is reached through a proxy."""
    require(PostgresServer.available())
    with observe() as site:
        # The first may answer before the second is there.
        assert wait_until(lambda: site.look().of("movr_pool_size") == 2 * POOL_SIZE, 20)
        yield site


def test_every_worker_shows_what_all_have_counted(site):
    before = site.look()
    workers = site.workers()
    for times, worker in zip((2, 3), workers, strict=True):
        with site.only(worker):
            for _ in range(times):
                assert site.new_browser().get("/login").status_code == 200
                assert site.new_browser().get("/vehicles?type=bike").status_code == 200
                assert asks_for_login(site.new_browser().get(f"/users/{uuid4()}"))
                assert site.new_browser().get(f"/nothing/{uuid4()}").status_code == 404
                assert site.new_browser().post("/login", data={}).status_code == 400
    seen = []
    for worker in workers:
        with site.only(worker):
            seen.append(site.look())
    for after in seen:
        for method, route, status, times in (
            ("GET", "/login", 200, 5),
            ("GET", "/vehicles", 200, 5),
            ("GET", "(none)", 404, 5),
            ("POST", "/login", 400, 5),
        ):
            grown = after.requests(method, route, status) - before.requests(method, route, status)
            assert grown == times, (method, route, status)
        redirects = {"method": "GET", "route": "/users/<uuid:user_id>"}
        asked = [look.of("movr_request_seconds_count", **redirects) for look in (before, after)]
        assert asked[1] - asked[0] == 5
        assert after.transactions("get_vehicles") - before.transactions("get_vehicles") == 5
    assert seen[0].counted() == seen[1].counted()


def test_a_histogram_holds_every_request_once(site):
    site.new_browser().get("/login")
    metrics = site.look()
    here = {"method": "GET", "route": "/login", "status": "200", "region": REGION}
    count = metrics.of("movr_request_seconds_count", **here)
    buckets = [
        sample.value
        for sample in metrics.samples
        if sample.name == "movr_request_seconds_bucket" and here.items() <= sample.labels.items()
    ]
    assert count >= 1
    assert buckets == sorted(buckets)
    assert buckets[-1] == metrics.of("movr_request_seconds_bucket", **here, le="+Inf") == count
    assert metrics.of("movr_request_seconds_sum", **here) > 0


def test_a_ride_counts_once_however_often_its_forms_are_sent(site):
    rider = site.open_account()
    vehicle = site.add_vehicle(rider)
    browser, other = site.log_in(rider), site.log_in(site.open_account())
    before = site.look()
    ride_id = str(uuid4())
    start = (f"/rides/start/{vehicle}", {"city": CITY, "ride_id": ride_id})
    for _ in range(3):
        assert leads_to(browser.submit(*start), "/rides")
    assert other.submit(start[0], {"city": CITY, "ride_id": str(uuid4())}).status_code == 409
    started = site.look()
    end = (f"/rides/end/{ride_id}", {"city": CITY, "location": "Spui"})
    assert other.submit(*end).status_code == 404
    for _ in range(3):
        assert browser.submit(*end).status_code in (302, 303)
    # A form from before, sent after the ride has ended.
    assert leads_to(browser.submit(*start), "/rides")
    ended = site.look()

    def grown(event: str) -> list[float]:
        looks = (before, started, ended)
        counts = [look.of("movr_rides_total", region=REGION, event=event) for look in looks]
        return [count - counts[0] for count in counts]

    assert grown("started") == [0, 1, 1]
    assert grown("ended") == [0, 0, 1]
    assert started.transactions("start_ride") - before.transactions("start_ride") == 3
    refused = [look.transactions("start_ride", "VehicleUnavailable") for look in (before, started)]
    assert refused[1] - refused[0] == 1


def test_rides_are_known_to_be_none_before_the_first(site):
    events = {
        sample.labels["event"]
        for sample in site.look().samples
        if sample.name == "movr_rides_total"
    }
    assert events == {"started", "cancelled", "ended"}


def test_a_transaction_that_lost_a_race_counts_its_retries(site):
    rider = site.open_account()
    vehicle = site.add_vehicle(rider)
    browser = site.log_in(rider)
    before = site.look()
    fields = {"city": CITY, "ride_id": str(uuid4())}
    answers = []
    start = Thread(target=lambda: answers.append(browser.submit(f"/rides/start/{vehicle}", fields)))
    with site.movr.engine.begin() as rival, site.movr.engine.connect() as watcher:
        rival.execute(text("UPDATE users SET last_name = 'X' WHERE id = :id"), {"id": rider.id})
        start.start()
        waiting = text("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")
        assert wait_until(lambda: bool(watcher.execute(waiting).scalar_one()), 10)
    start.join(30)
    (answer,) = answers
    assert leads_to(answer, "/rides")
    after = site.look()
    name = {"region": REGION, "name": "start_ride"}
    retries = "movr_transaction_retries_total"
    assert after.of(retries, **name) - before.of(retries, **name) == 1
    assert after.transactions("start_ride") - before.transactions("start_ride") == 1
    line = site.line_of(answer)
    assert line["retries"] == 1
    assert line["transactions"] == ["get_user", "start_ride"]


def test_connections_count_while_they_are_used_and_not_after_their_worker_has_died(site):
    counted = site.look().counted()
    first, second = site.workers()
    in_use = "movr_pool_connections_in_use"
    for worker in (first, second):
        with site.only(worker):
            # Before it would have to wait: it looks at the tables when it has started.
            assert site.new_browser().get("/readyz").status_code == 200
    # A worker that stands still goes on showing what it saw last.
    assert wait_until(lambda: site.look().of(in_use) == 0, 10)
    with site.movr.engine.begin() as connection:
        connection.execute(text("LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE"))
        answers = []

        def ask() -> None:
            try:
                answers.append(site.new_browser().get("/vehicles"))
            except OSError as error:
                answers.append(error)

        asking = Thread(target=ask)
        with site.only(first):
            asking.start()
            assert wait_until(lambda: site.look().of(in_use, region=REGION) == 1, 10)
            assert site.look().of("movr_pool_size", region=REGION) == 2 * POOL_SIZE
        os.kill(first, signal.SIGKILL)
        asking.join(30)
        assert isinstance(answers[0], OSError)
        assert wait_until(lambda: len(site.workers()) == 2 and first not in site.workers(), 20)
    # Once the new worker has looked at the tables, too.
    assert wait_until(lambda: site.look().of(in_use) == 0, 10)
    # The new worker is known as soon as it has begun to serve, and the dead one is not any more.
    assert wait_until(lambda: site.look().of("movr_pool_size") == 2 * POOL_SIZE, 20)
    assert second in site.workers()
    for worker in site.workers():
        with site.only(worker):
            metrics = site.look()
            after = metrics.counted()
            assert {key: after.get(key) for key in counted} == counted
            assert metrics.of("movr_pool_size") == 2 * POOL_SIZE
            assert metrics.of("movr_build", region=REGION, version="v-of-tests") == 1


def test_no_connection_is_in_use_when_the_database_went_away_and_came_back(site):
    def pages() -> set[int]:
        return {site.new_browser().get("/vehicles").status_code for _ in range(8)}

    def none_is_in_use() -> bool:
        # Each worker looks once a second.
        time.sleep(2.5)
        return site.look().of("movr_pool_connections_in_use") == 0

    assert pages() == {200}
    site.proxy.refuse()
    site.proxy.cut_all()
    try:
        assert pages() == {503}
        assert site.look().transactions("get_vehicles", "DatabaseUnavailable") >= 8
        assert none_is_in_use()
    finally:
        site.proxy.accept()
    assert pages() == {200}
    assert none_is_in_use()


def test_no_label_names_anybody(site):
    user = site.open_account()
    vehicle = site.add_vehicle(user)
    browser = site.log_in(user)
    for path in (f"/users/{user.id}", "/users", "/vehicles?after=x", f"/nothing/{vehicle}"):
        browser.get(path)
    browser.request("mark4method", "/login")
    assert browser.submit(f"/vehicles/remove/{vehicle}", {"city": CITY}).ok
    metrics = site.look()
    labels = {name for sample in metrics.samples for name in sample.labels}
    assert labels == {
        *("region", "route", "method", "status", "name", "error", "event", "version", "le")
    }
    values = {value for sample in metrics.samples for value in sample.labels.values()}
    known = (str(user.id), vehicle, user.username, user.email, "mark4method", CITY)
    assert [value for value in values if any(word in value for word in known)] == []
    assert metrics.requests("(other)", "(none)", 405) == 1
