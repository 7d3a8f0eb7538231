"""How many wrong logins lock whom out, and what does not count."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from flask.testing import FlaskClient

from movr import MovR
from movr.errors import DatabaseUnavailable, WorldUnavailable
from tests.web.site import (
    PASSWORD,
    SiteClient,
    browser_at,
    heading,
    is_redirect,
    log_in,
    new_browser,
    open_account,
    words,
)

# From one network; for a name from all networks, and from one network for all names.
PER_NAME, PER_NAME_ANYWHERE, PER_NETWORK = 10, 100, 100


@pytest.fixture(autouse=True)
def instant_checks(monkeypatch):
    """A check of a password takes a tenth of a second, and here are hundreds of them."""
    monkeypatch.setattr(
        "movr.passwords.check_password_hash", lambda _hash, password: password == PASSWORD
    )


@pytest.fixture
def ada(movr):
    return open_account(movr, "ada")


def fail(client, username, times):
    """Log in wrongly so many times; the statuses, each of them once."""
    return {log_in(client, username, f"wrong {number}").status_code for number in range(times)}


def test_the_eleventh_wrong_login_for_a_name_is_refused(visitor, ada):
    assert fail(visitor, "ada", PER_NAME) == {422}
    page = log_in(visitor, "ada", "wrong again")
    assert page.status_code == 429
    assert heading(page) == "Too many attempts"
    assert "Try again in 15 minutes." in words(page)
    assert 0 < int(page.headers["Retry-After"]) <= 901


def test_the_right_password_does_not_help_once_a_name_has_had_too_many_wrong_ones(visitor, ada):
    fail(visitor, "ada", PER_NAME)
    assert log_in(visitor, "ada").status_code == 429
    assert visitor.get("/rides").status_code in (302, 303)


def test_no_password_is_checked_once_a_name_has_had_too_many(visitor, ada, monkeypatch):
    fail(visitor, "ada", PER_NAME)

    def unexpected(*_arguments):
        raise AssertionError("a password was checked")

    monkeypatch.setattr("movr.passwords.check_password_hash", unexpected)
    assert log_in(visitor, "ada").status_code == 429


@pytest.mark.parametrize(
    "username", ["ADA", "aDa", " ada", "ada\t", " " * 62 + "ada", " " * 200 + "Ada"]
)
def test_the_limit_of_a_name_counts_its_capitals_and_blanks_too(visitor, ada, username):
    fail(visitor, "ada", PER_NAME)
    assert log_in(visitor, username).status_code == 429


def test_a_stranger_does_not_lock_out_whoever_comes_from_another_network(app, ada):
    stranger = browser_at(app, "192.0.2.1")
    assert fail(stranger, "ada", PER_NAME_ANYWHERE + PER_NAME) == {422, 429}
    assert log_in(stranger, "ada").status_code == 429
    assert is_redirect(log_in(browser_at(app, "192.0.2.2"), "ada"), "/vehicles")


def test_strangers_of_many_networks_have_a_hundred_attempts_together(app, ada):
    networks = PER_NAME_ANYWHERE // PER_NAME
    for number in range(networks):
        assert fail(browser_at(app, f"192.0.2.{number}"), "ada", PER_NAME) == {422}
    assert log_in(browser_at(app, "192.0.2.99"), "ada").status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
    ],
)
def test_a_network_is_an_ipv4_address_or_64_bits_of_ipv6(app, ada, one, other, is_same):
    assert fail(browser_at(app, one), "ada", PER_NAME) == {422}
    answer = log_in(browser_at(app, other), "ada")
    assert (answer.status_code == 429) == is_same


def test_wrong_logins_at_once_are_no_more_than_one_after_the_other(app, ada, monkeypatch):
    checked = []

    def check(_hash, password):
        checked.append(password)
        sleep(0.5)
        return False

    monkeypatch.setattr("movr.passwords.check_password_hash", check)
    browsers = [new_browser(app) for _ in range(2 * PER_NAME)]
    tokens = [browser.token() for browser in browsers]

    def guess(browser: SiteClient, token: str) -> int:
        fields = {"csrf_token": token, "username": "ada", "password": "wrong"}
        return FlaskClient.open(browser, "/login", method="POST", data=fields).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        statuses = list(threads.map(guess, browsers, tokens))
    assert len(checked) == PER_NAME
    assert sorted(statuses) == [422] * PER_NAME + [429] * PER_NAME


def test_another_name_is_not_affected(visitor, ada, movr):
    open_account(movr, "grace")
    fail(visitor, "ada", PER_NAME)
    assert is_redirect(log_in(visitor, "grace"), "/vehicles")


def test_names_that_do_not_exist_are_limited_like_those_that_do(visitor):
    assert fail(visitor, "nobody", PER_NAME) == {422}
    assert log_in(visitor, "nobody").status_code == 429


def test_right_logins_do_not_count(app, visitor, ada):
    fail(visitor, "ada", PER_NAME - 1)
    for _ in range(PER_NAME + 2):
        assert is_redirect(log_in(new_browser(app), "ada"), "/vehicles")
    assert fail(visitor, "ada", 1) == {422}
    assert log_in(visitor, "ada").status_code == 429


def test_looking_at_the_page_does_not_count(visitor, ada):
    for _ in range(PER_NAME + 2):
        assert visitor.get("/login").status_code == 200
    assert is_redirect(log_in(visitor, "ada"), "/vehicles")


@pytest.mark.parametrize("fields", [{"username": "ada"}, {"username": "ada", "password": ""}, {}])
def test_a_form_that_is_not_filled_in_does_not_count(visitor, ada, fields):
    for _ in range(PER_NAME + 1):
        assert visitor.submit("/login", fields).status_code == 422
    assert is_redirect(log_in(visitor, "ada"), "/vehicles")


def test_a_login_that_fails_for_want_of_a_database_does_not_count(visitor, ada, monkeypatch):
    def fail_to_answer(*_arguments, **_fields):
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(MovR, "authenticate", fail_to_answer)
        for _ in range(PER_NAME + 1):
            assert log_in(visitor, "ada").status_code == 503
    assert is_redirect(log_in(visitor, "ada"), "/vehicles")


def test_a_login_that_a_silent_region_leaves_open_counts(visitor, ada, monkeypatch):
    def be_silent(*_arguments, **_fields):
        raise WorldUnavailable

    monkeypatch.setattr(MovR, "authenticate", be_silent)
    statuses = [log_in(visitor, "ada", "wrong").status_code for _ in range(PER_NAME + 1)]
    assert statuses == [503] * PER_NAME + [429]


def test_a_form_without_its_token_does_not_count(visitor, ada):
    for _ in range(PER_NAME + 2):
        answer = visitor.post("/login", data={"username": "ada", "password": "wrong"})
        assert answer.status_code == 400
    assert is_redirect(log_in(visitor, "ada"), "/vehicles")


def test_an_address_that_tries_many_names_is_refused_and_others_are_not(app, ada):
    guesser = browser_at(app, "192.0.2.1")
    token = guesser.token()
    statuses = set()
    for number in range(PER_NETWORK):
        answer = FlaskClient.open(  # Unchecked, for speed.
            guesser,
            "/login",
            method="POST",
            data={"csrf_token": token, "username": f"name{number}", "password": "wrong"},
            # Without a proxy that is trusted, a claim to be somebody else counts for nothing.
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
        statuses.add(answer.status_code)
    assert statuses == {422}
    page = log_in(guesser, "ada")
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert is_redirect(log_in(browser_at(app, "192.0.2.2"), "ada"), "/vehicles")


def test_a_login_that_is_answered_says_nothing_about_waiting(visitor, ada):
    assert "Retry-After" not in log_in(visitor, "ada", "wrong").headers
    assert "Retry-After" not in log_in(visitor, "ada").headers
