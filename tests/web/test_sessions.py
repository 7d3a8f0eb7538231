"""The session cookie: how it is marked, what it holds, and what makes it void."""

import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login.utils import encode_cookie
from itsdangerous import URLSafeTimedSerializer
from werkzeug.http import parse_cookie, parse_date

from tests.web.site import (
    COOKIE,
    PASSWORD,
    asks_for_login,
    held_in,
    join,
    log_in,
    new_browser,
    open_account,
)
from web.config import Config

FORMER = "the secret before this one, still believed"


def set_cookie(response):
    """What an answer says of the session cookie: its value and its marks in lower case."""
    (header,) = [header for header in response.headers.getlist("Set-Cookie") if "movr=" in header]
    value, *marks = header.split("; ")
    named = dict(mark.partition("=")[::2] for mark in marks)
    return value, {name.lower(): value for name, value in named.items()}


def signer_of(app: Flask) -> URLSafeTimedSerializer:
    """What signs the cookies of an application."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    return signer


@pytest.mark.parametrize("path", ["/login", "/vehicles"])
def test_a_visitors_cookie_is_for_this_host_over_https_and_out_of_reach_of_scripts(visitor, path):
    value, marks = set_cookie(visitor.get(path))
    assert value.startswith("__Host-movr=")
    assert (marks["path"], marks["samesite"]) == ("/", "Lax")
    assert "secure" in marks
    assert "httponly" in marks
    # With the prefix __Host-, a browser refuses a cookie that names a domain.
    assert "domain" not in marks


def test_a_riders_cookie_lasts_for_two_weeks_and_is_marked_like_a_visitors(visitor, movr):
    user = open_account(movr)
    value, marks = set_cookie(log_in(visitor, user.username))
    assert value.startswith("__Host-movr=")
    assert {"secure", "httponly"} <= set(marks)
    assert (marks["path"], marks["samesite"], "domain" in marks) == ("/", "Lax", False)
    lasts = parse_date(marks["expires"]) - datetime.now(UTC)
    assert timedelta(days=13) < lasts <= timedelta(days=14)


def test_only_a_cookie_that_is_long_is_shortened(visitor, movr):
    shortened = "__Host-movr=."
    short, _ = set_cookie(visitor.get("/vehicles"))
    long, _ = set_cookie(log_in(visitor, open_account(movr).username))
    assert not short.startswith(shortened)
    assert long.startswith(shortened)
    assert len(short) < len(long) < 400


@pytest.mark.parametrize(("age", "is_renewed"), [(23, False), (25, True), (15 * 24, False)])
def test_a_riders_cookie_is_renewed_once_a_day(rider, age, is_renewed):
    rider.client.get("/vehicles")
    with patch("itsdangerous.timed.time.time", return_value=time.time() - age * 3600):
        old = signer_of(rider.client.application).dumps(held_in(rider.client))
    rider.client.set_cookie(COOKIE, old)
    answer = rider.client.get("/users/me")
    assert ("Set-Cookie" in answer.headers) == is_renewed
    # Two weeks after it was written, nobody believes it any more.
    assert asks_for_login(answer) == (age > 14 * 24)
    if is_renewed:
        _value, marks = set_cookie(answer)
        lasts = parse_date(marks["expires"]) - datetime.now(UTC)
        assert timedelta(days=13) < lasts <= timedelta(days=14)
        assert "Set-Cookie" not in rider.client.get("/users/me").headers


def test_a_visitors_cookie_is_not_renewed(visitor):
    # It might arrive after that of a login, and replace it.
    visitor.get("/login")
    with patch("itsdangerous.timed.time.time", return_value=time.time() - 25 * 3600):
        old = signer_of(visitor.application).dumps(held_in(visitor))
    visitor.set_cookie(COOKIE, old)
    assert "Set-Cookie" not in visitor.get("/vehicles").headers


def test_a_cookie_that_was_believed_grows_too_old(rider):
    assert rider.client.get("/rides").status_code == 200
    rider.client.application.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=-2)
    assert asks_for_login(rider.client.get("/rides"))


@pytest.mark.parametrize(("ahead", "is_believed"), [(30, True), (3600, False)])
def test_a_cookie_from_the_future_is_believed_for_a_minute(rider, ahead, is_believed):
    rider.client.get("/vehicles")
    with patch("itsdangerous.timed.time.time", return_value=time.time() + ahead):
        new = signer_of(rider.client.application).dumps(held_in(rider.client))
    rider.client.set_cookie(COOKIE, new)
    assert asks_for_login(rider.client.get("/rides")) != is_believed


def test_what_one_request_does_to_its_session_does_nothing_to_the_next(visitor):
    with visitor.session_transaction() as session:
        session["_flashes"] = [("success", "Said to both.")]
    cookie = visitor.get_cookie(COOKIE).value
    for _ in range(2):
        visitor.set_cookie(COOKIE, cookie)
        assert visitor.get("/login").text.count("Said to both.") == 1


def test_what_is_kept_of_a_long_session_is_no_larger_than_its_cookie(app):
    signer = app.session_interface.get_signing_serializer(app)
    cookie = signer.dumps({"kept": "x" * 100_000})
    assert len(cookie) < 1_000
    assert signer.read(cookie)[0] == {"kept": "x" * 100_000}
    kept, _written = signer._read(cookie)
    assert isinstance(kept, bytes)
    assert len(kept) < len(cookie)


@pytest.mark.parametrize("held", [{"city": "rome"}, {"list": ["of one"]}], ids=str)
def test_each_request_reads_a_cookie_as_if_nobody_had(app, held):
    signer = app.session_interface.get_signing_serializer(app)
    cookie = signer.dumps(held)
    mine, _age = signer.read(cookie)
    assert mine == held
    mine["city"] = "paris"
    mine.setdefault("list", []).append("another")
    assert signer.read(cookie)[0] == held


@pytest.mark.parametrize("held", [None, []], ids=str)
def test_a_cookie_that_holds_no_session_is_an_empty_one(visitor, held):
    visitor.set_cookie(COOKIE, signer_of(visitor.application).dumps(held))
    assert visitor.get("/login").status_code == 200


def test_of_a_login_the_cookie_is_read_once(rider):
    cookie = rider.client.get_cookie(COOKIE).value
    signer = rider.client.application.session_interface.get_signing_serializer(
        rider.client.application
    )
    assert isinstance(signer._read(cookie)[0], dict)


def test_a_developers_cookie_works_without_tls(new_app, tmp_path):
    uri = f"sqlite:///{tmp_path}/movr.db"
    app = new_app(Config(DEBUG=True, SECRET_KEY="x" * 32, DB_URI=uri))
    app.extensions["movr"].create_schema()
    value, marks = set_cookie(app.test_client().get("/login"))
    assert value.startswith("movr=")
    assert "secure" not in marks
    assert "httponly" in marks


def test_a_login_keeps_nothing_of_the_session_before_but_the_chosen_city(visitor, movr):
    user = open_account(movr)
    visitor.submit("/city/rome")
    with visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = held_in(visitor)
    log_in(visitor, user.username)
    after = held_in(visitor)
    assert "planted" in before
    assert "planted" not in after
    assert after["chosen_city"] == "rome"
    # The token of the session before is void as well.
    assert before["csrf_token"] != after.get("csrf_token")


def test_signing_up_begins_with_an_empty_session(visitor):
    with visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
    new = {"first_name": "Ada", "last_name": "L", "email": "a@example.com", "city": "rome"}
    visitor.submit("/register", new | {"username": "ada", "password": PASSWORD})
    assert "planted" not in held_in(visitor)
    assert visitor.get("/rides").status_code == 200


@pytest.mark.parametrize("path", ["/logout", "/users/remove/{id}"])
def test_nothing_of_a_session_is_left_when_it_ends(rider, path):
    rider.client.submit("/city/rome")
    rider.client.submit(path.format(id=rider.user.id), {"password": PASSWORD})
    # Whose session it was is left after a log out, so that a late form of theirs is nobody else's.
    assert set(held_in(rider.client)) - {"logged_out"} == {"_flashes"}


def test_a_cookie_holds_no_password_and_nothing_personal(rider):
    held = str(held_in(rider.client))
    assert str(rider.user.id) in held
    for personal in (PASSWORD, rider.user.username, rider.user.email, rider.user.last_name):
        assert personal not in held


def test_a_cookie_that_was_signed_with_a_former_secret_is_still_believed(
    new_app, config, app, movr
):
    old = new_app(Config(SECRET_KEY=FORMER, DB_URI=config.DB_URI))
    old.test_client_class = app.test_client_class
    cookie = join(old).client
    value = cookie.get_cookie(COOKIE).value

    def opens_rides(**settings):
        application = new_app(Config(DB_URI=config.DB_URI, **settings))
        application.test_client_class = app.test_client_class
        browser = new_browser(application)
        browser.set_cookie(COOKIE, value)
        return browser.get("/rides").status_code == 200

    new = "the secret of today, for new cookies only"
    assert opens_rides(SECRET_KEY=FORMER)
    assert opens_rides(SECRET_KEY=new, SECRET_KEY_FALLBACKS=(FORMER,))
    assert opens_rides(SECRET_KEY=new, SECRET_KEY_FALLBACKS=("x" * 32, FORMER))
    assert not opens_rides(SECRET_KEY=new)


def test_the_cookie_of_an_account_that_is_gone_is_no_hindrance(rider):
    rider.movr.remove_user(city=rider.user.city, user_id=rider.user.id, password=PASSWORD)
    assert asks_for_login(rider.client.get("/rides"))
    for path in ("/", "/vehicles", "/login", "/register"):
        assert rider.client.get(path).status_code == 200


def test_flask_logins_own_cookie_logs_nobody_in(rider, visitor):
    user_id = held_in(rider.client)["_user_id"]
    with visitor.application.test_request_context():
        visitor.set_cookie("remember_token", encode_cookie(user_id))
    assert asks_for_login(visitor.get("/rides"))


def test_what_reads_no_session_says_so(rider):
    assert "Cookie" in rider.client.get("/rides").headers["Vary"]
    assert "Vary" not in rider.client.get("/readyz").headers


def test_the_browser_keeps_a_session_and_whether_it_is_known(visitor, movr):
    answer = log_in(visitor, open_account(movr).username)
    names = [next(iter(parse_cookie(header))) for header in answer.headers.getlist("Set-Cookie")]
    assert sorted(names) == ["__Host-movr", "__Secure-movr-device"]
