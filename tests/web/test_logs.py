"""The log of real workers: a line of JSON for each request, and nothing about anybody in it."""

import html
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

import pytest

from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require
from tests.web.marked_journey import ANY_MARK, API_KEY, EXPLOSIVE, UNREADABLE, Journey
from tests.web.observed import REGION, observe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def journey() -> Iterator[Journey]:
    """Everything was done once."""
    require(PostgresServer.available())
    settings = {"API_KEY": API_KEY, "EXPLODES_ON": EXPLOSIVE}
    with observe(app="tests.web.faulty_app:app", settings=settings) as site:
        journey = Journey(site)
        journey.ride()
        site.line_of(journey.answers[-1])
        yield journey


def test_every_kind_of_answer_was_met(journey):
    met = {answer.status_code for answer in journey.answers}
    assert met >= {200, 400, 403, 404, 405, 409, 413, 422, 429, 500, 503}
    assert len(journey.secrets) >= 12


def test_nothing_that_anybody_sent_or_that_is_secret_is_in_the_log(journey):
    log = journey.site.gunicorn.log()
    decoded = "\n".join(str(line) for line in journey.site.lines())
    for written in (log, decoded, unquote_plus(log), html.unescape(log)):
        assert [secret for secret in journey.secrets if secret in written] == []
        assert ANY_MARK not in written.lower()


def test_every_line_says_when_where_and_how_serious(journey):
    lines = journey.site.lines()
    for line in lines:
        assert {"time", "level", "logger", "message", "region"} <= line.keys(), line
        assert line["region"] == REGION
        assert line["level"] in ("INFO", "WARNING", "ERROR")
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta()
    loggers = {line["logger"] for line in lines}
    assert loggers == {"gunicorn.error", "movr", "movr.database", "movr.requests"}


def test_each_request_has_one_line_with_all_that_it_cost(journey):
    lines = [line for line in journey.site.lines() if line["logger"] == "movr.requests"]
    logged = Counter(line["request_id"] for line in lines)
    asked = {answer.headers["X-Request-ID"] for answer in journey.answers}
    assert len(asked) == len(journey.answers)
    assert set(logged.values()) == {1}
    # The question whether gunicorn has started has none.
    assert logged.keys() == asked
    for line in lines:
        assert line["message"] == f"{line['method']} {line['route']} {line['status']}"
        assert line["route"].startswith(("/", "(none)"))
        assert line["duration_ms"] > 0
        assert isinstance(line["retries"], int)
        assert isinstance(line["transactions"], list)


def test_the_line_tells_how_its_request_was_answered(journey):
    for answer in journey.answers:
        line = journey.site.line_of(answer)
        assert line["status"] == answer.status_code
        method = answer.request.method
        assert line["method"] == ("(other)" if method == "MARK4METHOD" else method)
    by_route = {
        (line["message"], *line["transactions"])
        for line in journey.site.lines()
        if line["logger"] == "movr.requests"
    }
    assert by_route >= {
        ("GET /vehicles 200", "get_vehicles"),
        ("POST /rides/start/<uuid:vehicle_id> 302", "get_user", "start_ride"),
        ("POST /register 409", "add_user"),
        ("POST /login 400",),
        ("GET (none) 404",),
    }


def test_a_failure_is_traced_without_what_it_was_about(journey):
    errors = [line for line in journey.site.lines() if line["logger"] == "movr"]
    explosion, refusal = errors
    for line, answer in zip(errors, journey.failures, strict=True):
        assert line["level"] == "ERROR"
        assert line["message"] == "POST /register failed"
        assert line["request_id"] == answer.headers["X-Request-ID"]
        assert line["request_id"] in answer.text
    first, second = explosion["exc_info"].strip().split("Traceback (most recent call last):\n")[1:]
    assert first.splitlines()[-1] == "builtins.ValueError"
    assert second.splitlines()[-1] == "builtins.RuntimeError"
    assert "in _explode\n" in first
    assert 'web/routes/accounts.py", line' in second
    assert refusal["exc_info"].splitlines()[-1] == (
        "movr.errors.UnexpectedDatabaseError: broken: ck_of_tests"
    )


def test_a_database_that_is_away_is_told_with_the_request_that_met_it(journey):
    told = [line for line in journey.site.lines() if line["logger"] == "movr.database"]
    met = {
        answer.headers["X-Request-ID"] for answer in journey.answers if answer.status_code == 503
    }
    assert {line["request_id"] for line in told} == met
    assert {line["message"] for line in told} == {"Database error: OperationalError"}


def test_what_gunicorn_cannot_read_is_named_and_not_repeated(journey):
    for request, answer in zip(UNREADABLE, journey.unreadable, strict=True):
        assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), request[:40]
    refusals = Counter(
        line["message"]
        for line in journey.site.lines()
        if line["logger"] == "gunicorn.error" and line["message"].startswith("Invalid request")
    )
    assert refusals.total() >= len(UNREADABLE)
    assert refusals["Invalid request: InvalidHeaderName"] >= 1
    assert all(" " not in refusal.split(": ")[1] for refusal in refusals)


def test_a_balancers_name_for_a_request_is_kept_and_a_bad_one_replaced(journey):
    browser = journey.site.new_browser()
    good, shown = "0123456789abcdef", []
    for given in (good, "short", "with space", "<script>", "x" * 101, "mark4\u00e9mark4"):
        answer = browser.get("/nothing", headers={"X-Request-ID": given.encode()})
        assert answer.headers["X-Request-ID"] in answer.text
        assert journey.site.line_of(answer)["status"] == 404
        shown.append(answer.headers["X-Request-ID"])
    assert shown[0] == good
    assert all(len(name) == 32 for name in shown[1:])
    assert len(set(shown)) == len(shown)


def test_a_line_is_json_and_nothing_else(journey):
    for line in journey.site.gunicorn.log().splitlines():
        assert isinstance(json.loads(line), dict)
