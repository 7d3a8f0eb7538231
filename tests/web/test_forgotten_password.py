"""Back in without the password: asking for a link, the link, and what ends it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from movr import clock
from movr.kinds import MailKind
from tests.support.mail_server import MailServer
from tests.web.site import (
    PASSWORD,
    asks_for_login,
    browser_at,
    dump,
    error_at,
    heading,
    is_redirect,
    join,
    links,
    log_in,
    new_browser,
    words,
)
from tests.web.world import reset_link
from web.config import Config

NEW = "four larger ships"
SENT = "If there's an account with this name"


def ask(browser, username):
    return browser.submit("/password/forgot", {"username": username})


def set_password(browser, path, password=NEW):
    return browser.submit(path, {"new_password": password})


def lets_in(app, person, password):
    answer = log_in(new_browser(app), person.user.username, password)
    return is_redirect(answer, "/vehicles")


def assert_void(browser, path):
    for page in (browser.get(path), set_password(browser, path)):
        assert (page.status_code, heading(page)) == (410, "This link no longer works")
    assert links(page)["Ask for another link"] == "/password/forgot"


@pytest.fixture
def mailing(app, config):
    """A mail server that the application uses."""
    with MailServer() as server:
        mailer = app.extensions["mailer"]
        del mailer.wake
        mailer._server = type(mailer._server)(host="127.0.0.1", port=server.port)
        yield server
        mailer.settle()


def test_riders_find_back_in_by_a_mail(app, rider, visitor, mailing):
    rider.movr.confirm_email(
        city="amsterdam", user_id=rider.user.id, email_hash=rider.user.email_hash
    )
    page = visitor.get(links(visitor.get("/login"))["Forgot your password?"])
    assert heading(page) == "Forgot your password?"
    answer = visitor.press(page, "Send me a link", username=rider.user.username)
    assert is_redirect(answer, "/login")
    assert SENT in words(visitor.get("/login"))
    (mail,) = mailing.wait_for(1)
    assert mailing.recipients == [rider.user.email]
    assert mail["Subject"] == "Set a new password · MovR"
    (path,) = re.findall(r"^https://movr\.example(/password/reset/\S+)$", mail.get_content(), re.M)
    page = visitor.get(path)
    assert heading(page) == "Set a new password"
    assert rider.client.get("/rides").status_code == 200
    assert is_redirect(visitor.press(page, "Set password", new_password=NEW), "/vehicles")
    assert "Your new password is set." in words(visitor.get("/vehicles"))
    assert visitor.get("/rides").status_code == 200
    assert asks_for_login(rider.client.get("/rides"))
    assert lets_in(app, rider, NEW)
    assert not lets_in(app, rider, PASSWORD)
    note = mailing.wait_for(2)[1]
    assert note["Subject"] == "Your password was changed · MovR"
    assert_void(new_browser(app), path)


def test_an_address_that_is_not_confirmed_is_sent_nothing(app, rider, visitor, mailing):
    assert is_redirect(ask(visitor, rider.user.username), "/login")
    app.extensions["mailer"].settle()
    assert mailing.mails == []
    assert dump(rider.movr)["mails"] == []


def test_every_name_gets_the_same_answer(app, rider, movr):
    pages = []
    for name in (rider.user.username, rider.user.username.upper(), "nobody", "no name at all"):
        browser = new_browser(app)
        answer = ask(browser, name)
        page = browser.get("/login")
        pages.append((answer.status_code, answer.location, words(page)))
    assert len(set(pages)) == 1
    kinds = [mail.kind for mail in movr.get_due_mails(city="amsterdam")]
    assert kinds == [MailKind.RESET_PASSWORD] * 2


def test_a_name_is_asked_for(visitor):
    page = ask(visitor, "")
    assert page.status_code == 422
    assert error_at(page, "username") == "Enter your username."


@pytest.mark.parametrize("name", ["somebody", "nobody"])
def test_one_network_asks_a_few_times_for_a_name_whether_there_is_one(app, join_as, name):
    join_as("somebody")
    browser = browser_at(app, "198.51.100.1")
    for _ in range(3):
        assert ask(browser, name).status_code in (302, 303)
    page = ask(browser, name.upper())
    assert (page.status_code, heading(page)) == (429, "Too many emails")
    assert ask(browser, "another").status_code in (302, 303)
    assert ask(browser_at(app, "198.51.100.2"), name).status_code in (302, 303)


def test_many_networks_and_many_names_come_to_an_end(app):
    for number in range(20):
        assert ask(browser_at(app, f"198.51.100.{number}"), "nobody").status_code != 429
        assert ask(browser_at(app, "203.0.113.1"), f"nobody-{number}").status_code != 429
    assert ask(browser_at(app, "198.51.100.99"), "nobody").status_code == 429
    assert ask(browser_at(app, "203.0.113.1"), "somebody").status_code == 429


@pytest.fixture
def join_as(app):
    """Opens an account with this name."""
    return lambda name: join(app, name)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Choose a password."),
        ("short", "Use at least 8 characters."),
        ("password123", "Too many people use this password. Choose another one."),
        ("{email}", "Choose a password that isn't your username or email."),
        ("{username}", "Choose a password that isn't your username or email."),
    ],
)
def test_the_new_password_keeps_the_usual_rules(rider, visitor, password, sentence):
    path = reset_link(rider)
    given = password.format(email=rider.user.email, username=rider.user.username)
    before = dump(rider.movr)
    page = set_password(visitor, path, given)
    assert page.status_code == 422
    assert error_at(page, "new_password") == sentence
    assert dump(rider.movr) == before
    assert is_redirect(set_password(visitor, path), "/vehicles")


def test_opening_a_link_changes_nothing(rider, visitor):
    path = reset_link(rider)
    before = dump(rider.movr)
    for _ in range(3):
        assert visitor.get(path).status_code == 200
    assert dump(rider.movr) == before


def test_a_link_that_is_old_or_not_the_newest_is_void(rider, visitor, monkeypatch):
    first, second = reset_link(rider), reset_link(rider)
    assert_void(visitor, first)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=31))
    assert_void(visitor, second)


def test_a_link_of_another_rider_is_void(rider, owner, visitor):
    token = reset_link(rider).rpartition("/")[2]
    for city, user_id in (
        (owner.user.city, owner.user.id),
        ("rome", rider.user.id),
        ("gotham", rider.user.id),
        (rider.user.city, uuid4()),
    ):
        assert_void(visitor, f"/password/reset/{city}/{user_id}/{token}")


def test_a_login_and_a_logout_leave_the_link_and_a_new_password_does_not(app, rider, visitor):
    path = reset_link(rider)
    log_in(new_browser(app), rider.user.username)
    rider.client.submit("/logout")
    assert visitor.get(path).status_code == 200
    rider.movr.change_password(
        city="amsterdam", user_id=rider.user.id, old_password=PASSWORD, new_password=NEW
    )
    assert_void(visitor, path)


def test_whoever_else_is_logged_in_gives_way_to_the_one_with_the_link(rider, owner):
    assert is_redirect(set_password(owner.client, reset_link(rider)), "/vehicles")
    page = owner.client.get("/users/me", follow_redirects=True)
    assert rider.user.username in words(page)


@pytest.mark.parametrize(
    ("contact", "sentence"),
    [
        (None, "Ask whoever runs this site for help."),
        ("help@movr.example", "Ask for help: help@movr.example"),
    ],
)
def test_without_a_mail_server_the_login_says_whom_to_ask(new_app, config, app, contact, sentence):
    without = new_app(Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, CONTACT=contact))
    without.test_client_class = app.test_client_class
    browser = new_browser(without)
    page = browser.get("/login")
    assert f"Forgot your password? {sentence}" in words(page)
    assert contact is None or links(page)[contact] == f"mailto:{contact}"
    assert "/password/forgot" not in page.text
    assert browser.get("/password/forgot").status_code == 404
    assert ask(browser, "ada").status_code == 404
