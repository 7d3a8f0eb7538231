"""A shared store that falls silent or dies keeps nobody waiting, and no wrong login uncounted.

The store is a real Redis behind a real network that can fail.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic

import pytest
from flask import Flask
from redis import Redis

from tests.support.processes import wait_until
from tests.support.redis_server import RedisServer, unavailable_reason
from tests.support.requirements import require
from tests.support.tcp_proxy import TcpProxy
from tests.web.site import PASSWORD, SiteClient, is_redirect, log_in, new_browser, open_account
from web.config import Config

pytestmark = pytest.mark.slow

PER_NAME = 10
SILENCE_S = 3600.0


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    require(unavailable_reason())
    with RedisServer() as redis:
        yield redis


@pytest.fixture
def network(redis: RedisServer) -> Iterator[TcpProxy]:
    """What lies between the application and the store."""
    with TcpProxy(redis.port) as network:
        yield network


@pytest.fixture
def config(config: Config, network: TcpProxy) -> Config:
    return replace(config, RATELIMIT_STORAGE_URI=f"redis://127.0.0.1:{network.port}/0")


@pytest.fixture(autouse=True)
def instant_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check of a password costs would hide what a store does."""
    monkeypatch.setattr(
        "movr.passwords.check_password_hash", lambda _hash, password: password == PASSWORD
    )


def goes_silent(network: TcpProxy, _redis: RedisServer) -> None:
    network.delay = SILENCE_S


def refuses(network: TcpProxy, _redis: RedisServer) -> None:
    network.refuse()
    network.cut_all()


def is_stopped(_network: TcpProxy, redis: RedisServer) -> None:
    redis.pause()


def is_killed(_network: TcpProxy, redis: RedisServer) -> None:
    redis.kill()


@pytest.mark.parametrize("fails", [goes_silent, refuses, is_stopped, is_killed])
def test_limit_holds_in_the_process_from_when_the_store_fails(
    visitor: SiteClient, network, redis, fails: Callable[[TcpProxy, RedisServer], None]
):
    assert log_in(visitor, "ada", "wrong").status_code == 422
    fails(network, redis)
    begin = monotonic()
    statuses = [log_in(visitor, "ada", "wrong").status_code for _ in range(PER_NAME)]
    refused = log_in(visitor, "ada", "wrong")
    # Half a second for each that waited; all of them together would take twenty.
    assert monotonic() - begin < 5
    assert statuses == [422] * PER_NAME
    assert refused.status_code == 429
    assert 1 < int(refused.headers["Retry-After"]) <= 901


def test_all_threads_fall_back_when_the_store_goes_silent(app: Flask, network: TcpProxy):
    open_account(app.extensions["movr"], "grace")
    browsers = [new_browser(app) for _ in range(8)]
    for number, browser in enumerate(browsers):
        assert log_in(browser, f"name{number}", "wrong").status_code == 422

    def try_in_turn(number: int) -> list[int]:
        return [
            log_in(browsers[number], f"name{number}", "wrong").status_code for _ in range(PER_NAME)
        ]

    network.delay = SILENCE_S
    begin = monotonic()
    with ThreadPoolExecutor(len(browsers)) as threads:
        assert list(threads.map(try_in_turn, range(8))) == [[422] * PER_NAME] * 8
    assert monotonic() - begin < 10
    assert is_redirect(log_in(browsers[0], "grace"), "/vehicles")


def test_right_login_stands_though_the_store_dies_before_it_is_given_back(
    app: Flask, visitor: SiteClient, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    open_account(app.extensions["movr"], "ada")

    def die_meanwhile(_hash: str, _password: str) -> bool:
        redis.kill()
        return True

    with monkeypatch.context() as patch:
        patch.setattr("movr.passwords.check_password_hash", die_meanwhile)
        assert is_redirect(log_in(new_browser(app), "ada"), "/vehicles")
    # What was counted in the store is not taken off what the process counts.
    statuses = [log_in(visitor, "ada", "wrong").status_code for _ in range(PER_NAME + 1)]
    assert statuses == [422] * PER_NAME + [429]


def test_refusal_stands_though_the_store_is_lost_when_asked_until_when(
    app: Flask, visitor: SiteClient, network: TcpProxy
):
    for _ in range(PER_NAME):
        assert log_in(visitor, "ada", "wrong").status_code == 422
    asks_until_when = app.extensions["limiter"]._shared.lua_moving_window.sha.encode()
    lost = network.cut_when(asks_until_when, before_forward=True)
    refused = log_in(visitor, "ada", "wrong")
    assert lost.done
    assert refused.status_code == 429
    assert 1 < int(refused.headers["Retry-After"]) <= 901


@pytest.mark.parametrize("silent", ["network", "server"])
def test_counting_goes_back_to_the_store_when_it_answers_again(
    visitor: SiteClient, network: TcpProxy, redis: RedisServer, silent: str
):
    with Redis.from_url(redis.uri) as store:
        goes_silent(network, redis) if silent == "network" else redis.pause()
        assert log_in(visitor, "ada", "wrong").status_code == 422
        network.delay = 0
        redis.resume()
        store.flushall()

        def is_counted() -> bool:
            log_in(visitor, "grace", "wrong")
            return any(b"name:grace" in key for key in store.scan_iter())

        assert wait_until(is_counted, 20, every=1)


def test_log_says_once_that_the_store_is_away_and_nothing_of_its_address(
    visitor: SiteClient, network: TcpProxy, caplog: pytest.LogCaptureFixture
):
    # From the beginning, as where an application starts before its store does.
    network.refuse()
    for _ in range(2):
        assert log_in(visitor, "ada", "wrong").status_code == 422
    (record,) = [each for each in caplog.records if each.name == "web.limit_store"]
    assert record.getMessage().endswith("this process counts by itself: ConnectionError")
