"""Others are served while clients are slow or silent: by gunicorn alone, and behind the balancer.

Each crowd is larger than the number of threads, and what it is too slow with is not over meanwhile.
"""

import http.client
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.regions.balancer import unavailable_reason
from tests.support.loopback import HOST
from tests.support.requirements import require
from tests.upgrades.load import Rider
from tests.upgrades.site import Site, serve
from tests.upgrades.slow import crowd, head
from web.server.connections import MAX_BODY_BYTES, MAX_HEAD_BYTES

FORM = "Content-Type: application/x-www-form-urlencoded"
EUROPE = "gcp-europe-west1"
# Each region has two workers with four threads.
SLOW = 20
IDLE = 200


class Served(NamedTuple):
    """Where the crowd and the others meet, and one of the others."""

    port: int
    rider: Rider


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require(unavailable_reason())
    # Forms that are too long are answered at once, and all together: how many requests may wait is
    # asked by test_overload.py.
    settings = {"SECRET_KEY": "s" * 32, "WEB_QUEUE": "100"}
    with serve(tmp_path_factory.mktemp("slow"), **settings) as site:
        yield site


@pytest.fixture(params=["alone", "behind the balancer"])
def served(request: pytest.FixtureRequest, site: Site) -> Served:
    port = site.balancer.port if "balancer" in request.param else site.servers[EUROPE].port
    _, rider = site.join("rome", port)
    return Served(port, rider)


def go_for_a_ride(rider: Rider) -> None:
    """Pages and forms, each answered as it should be."""
    before = rider.tally
    rider.ride_once()
    assert before.failed == []


SLOW_KINDS = {
    "headers": lambda port: head("GET /vehicles", port)[:-2] + b"X-Slow: ",
    "body": lambda port: head("POST /login", port, FORM, "Content-Length: 500") + b"username=",
    "long body": lambda port: (
        head("POST /login", port, FORM, f"Content-Length: {MAX_BODY_BYTES * 4}") + b"username="
    ),
}


@pytest.mark.parametrize("kind", SLOW_KINDS)
def test_riders_are_served_while_others_send_byte_by_byte(served: Served, kind: str):
    with crowd(served.port, SLOW, SLOW_KINDS[kind](served.port)) as slow:
        for _ in range(3):
            slow.dribble()
            go_for_a_ride(served.rider)


def test_riders_are_served_while_others_do_not_read(served: Served):
    asked = head("GET /bootstrap/static/css/bootstrap.min.css", served.port)
    with crowd(served.port, SLOW, asked * 20):
        for _ in range(3):
            go_for_a_ride(served.rider)


def test_riders_are_served_while_others_only_connect(served: Served):
    with crowd(served.port, IDLE, b""):
        for _ in range(3):
            go_for_a_ride(served.rider)


def test_riders_are_served_while_others_keep_their_connections(served: Served):
    with crowd(served.port, IDLE, head("GET /healthz", served.port)):
        for _ in range(3):
            go_for_a_ride(served.rider)


def test_riders_are_served_while_others_do_all_of_it_at_once(served: Served):
    port = served.port
    slow = [kind(port) for kind in SLOW_KINDS.values()]
    with (
        crowd(port, SLOW, slow[0]) as first,
        crowd(port, SLOW, slow[1]) as second,
        crowd(port, SLOW, slow[2]) as third,
        crowd(port, IDLE // 2, b""),
    ):
        for _ in range(3):
            for each in (first, second, third):
                each.dribble()
            go_for_a_ride(served.rider)


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """The status and the page."""
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": "rome.localhost", **given})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_form_that_is_too_long_gets_the_page_that_says_so(served: Served):
    form = FORM.partition(": ")[2]
    for length, expected in ((MAX_BODY_BYTES + 1, 413), (MAX_BODY_BYTES, 400)):
        # Without a token the longest form that is read is refused for that, and for nothing else.
        status, page = ask(served.port, "POST", "/login", b"a" * length, Content_Type=form)
        assert status == expected
        assert ("That form is too large" in page) == (expected == 413)


def test_header_that_is_too_long_is_refused(served: Served):
    status, _ = ask(served.port, "GET", "/login", X_Long="x" * (MAX_HEAD_BYTES + 1))
    assert status in (400, 431)
    assert ask(served.port, "GET", "/login", X_Long="x" * 4000)[0] == 200
