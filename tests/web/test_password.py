"""Changing the password: who may, what is refused, how often, and what it ends."""

from uuid import uuid4

import pytest

from tests.web.site import (
    PASSWORD,
    asks_for_login,
    dump,
    error_at,
    field,
    form_with,
    heading,
    held_in,
    is_redirect,
    join,
    links,
    log_in,
    new_browser,
    words,
)

NEW = "four larger ships"
WRONG = "This isn't your current password. Try again."
ATTEMPTS = 10


def path_of(person):
    return f"/users/password/{person.user.id}"


def change(person, old=PASSWORD, new=NEW):
    return person.client.submit(path_of(person), {"password": old, "new_password": new})


def lets_in(app, person, password):
    """Whether a browser that nobody knows can log in with this password."""
    return log_in(new_browser(app), person.user.username, password).status_code in (302, 303)


def test_riders_change_their_password(app, rider):
    profile = rider.client.get(f"/users/{rider.user.id}")
    page = rider.client.get(links(profile)["Change password"])
    assert heading(page) == "Change your password"
    answer = rider.client.press(page, "Change password", password=PASSWORD, new_password=NEW)
    assert is_redirect(answer, f"/users/{rider.user.id}")
    shown = words(rider.client.get(answer.location))
    assert "Your password is changed. You're logged out everywhere else." in shown
    assert lets_in(app, rider, NEW)
    assert not lets_in(app, rider, PASSWORD)


def test_a_changed_password_ends_every_other_session_and_not_this_one(app, rider):
    elsewhere, other = new_browser(app), join(app)
    log_in(elsewhere, rider.user.username)
    copied = rider.client.get_cookie("__Host-movr").value
    assert elsewhere.get("/rides").status_code == 200
    rider.client.submit("/city/rome")
    change(rider)
    assert rider.client.get("/rides").status_code == 200
    assert held_in(rider.client)["chosen_city"] == "rome"
    assert asks_for_login(elsewhere.get("/rides"))
    thief = new_browser(app)
    thief.set_cookie("__Host-movr", copied)
    assert asks_for_login(thief.get("/rides"))
    assert other.client.get("/rides").status_code == 200


def test_a_wrong_password_changes_nothing_and_ends_no_session(app, rider):
    elsewhere = new_browser(app)
    log_in(elsewhere, rider.user.username)
    before = dump(rider.movr)
    page = change(rider, old="not my password")
    assert page.status_code == 422
    assert error_at(page, "password") == WRONG
    assert error_at(page, "new_password") == ""
    assert dump(rider.movr) == before
    for browser in (elsewhere, rider.client):
        assert browser.get("/rides").status_code == 200
    assert lets_in(app, rider, PASSWORD)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("", "Choose a password."),
        ("short", "Use at least 8 characters."),
        ("x" * 129, "Use at most 128 characters."),
        ("{username}", "Choose a password that isn't your username or email."),
        ("{USERNAME}", "Choose a password that isn't your username or email."),
        ("{username}@Example.com", "Choose a password that isn't your username or email."),
        ("Football1", "Too many people use this password. Choose another one."),
    ],
)
def test_what_sign_up_would_refuse_is_refused_here(rider, new, sentence):
    name = rider.user.username
    before = dump(rider.movr)
    page = change(rider, new=new.format(username=name, USERNAME=name.upper()))
    assert page.status_code == 422
    assert error_at(page, "new_password") == sentence
    assert dump(rider.movr) == before


def test_no_password_is_sent_back(rider):
    for page in (rider.client.get(path_of(rider)), change(rider, new="short")):
        held = form_with(page, "Change password").fields
        assert held["password"] == held["new_password"] == ""


def test_what_keeps_passwords_is_told_which_is_which(rider):
    page = rider.client.get(path_of(rider))
    assert field(page, "password").get("autocomplete") == "current-password"
    assert field(page, "new_password").get("autocomplete") == "new-password"
    assert f'value="{rider.user.username}"' in page.text
    assert 'autocomplete="username"' in page.text


def test_nobody_changes_the_password_of_another(app, rider):
    other = join(app)
    before = dump(rider.movr)
    for path in (path_of(rider), f"/users/password/{uuid4()}"):
        assert other.client.get(path).status_code == 404
        fields = {"password": PASSWORD, "new_password": NEW}
        assert other.client.submit(path, fields).status_code == 404
    assert dump(rider.movr) == before


def test_the_form_of_before_the_change_is_that_of_a_session_that_is_over(rider):
    page = rider.client.get(path_of(rider))
    rider.client.press(page, "Change password", password=PASSWORD, new_password=NEW)
    before = dump(rider.movr)
    again = rider.client.press(page, "Change password", password=PASSWORD, new_password=NEW)
    assert is_redirect(again, path_of(rider))
    page = rider.client.get(path_of(rider))
    assert "This form had expired." in words(page)
    assert not field(page, "password").get("value")
    assert dump(rider.movr) == before


# --- How often ---


@pytest.fixture
def guesser(rider):
    """The rider's browser, after as many wrong passwords as are allowed."""
    statuses = {change(rider, old=f"wrong {number}").status_code for number in range(ATTEMPTS)}
    assert statuses == {422}
    return rider


def test_the_eleventh_wrong_password_is_refused(guesser):
    page = change(guesser, old="wrong again")
    assert page.status_code == 429
    assert heading(page) == "Too many attempts"
    assert 0 < int(page.headers["Retry-After"]) <= 901


def test_the_right_password_does_not_help_after_too_many_wrong_ones(app, guesser):
    before = dump(guesser.movr)
    assert change(guesser).status_code == 429
    assert dump(guesser.movr) == before
    # The page opens, and whoever knows the password can log in: the sessions are not in danger.
    assert guesser.client.get(path_of(guesser)).status_code == 200
    assert lets_in(app, guesser, PASSWORD)


def test_the_attempts_of_one_do_not_count_for_another(app, guesser):
    assert is_redirect(change(other := join(app)), f"/users/{other.user.id}")


def test_a_new_password_that_is_refused_is_no_attempt(rider):
    for _ in range(ATTEMPTS + 1):
        assert change(rider, new="short").status_code == 422
    assert is_redirect(change(rider), f"/users/{rider.user.id}")


def test_wrong_passwords_count_whatever_they_are_asked_for(rider):
    closing = f"/users/remove/{rider.user.id}"
    for number in range(ATTEMPTS):
        wrong = f"wrong {number}"
        answer = (
            change(rider, old=wrong)
            if number % 2
            else rider.client.submit(closing, {"password": wrong})
        )
        assert answer.status_code == 422
    before = dump(rider.movr)
    page = rider.client.submit(closing, {"password": PASSWORD})
    assert page.status_code == 429
    assert heading(page) == "Too many attempts"
    assert change(rider).status_code == 429
    assert dump(rider.movr) == before


def test_attempts_at_the_account_of_another_do_not_lock_its_holder_out(app, rider):
    other = join(app)
    fields = {"password": "wrong", "new_password": NEW}
    for _ in range(ATTEMPTS + 1):
        assert other.client.submit(path_of(rider), fields).status_code == 404
    assert is_redirect(change(rider), f"/users/{rider.user.id}")
