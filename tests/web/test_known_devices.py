"""What a device that has logged in before may do when all attempts are used up, and no more."""

import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from werkzeug.http import parse_date

from tests.web.site import (
    PASSWORD,
    asks_for_login,
    browser_at,
    is_redirect,
    log_in,
    new_browser,
    open_account,
)
from tests.web.test_login_limits import PER_NAME, PER_NAME_ANYWHERE, fail, instant_checks
from web.config import Config

__all__ = ["instant_checks"]

COOKIE = "__Secure-movr-device"
HOME, OFFICE = "192.0.2.1", "198.51.100.1"
FORMER, NEW = "the key of last year, for cookies of then", "the key of today, for new ones only"


@pytest.fixture
def ada(movr):
    return open_account(movr, "ada")


def device_of(client):
    """The cookie that says which device a browser is on."""
    cookie = client.get_cookie(COOKIE, path="/login")
    return cookie and cookie.value


def known_browser(app, address=OFFICE, username="ada"):
    """A browser whose rider has logged in with it and out again."""
    client = browser_at(app, address)
    assert is_redirect(log_in(client, username), "/vehicles")
    client.submit("/logout")
    return client


def browser_with(app, device, address=OFFICE):
    """A browser that has got hold of the cookie of a device."""
    client = browser_at(app, address)
    client.set_cookie(COOKIE, device, path="/login", secure=True)
    return client


def lock_out(app, username="ada"):
    """Use up the attempts of a network."""
    assert fail(browser_at(app, OFFICE), username, PER_NAME) == {422}
    assert log_in(browser_at(app, OFFICE), username).status_code == 429


def test_a_known_device_goes_through_when_its_network_has_had_too_many(app, ada):
    known = known_browser(app)
    lock_out(app)
    assert is_redirect(log_in(known, "ada"), "/vehicles")


def test_a_known_device_goes_through_when_the_name_has_had_too_many(app, ada):
    known = known_browser(app)
    for number in range(PER_NAME_ANYWHERE // PER_NAME):
        fail(browser_at(app, f"203.0.113.{number}"), "ada", PER_NAME)
    assert log_in(browser_at(app, HOME), "ada").status_code == 429
    assert is_redirect(log_in(known, "ada"), "/vehicles")


def test_the_browser_that_signed_up_is_known(app):
    client = browser_at(app, OFFICE)
    fields = {
        **{"city": "rome", "first_name": "Ada", "last_name": "Rider", "email": "a@example.com"},
        **{"username": "Ada", "password": PASSWORD},
    }
    assert is_redirect(client.submit("/register", fields), "/vehicles")
    client.submit("/logout")
    lock_out(app)
    assert is_redirect(log_in(client, "ada"), "/vehicles")


def test_a_known_device_has_ten_attempts_more_than_a_stranger(app, ada):
    known = known_browser(app)
    statuses = [log_in(known, "ada", "wrong").status_code for _ in range(2 * PER_NAME + 1)]
    assert statuses == [422] * 2 * PER_NAME + [429]
    assert log_in(known, "ada").status_code == 429


def test_a_stolen_cookie_of_a_device_logs_nobody_in(app, ada):
    thief = browser_with(app, device_of(known_browser(app)))
    assert asks_for_login(thief.get("/rides"))
    assert fail(thief, "ada", 1) == {422}
    assert asks_for_login(thief.get("/rides"))


def test_a_stolen_cookie_uses_up_no_attempts_of_the_device_once_its_rider_logs_in(app, ada):
    known = known_browser(app)
    thief = browser_with(app, device_of(known))
    log_in(known, "ada")
    known.submit("/logout")
    assert fail(thief, "ada", 2 * PER_NAME + 1) == {422, 429}
    assert is_redirect(log_in(known, "ada"), "/vehicles")


def test_a_device_is_known_to_the_account_that_it_logged_in_to_only(app, ada, movr):
    open_account(movr, "grace")
    known = known_browser(app, username="grace")
    lock_out(app)
    assert log_in(known, "ada").status_code == 429


def test_a_cookie_that_was_made_up_is_none(app, ada):
    lock_out(app)
    real = device_of(known_browser(app, HOME))
    for made_up in ("", "x", "a.b.c", real[:-1], f"{real}x", real.partition(".")[2], "\x00", "é"):
        assert log_in(browser_with(app, made_up), "ada").status_code == 429


@pytest.mark.parametrize(("days", "is_known"), [(179, True), (181, False)])
def test_a_device_is_known_for_half_a_year(app, ada, days, is_known):
    with patch("itsdangerous.timed.time.time", return_value=time.time() - days * 86400):
        device = device_of(known_browser(app))
    lock_out(app)
    assert (log_in(browser_with(app, device), "ada").status_code != 429) == is_known


def test_a_device_is_known_after_the_secret_has_been_changed(new_app, config, app, ada):
    def is_known(device, **settings):
        changed = new_app(Config(DB_URI=config.DB_URI, **settings))
        changed.test_client_class = app.test_client_class
        lock_out(changed)
        return log_in(browser_with(changed, device), "ada").status_code != 429

    device = device_of(known_browser(app))
    assert is_known(device, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=(FORMER, config.SECRET_KEY))
    assert not is_known(device, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=(FORMER,))


def test_the_cookie_goes_to_logins_over_https_only_and_names_nobody(app, ada):
    answer = log_in(new_browser(app), "ada")
    (header,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE)]
    value, *marks = header.split("; ")
    said = {name.lower(): mark for name, _, mark in (each.partition("=") for each in marks)}
    assert (said["path"], said["samesite"], "domain" in said) == ("/login", "Strict", False)
    assert {"secure", "httponly"} <= said.keys()
    lasts = parse_date(said["expires"]) - datetime.now(UTC)
    assert timedelta(days=179) < lasts <= timedelta(days=180)
    for personal in ("ada", str(ada.id), ada.email, ada.city):
        assert personal not in value.lower()
    other = log_in(new_browser(app), "ada")
    assert value not in str(other.headers)


def test_a_wrong_login_makes_no_device_known(app, ada):
    client = browser_at(app, OFFICE)
    fail(client, "ada", 1)
    assert device_of(client) is None
