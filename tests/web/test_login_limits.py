"""How many wrong logins a name and an address may have, and what does not count."""

import pytest
from flask.testing import FlaskClient

from tests.web.site import PASSWORD, heading, is_redirect, log_in, new_browser, open_account, words

PER_NAME, PER_ADDRESS = 10, 100


@pytest.fixture(autouse=True)
def instant_checks(monkeypatch):
    """A check of a password takes a tenth of a second, and here are hundreds of them."""
    monkeypatch.setattr(
        "movr.passwords.check_password_hash", lambda _hash, password: password == PASSWORD
    )


@pytest.fixture
def ada(movr):
    return open_account(movr, "ada")


def browser_at(app, address):
    """A browser that comes from an address of its own."""
    client = new_browser(app)
    client.environ_base["REMOTE_ADDR"] = address
    return client


def fail(client, username, times):
    """Log in wrongly so many times; the statuses, each of them once."""
    return {log_in(client, username, f"wrong {number}").status_code for number in range(times)}


def test_the_eleventh_wrong_login_for_a_name_is_refused(visitor, ada):
    assert fail(visitor, "ada", PER_NAME) == {422}
    page = log_in(visitor, "ada", "wrong again")
    assert page.status_code == 429
    assert heading(page) == "Too many attempts"
    assert "wait a quarter of an hour" in words(page)
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


def test_the_limit_of_a_name_holds_for_every_address(app, ada):
    for number in range(PER_NAME):
        assert fail(browser_at(app, f"192.0.2.{number}"), "ada", 1) == {422}
    assert log_in(browser_at(app, "192.0.2.99"), "ada").status_code == 429


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


def test_a_form_without_its_token_does_not_count(visitor, ada):
    for _ in range(PER_NAME + 2):
        answer = visitor.post("/login", data={"username": "ada", "password": "wrong"})
        assert answer.status_code == 400
    assert is_redirect(log_in(visitor, "ada"), "/vehicles")


def test_an_address_that_tries_many_names_is_refused_and_others_are_not(app, ada):
    guesser = browser_at(app, "192.0.2.1")
    token = guesser.token()
    statuses = set()
    for number in range(PER_ADDRESS):
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
