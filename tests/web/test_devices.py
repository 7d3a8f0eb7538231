"""Where a rider is logged in: each device by itself, on the profile and by its cookie."""

from datetime import timedelta
from unittest.mock import Mock
from uuid import UUID

import pytest

from movr import MovR
from movr.accounts.sessions import MAX_SESSIONS
from movr.errors import DatabaseUnavailable, WorldUnavailable
from tests.web.site import (
    COOKIE,
    PASSWORD,
    asks_for_login,
    held_in,
    is_redirect,
    join,
    log_in,
    new_browser,
    open_account,
    words,
)

PHONE = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/131.0.0.0 Mobile Safari/537.36"
)
LIST = "Where you're logged in"


def log_in_elsewhere(app, person, user_agent=PHONE, place="Paris"):
    """A second browser of the same rider, somewhere else."""
    browser = new_browser(app)
    browser.environ_base["HTTP_USER_AGENT"] = user_agent
    browser.environ_base["HTTP_X_CITY"] = place
    log_in(browser, person.user.username)
    return browser


def sessions_of(person):
    return person.movr.get_user(city=person.user.city, user_id=person.user.id).sessions


def profile(person):
    return person.client.get(f"/users/{person.user.id}")


def test_profile_lists_browser_city_and_day_of_every_device(app, rider):
    log_in_elsewhere(app, rider)
    text = words(profile(rider)).partition(LIST)[2]
    assert "Chrome on Android Paris · Last seen today" in text
    assert text.count("This device") == 1
    assert text.index("Chrome on Android") < text.index("This device")


def test_device_is_logged_out_from_another_one(app, rider):
    phone = log_in_elsewhere(app, rider)
    assert phone.get("/rides").status_code == 200
    answer = rider.client.press(profile(rider), "Log out of Chrome on Android, Paris")
    assert is_redirect(answer, f"/users/{rider.user.id}")
    page = profile(rider)
    assert "That device is logged out." in words(page)
    assert "Chrome on Android" not in words(page)
    assert asks_for_login(phone.get("/rides"))
    assert phone.get("/vehicles").status_code == 200
    # Once more, from a page that was open: nothing is left to be done.
    again = rider.client.submit(f"/logout/{held_in(phone)['session_id']}")
    assert again.status_code in (302, 303, 404)


def test_this_device_can_be_logged_out_from_its_list(rider):
    (session,) = sessions_of(rider)
    assert is_redirect(rider.client.submit(f"/logout/{session.id}"), "/")
    assert asks_for_login(rider.client.get("/rides"))
    assert sessions_of(rider) == ()


def test_copy_of_a_cookie_is_void_after_the_logout_of_its_device_only(app, rider):
    other = log_in_elsewhere(app, rider)
    copy = new_browser(app)
    copy.set_cookie(COOKIE, rider.client.get_cookie(COOKIE).value)
    assert copy.get("/rides").status_code == 200
    rider.client.submit("/logout")
    assert asks_for_login(copy.get("/rides"))
    assert other.get("/rides").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/rides?after=nonsense", "/rides/months?year=0", "/users?after=%00"),
        *(f"/rides/{UUID(int=0)}", f"/rides/{UUID(int=0)}?city=nowhere"),
        *(f"/users/{UUID(int=0)}", f"/vehicles/history/{UUID(int=0)}"),
    ],
)
def test_void_cookie_leads_to_the_login_page_whatever_the_page_finds(rider, path):
    assert rider.client.get(path).status_code in (400, 404)
    rider.movr.end_sessions(city=rider.user.city, user_id=rider.user.id)
    assert asks_for_login(rider.client.get(path))


def test_void_cookie_leads_to_the_login_page_while_another_region_is_silent(rider, monkeypatch):
    monkeypatch.setattr(MovR, "get_users", Mock(side_effect=WorldUnavailable))
    assert rider.client.get("/users").status_code == 503
    rider.movr.end_sessions(city=rider.user.city, user_id=rider.user.id)
    assert asks_for_login(rider.client.get("/users"))


def test_nobody_is_looked_up_once_the_database_is_silent(rider, monkeypatch):
    monkeypatch.setattr(MovR, "get_users", Mock(side_effect=DatabaseUnavailable))
    monkeypatch.setattr(MovR, "get_user", look_up := Mock())
    assert rider.client.get("/users").status_code == 503
    assert not look_up.called


def test_changed_password_ends_the_others_and_their_copies(app, rider):
    other, copy = log_in_elsewhere(app, rider), new_browser(app)
    copy.set_cookie(COOKIE, rider.client.get_cookie(COOKIE).value)
    passwords = {"password": PASSWORD, "new_password": f"{PASSWORD} and a ship"}
    rider.client.submit(f"/users/password/{rider.user.id}", passwords)
    for browser in (other, copy):
        assert asks_for_login(browser.get("/rides"))
    text = words(profile(rider)).partition(LIST)[2]
    assert (text.count("This device"), text.count("last seen")) == (1, 0)


def test_eleventh_device_logs_the_first_one_out(app, rider):
    others = [log_in_elsewhere(app, rider) for _ in range(MAX_SESSIONS - 1)]
    assert rider.client.get("/rides").status_code == 200
    log_in_elsewhere(app, rider)
    assert asks_for_login(rider.client.get("/rides"))
    assert all(browser.get("/rides").status_code == 200 for browser in others)


def test_whoever_signs_up_is_on_the_list(visitor, movr):
    new = {"first_name": "Ada", "last_name": "L", "email": "a@example.com", "city": "rome"}
    visitor.submit("/register", new | {"username": "ada", "password": PASSWORD})
    page = visitor.get("/users/me", follow_redirects=True)
    assert "This device" in words(page)


def make_seen(person, days_ago):
    (session,) = sessions_of(person)
    day = session.last_seen - timedelta(days=days_ago)
    key = {"city": person.user.city, "user_id": person.user.id}
    person.movr.note_session(**key, session_id=session.id, day=day)
    return session


def test_day_is_noted_with_the_first_page_of_the_day(rider):
    today = make_seen(rider, days_ago=3).last_seen
    assert sessions_of(rider)[0].last_seen < today
    rider.client.get("/vehicles")
    assert sessions_of(rider)[0].last_seen == today


def test_page_comes_where_the_day_cannot_be_noted(rider, monkeypatch):
    make_seen(rider, days_ago=1)

    def unavailable(*_arguments, **_key):
        raise DatabaseUnavailable

    monkeypatch.setattr("movr.MovR.note_session", unavailable)
    assert rider.client.get("/rides").status_code == 200


def test_other_devices_were_last_seen_on_a_day_in_words(app, rider):
    make_seen(rider, days_ago=1)
    other = log_in_elsewhere(app, rider)
    text = words(other.get(f"/users/{rider.user.id}"))
    assert "Last seen yesterday" in text


# --- While the version before is exchanged ---


@pytest.fixture
def former(rider):
    """A rider whose cookie was written by the version before, which knew of no sessions."""
    with rider.client.session_transaction() as session:
        del session["session_id"]
    rider.movr.end_session(
        city=rider.user.city, user_id=rider.user.id, session_id=sessions_of(rider)[0].id
    )
    return rider


def test_cookie_of_the_version_before_stays_good_and_its_logout_ends_every_copy(app, former):
    page = profile(former)
    assert "This device isn't listed until you log in again." in words(page)
    copy = new_browser(app)
    copy.set_cookie(COOKIE, former.client.get_cookie(COOKIE).value)
    assert copy.get("/rides").status_code == 200
    former.client.submit("/logout")
    assert asks_for_login(copy.get("/rides"))


def test_cookie_holds_what_the_version_before_asks_for(rider):
    held = held_in(rider.client)
    assert held["_user_id"] == f"{rider.user.city}/{rider.user.id}/0"


@pytest.mark.parametrize("session_id", ["", "nonsense", "0" * 32, 7, ["0" * 32], {}])
def test_session_that_is_none_is_void(app, session_id):
    person = join(app)
    with person.client.session_transaction() as session:
        session["session_id"] = session_id
    assert asks_for_login(person.client.get("/rides"))


@pytest.mark.parametrize("holder", ["", "amsterdam", "amsterdam/1/0", 7, ["amsterdam"], {}, False])
def test_holder_who_is_nobody_is_asked_to_log_in(app, holder):
    person = join(app)
    with person.client.session_transaction() as session:
        session["_user_id"] = holder
    assert asks_for_login(person.client.get("/rides"))
    assert person.client.get("/vehicles").status_code == 200


def test_void_cookie_does_not_say_where_its_rider_lives(app):
    person = join(app, city="rome")
    assert "Rome, your home city" in words(person.client.get("/vehicles"))
    person.movr.end_sessions(city=person.user.city, user_id=person.user.id)
    for path in ("/vehicles", "/"):
        assert "your home city" not in words(person.client.get(path))
    # Nor is it taken for where the next one is who logs in with this browser.
    other = open_account(person.movr, city="amsterdam")
    log_in(person.client, other.username)
    (session,) = person.movr.get_user(city="amsterdam", user_id=other.id).sessions
    assert session.city != "rome"
