"""Counting in the process, when many threads do it at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from web.limit_store import SharedOrOwnStorage

THREADS = 8


@pytest.fixture
def eager_threads():
    """Threads that take turns after microseconds, so that a gap between two lines is met."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_no_count_is_lost_where_threads_begin_with_it_at_once():
    store = SharedOrOwnStorage("memory://")
    together = Barrier(THREADS)

    def count(number: int) -> int:
        together.wait(30)
        return store.incr(f"key {number}", 900)

    with ThreadPoolExecutor(THREADS) as threads:
        for number in range(500):
            counts = threads.map(count, [number] * THREADS)
            assert sorted(counts) == list(range(1, THREADS + 1))
