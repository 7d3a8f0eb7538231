"""What is answered when something fails: a page with one status and one helpful sentence."""

import logging
from uuid import uuid4

import pytest
from sqlalchemy.exc import OperationalError

from movr import MovR, errors
from tests.support.loopback import HOST, free_port
from tests.web.site import SiteClient, heading, links, new_browser, words
from tests.web.world import calls, path_of
from web.config import Config
from web.limits import LimitReached


def fail_with(monkeypatch, error):
    """Let the vehicles of a city fail in this way."""

    def fail(*_arguments, **_fields):
        raise error

    monkeypatch.setattr(MovR, "get_vehicles", fail)


@pytest.fixture
def visitor(shared_app):
    """A browser of an application that no failure changes."""
    return new_browser(shared_app)


# --- The kinds of errors ---


@pytest.mark.parametrize(
    ("error", "status", "title", "sentence"),
    [
        (errors.NotFound("x"), 404, "This page doesn't exist", "may be mistyped"),
        (errors.InvalidCursor("x"), 400, "This link is broken", "Start from the first page"),
        (errors.NotYours("x"), 403, "This vehicle isn't yours", "Only its owner can"),
        (errors.VehicleUnavailable(), 409, "Someone just took that one", "choose another vehicle"),
        (errors.AlreadyRiding(), 409, "You're already on a ride", "End your ride before"),
        (errors.WrongEndTime(), 422, "The ride can't have ended then", "not in the future"),
        (errors.RideCancelled(), 409, "You cancelled this ride", "choose the vehicle again"),
        (errors.VehicleInUse(), 409, "Your vehicle is in use", "when the ride has ended"),
        (errors.RideRunning(), 409, "You're still on a ride", "then close your account"),
        (errors.OwnsVehicles(), 409, "You're still sharing vehicles", "Stop sharing them on"),
        (errors.DatabaseUnavailable(), 503, "We're very busy right now", "Wait a few seconds"),
        (errors.TooMuchContention(), 503, "We're very busy right now", "does no harm"),
    ],
)
def test_each_kind_of_error_has_its_status_and_sentence(
    visitor, monkeypatch, error, status, title, sentence
):
    fail_with(monkeypatch, error)
    page = visitor.get("/vehicles")
    assert page.status_code == status
    assert heading(page) == title
    assert sentence in words(page)
    assert page.headers.get("Retry-After") == ("5" if status == 503 else None)


def kinds_of(error):
    """An error class and all that are derived from it."""
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


def test_no_kind_of_error_is_without_a_page(visitor, monkeypatch):
    for kind in set(kinds_of(errors.MovRError)) - {errors.MovRError}:
        fail_with(monkeypatch, kind("x"))
        assert visitor.get("/vehicles").status_code in (400, 403, 404, 409, 410, 422, 503), kind


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [
        (1, "a minute"),
        (61, "2 minutes"),
        (900, "15 minutes"),
        (3600, "60 minutes"),
        (7201, "3 hours"),
        (86400, "24 hours"),
    ],
)
def test_every_limit_has_a_page_that_says_how_long_to_wait(visitor, monkeypatch, seconds, wait):
    for kind in set(kinds_of(LimitReached)) - {LimitReached}:
        fail_with(monkeypatch, kind(seconds))
        page = visitor.get("/vehicles")
        assert page.status_code == 429
        assert f"Try again in {wait}." in words(page)
        assert page.headers["Retry-After"] == str(seconds)


@pytest.mark.parametrize("path", ["/nothing", "/users/not-an-id", "/static/nothing", "/rides/1"])
def test_an_address_that_is_not_there_has_a_page_that_says_so(visitor, path):
    page = visitor.get(path)
    assert page.status_code == 404
    assert heading(page) == "This page doesn't exist"
    assert links(page)["See the vehicles"] == "/vehicles"


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [("/logout", "GET", "POST"), ("/vehicles", "POST", "GET"), ("/", "DELETE", "GET")],
)
def test_a_wrong_method_has_a_page_and_names_the_right_ones(visitor, path, method, allowed):
    page = visitor.open(path, method=method)
    assert page.status_code == 405
    assert heading(page) == "This link can't be opened directly"
    assert allowed in page.headers["Allow"]


@pytest.mark.parametrize("path", ["/login", "/register", "/city/rome"])
def test_a_body_of_more_than_a_mebibyte_is_refused(visitor, path):
    page = visitor.submit(path, {"username": "x" * (1024 * 1024)})
    assert page.status_code == 413
    assert heading(page) == "That form is too large"


def test_a_failure_of_ours_says_so_and_tells_nothing(visitor, monkeypatch, caplog):
    fail_with(monkeypatch, RuntimeError("the secret of the machine at 10.0.0.1"))
    page = visitor.get("/vehicles")
    assert page.status_code == 500
    assert heading(page) == "Something went wrong"
    assert "Please try again." in words(page)
    for detail in ("secret", "10.0.0.1", "RuntimeError", "Traceback", "get_vehicles"):
        assert detail not in page.text
    assert "the secret of the machine" in caplog.text


def test_a_failure_names_the_request_for_whoever_asks_about_it(visitor, monkeypatch):
    fail_with(monkeypatch, RuntimeError())
    page = visitor.get("/")
    assert page.status_code == 500
    assert page.headers["X-Request-ID"] in page.text
    given = visitor.get("/", headers={"X-Request-ID": "from-the-balancer"})
    assert given.headers["X-Request-ID"] == "from-the-balancer"
    assert "from-the-balancer" in given.text


def test_an_error_of_the_driver_is_not_shown(visitor, monkeypatch):
    fail_with(monkeypatch, OperationalError("SELECT password_hash", {}, Exception("no such table")))
    page = visitor.get("/vehicles")
    assert page.status_code == 500
    for detail in ("SELECT", "sqlalche", "no such table"):
        assert detail not in page.text


@pytest.mark.parametrize("debug", [True, False])
def test_a_failure_looks_the_same_to_a_developer(new_app, config, monkeypatch, debug):
    app = new_app(Config(DEBUG=debug, SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI))
    fail_with(monkeypatch, RuntimeError("a fault"))
    page = app.test_client().get("/vehicles")
    assert page.status_code == 500
    assert heading(page) == "Something went wrong"


# --- Without a database ---


@pytest.fixture(scope="module")
def cut_off(make_app):
    """An application whose CockroachDB is not there: nobody listens at its address."""
    app = make_app(
        Config(
            SECRET_KEY="a secret for tests, and for nothing else",
            DB_URI=f"cockroachdb://movr@{HOST}:{free_port()}/movr?sslmode=disable",
            DB_CONNECT_TIMEOUT=2,
            DB_POOL_TIMEOUT=1.0,
            DB_STATEMENT_TIMEOUT=1.0,
        )
    )
    app.test_client_class = SiteClient
    yield app
    app.extensions["movr"].engine.dispose()


@pytest.fixture
def logged_in(cut_off):
    """The browser of somebody who was logged in when the database went away."""
    browser = new_browser(cut_off)
    token = browser.token()
    with browser.session_transaction() as session:
        session["_user_id"] = f"rome/{uuid4()}/0"
    return browser, token


@pytest.mark.parametrize("path", ["/", "/vehicles", "/vehicles?type=bike&available=1"])
def test_pages_say_that_they_will_be_back(cut_off, path):
    page = new_browser(cut_off).get(path)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert heading(page) == "We're very busy right now"
    for detail in ("psycopg", "OperationalError", "refused", HOST):
        assert detail not in page.text


def test_whoever_is_logged_in_is_told_the_same_everywhere(cut_off, logged_in):
    browser, token = logged_in
    no_pages = {"/static/<path:filename>", "/bootstrap/static/<path:filename>", "/metrics"}
    no_pages |= {"/readyz", "/manifest.webmanifest", "/service-worker.js"}
    # Links that nobody has signed, and what is off without a mail server: neither asks for a row.
    no_rows = {"/email/confirm/<token>", "/password/forgot"}
    tried = 0
    for method, rule in calls(cut_off):
        # What a browser shows that has no connection is the same for everybody.
        if rule.rule in no_pages | no_rows | {"/offline"}:
            continue
        # What the map asks for; the other pages take no notice of it.
        wanted = {"city": "amsterdam", "bbox": "4.8,52.3,5,52.4"}
        answer = browser.open(
            path_of(rule), method=method, query_string=wanted, data={"csrf_token": token}
        )
        # The choice of a city is kept in the cookie alone.
        expected = {302, 303} if rule.rule == "/city/<city>" else {503}
        assert answer.status_code in expected, (method, rule)
        tried += 1
    assert tried > 12


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_forms_can_be_opened_without_a_database(cut_off, path):
    assert new_browser(cut_off).get(path).status_code == 200


def test_a_login_without_a_database_is_not_a_wrong_one(cut_off):
    browser = new_browser(cut_off)
    page = browser.submit("/login", {"username": "ada", "password": "whatever it is"})
    assert page.status_code == 503
    assert heading(page) == "We're very busy right now"


@pytest.mark.parametrize("path", ["/nothing", "/logout"])
def test_error_pages_need_no_database(logged_in, path):
    browser, _ = logged_in
    assert browser.get(path).status_code in (404, 405)
    # As from another site: of a form from one of our own pages what was typed is kept.
    foreign = {"Origin": "https://evil.example"}
    assert browser.post("/login", data={}, headers=foreign).status_code == 400
    assert browser.post("/logout", data={}).status_code in (302, 303)


def test_health_and_readiness_differ_when_the_database_is_away(cut_off, visitor):
    browser = new_browser(cut_off)
    assert browser.get("/healthz").status_code == 200
    ready = browser.get("/readyz")
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    assert ready.text == "the database does not respond\n"
    assert visitor.get("/readyz").status_code == 200
    assert visitor.get("/readyz").text == visitor.get("/healthz").text == "ok\n"


def test_the_log_names_what_failed_and_not_the_way_to_it(cut_off, caplog):
    with caplog.at_level(logging.WARNING):
        new_browser(cut_off).get("/vehicles")
    assert "Database error: OperationalError" in caplog.text
    assert "sslmode" not in caplog.text
