"""Logging in and out: one vague answer to whatever is wrong, and the way back to the page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.security import check_password_hash

from movr import MovR
from tests.support.page_tree import parsed
from tests.web.site import (
    PASSWORD,
    asks_for_login,
    error_at,
    field,
    heading,
    is_redirect,
    log_in,
    new_browser,
    open_account,
    words,
)

VAGUE = "The username or password is wrong. Check both and try again."


@pytest.fixture
def ada(movr):
    """The account of somebody who is not logged in."""
    return open_account(movr, "ada")


@pytest.fixture
def closed(movr):
    """The name of an account that has been closed."""
    user = open_account(movr, "closed")
    movr.remove_user(city=user.city, user_id=user.id, password=PASSWORD)
    return user.username


@pytest.fixture
def checks(monkeypatch):
    """The hashes that passwords were checked against, in order."""
    hashes = []

    def count(password_hash, password):
        hashes.append(password_hash)
        return check_password_hash(password_hash, password)

    monkeypatch.setattr("movr.passwords.check_password_hash", count)
    return hashes


@pytest.mark.parametrize("typed", ["ada", "ADA", "  Ada "])
def test_a_rider_logs_in_with_the_name_in_any_capitals(visitor, ada, typed):
    assert visitor.get("/login").status_code == 200
    assert is_redirect(log_in(visitor, typed), "/vehicles")
    assert visitor.get(f"/users/{ada.id}").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("nobody", PASSWORD),
        ("ada", "a wrong password"),
        ("ada", PASSWORD.upper()),
        ("ada", f" {PASSWORD}"),
        ("closed", PASSWORD),
        ("a" * 500, PASSWORD),
        ("ada", "x" * 500),
        ("ada\0", PASSWORD),
    ],
)
def test_every_wrong_login_gets_the_same_vague_answer(visitor, ada, closed, username, password):
    page = log_in(visitor, username, password)
    assert page.status_code == 422
    assert words(page).count(VAGUE) == 1
    assert password not in page.text
    assert asks_for_login(visitor.get("/rides"))


def test_unknown_names_wrong_passwords_and_closed_accounts_look_alike(app, ada, closed):
    def answer(username, password):
        page = log_in(new_browser(app), username, password)
        return page.status_code, words(page)

    unknown = answer("nobody", PASSWORD)
    assert answer("ada", "a wrong password") == unknown
    assert answer(closed, PASSWORD) == unknown


@pytest.mark.parametrize("empty", ["username", "password"])
def test_a_login_without_name_or_password_says_what_is_missing(visitor, ada, empty):
    typed = {"username": "ada", "password": PASSWORD} | {empty: ""}
    page = visitor.submit("/login", typed)
    assert page.status_code == 422
    assert error_at(page, empty) == f"Enter your {empty}."


def test_the_name_is_kept_after_a_wrong_login_and_the_password_is_not(visitor, ada):
    page = log_in(visitor, "ada", "a wrong password")
    assert field(page, "username").get("value") == "ada"
    assert not field(page, "password").get("value")


def test_what_somebody_has_typed_is_in_no_other_visitors_form(app, visitor, ada):
    empty = [element.attrib for element in parsed(visitor.get("/login").text).all("input")]
    refused = log_in(visitor, "ada", "")
    assert field(refused, "username").get("value") == "ada"
    assert error_at(refused, "password")
    for browser in (visitor, new_browser(app)):
        page = browser.get("/login")
        assert not error_at(page, "password")
        shown = [element.attrib for element in parsed(page.text).all("input")]
        for attributes in (*empty, *shown):
            if attributes.get("name") == "csrf_token":
                attributes.pop("value", None)
        assert shown == empty


@pytest.mark.parametrize("username", ["ada", "nobody", "closed"])
@pytest.mark.parametrize("password", ["a wrong password", "x"])
def test_a_wrong_login_costs_one_check_of_a_password(
    visitor, ada, closed, checks, username, password
):
    log_in(visitor, username, password)
    assert len(checks) == 1
    # An unknown name is checked against a hash that costs as much as that of a real account.
    method = checks[0].split("$")[0]
    assert method == ("pbkdf2:sha256:1" if username == "ada" else "scrypt:32768:8:1")


def test_a_login_away_from_home_works_and_costs_one_check(visitor, movr, checks):
    open_account(movr, "giulia", "rome")
    visitor.submit("/city/seattle")
    assert is_redirect(log_in(visitor, "giulia"), "/vehicles")
    assert len(checks) == 1


# --- The page that was asked for ---


@pytest.mark.parametrize("path", ["/rides", "/users?after=m", "/vehicles/add"])
def test_a_visitor_is_led_to_the_login_and_back(visitor, ada, path):
    answer = visitor.get(path)
    assert asks_for_login(answer)
    assert parse_qs(urlsplit(answer.location).query) == {"next": [path]}
    page = visitor.get(answer.location)
    assert is_redirect(visitor.press(page, "Log in", username="ada", password=PASSWORD), path)


def test_the_way_back_survives_a_wrong_login(visitor, ada):
    page = visitor.get("/login?next=/rides")
    page = visitor.press(page, "Log in", username="ada", password="wrong")
    assert page.status_code == 422
    answer = visitor.press(page, "Log in", username="ada", password=PASSWORD)
    assert is_redirect(answer, "/rides")


def test_a_visitor_who_sent_a_form_is_led_back_to_its_page(visitor, ada):
    answer = visitor.submit("/vehicles/add")
    assert is_redirect(answer, "/login?next=/vehicles/add")


# --- Logging out ---


def test_a_rider_logs_out(rider):
    page = rider.client.get("/vehicles")
    assert is_redirect(rider.client.press(page, "Log out"), "/")
    assert "You're logged out." in words(rider.client.get("/"))
    assert asks_for_login(rider.client.get("/rides"))


def test_logging_out_everywhere_ends_the_login_in_every_browser(app, rider):
    other = new_browser(app)
    log_in(other, rider.user.username)
    page = rider.client.get(f"/users/{rider.user.id}")
    assert is_redirect(rider.client.press(page, "Log out everywhere"), "/")
    assert "You're logged out everywhere." in words(rider.client.get("/"))
    for client in (rider.client, other):
        assert asks_for_login(client.get("/rides"))
    assert is_redirect(log_in(other, rider.user.username), "/vehicles")


def test_the_choice_of_a_city_ends_with_the_login(rider):
    rider.client.submit("/city/rome")
    rider.client.submit("/logout")
    assert heading(rider.client.get("/vehicles")) != "Vehicles in Rome"


def test_a_wrong_login_asks_only_for_credentials(visitor, ada, monkeypatch):
    def unexpected(*_arguments, **_fields):
        raise AssertionError("a wrong login read an account")

    monkeypatch.setattr(MovR, "get_user", unexpected)
    assert log_in(visitor, "ada", "a wrong password").status_code == 422
