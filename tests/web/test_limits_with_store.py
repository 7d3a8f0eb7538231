"""Wrong logins are counted in one place for all processes where a store for that is set."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from movr import MovR
from tests.support.gunicorn_server import GunicornServer
from tests.support.redis_server import RedisServer, unavailable_reason
from tests.support.requirements import require

pytestmark = pytest.mark.slow

PER_NAME = 10

Start = Callable[[str], list[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start two processes on one database that count in this store; their addresses."""
    uri = f"sqlite:///{tmp_path}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    with ExitStack() as stack:

        def start(storage: str) -> list[str]:
            environment = {"DEBUG": "True", "DB_URI": uri, "RATELIMIT_STORAGE_URI": storage}
            return [
                stack.enter_context(GunicornServer(environment, workers=1)).url for _ in range(2)
            ]

        yield start


def wrong_login(url: str) -> int:
    """The status that a wrong login gets."""
    with requests.Session() as browser:
        form = browser.get(f"{url}/login", timeout=20).text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form)
        assert token
        fields = {"csrf_token": token[1], "username": "ada", "password": "wrong password"}
        return browser.post(f"{url}/login", data=fields, timeout=20).status_code


def test_a_limit_holds_for_all_processes_together(start: Start):
    require(unavailable_reason())
    with RedisServer() as redis:
        here, there = start(redis.uri)
        assert [wrong_login(url) for url in (here, there) * (PER_NAME // 2)] == [422] * PER_NAME
        assert [wrong_login(url) for url in (here, there)] == [429, 429]


def test_without_a_store_a_limit_holds_for_each_process(start: Start):
    here, there = start("memory://")
    assert [wrong_login(here) for _ in range(PER_NAME + 1)] == [422] * PER_NAME + [429]
    assert wrong_login(there) == 422
