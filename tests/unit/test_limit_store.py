"""Counting: no more in any period than a limit allows, and none lost of many that come at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from limits import parse

from tests.support.processes import wait_until
from tests.support.redis_server import RedisServer, unavailable_reason
from tests.support.requirements import require
from web.limit_store import SharedOrOwnLimiter

THREADS = 8


@pytest.fixture
def eager_threads():
    """Threads that take turns after microseconds, so that a gap between two lines is met."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the library that counts: the last of these seconds."""
    told = [1_000_000.0]

    class Clock:
        time = staticmethod(lambda: told[-1])

    monkeypatch.setattr("limits.storage.memory.time", Clock)
    monkeypatch.setattr("limits.storage.redis.time", Clock)
    monkeypatch.setattr("limits.strategies.time", Clock)
    return told


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest) -> Iterator[SharedOrOwnLimiter]:
    if request.param == "memory":
        yield SharedOrOwnLimiter("memory://")
        return
    require(unavailable_reason())
    with RedisServer() as redis:
        yield SharedOrOwnLimiter(redis.uri)


RATE = parse("3 per minute")


def test_no_minute_has_more_than_a_minute_may_have(limiter, times):
    """Not either where one minute ends and another one begins."""
    begin = times[0]
    counted = []
    for second in (0, 58, 59, 61, 62, 117, 118.5, 119.5, 120, 122):
        times.append(begin + second)
        if limiter.hit(RATE, "who"):
            counted.append(second)
    assert counted == [0, 58, 59, 61, 118.5, 119.5, 122]


def test_next_attempt_is_free_when_the_oldest_no_longer_counts(limiter, times):
    begin = times[0]
    for second in (0, 20, 40):
        times.append(begin + second)
        assert limiter.hit(RATE, "who")
    assert limiter.free_at(RATE, "who") == begin + 60
    times.append(begin + 61)
    assert limiter.hit(RATE, "who")
    assert limiter.free_at(RATE, "who") == begin + 80


def test_attempt_that_is_given_back_is_free_again_and_no_more_than_that(limiter):
    limiter.give_back(RATE, "who")
    assert [limiter.hit(RATE, "who") for _ in range(4)] == [True, True, True, False]
    limiter.give_back(RATE, "who")
    assert [limiter.hit(RATE, "who") for _ in range(2)] == [True, False]
    assert limiter.hit(RATE, "somebody else")


def test_nothing_is_kept_in_the_process_of_those_of_whom_nothing_counts(times):
    limiter = SharedOrOwnLimiter("memory://")
    for number in range(100):
        limiter.hit(RATE, f"{number}")
    for number in range(50):
        limiter.give_back(RATE, f"{number}")
    times.append(times[0] + 61)

    def kept() -> int:
        limiter.hit(RATE, "who")
        return len(limiter._own.events) + len(limiter._own.locks)

    assert wait_until(lambda: kept() <= 2, 10)


@pytest.mark.usefixtures("eager_threads")
def test_no_count_is_lost_where_threads_begin_with_it_at_once():
    limiter = SharedOrOwnLimiter("memory://")
    together = Barrier(THREADS)
    few = parse(f"{THREADS - 1} per hour")

    def count(number: int) -> bool:
        together.wait(30)
        return limiter.hit(few, f"key {number}")

    with ThreadPoolExecutor(THREADS) as threads:
        for number in range(500):
            counts = threads.map(count, [number] * THREADS)
            assert sorted(counts) == [False] + [True] * (THREADS - 1)
