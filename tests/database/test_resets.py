"""Links that reset a password: they work once, for half an hour, for a confirmed address only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from movr import MovR, clock
from movr.accounts.resets import LINK_LASTS
from movr.errors import ResetVoid
from movr.kinds import MailKind
from movr.records import User
from movr.regions import CITIES
from tests.database.actions import reread
from tests.database.backends import on_each_server, unrehearsed
from tests.database.conftest import PASSWORD
from tests.database.race import Arena, only
from tests.database.wire import messages
from tests.database.world import read_world

NEW = "another password"
EVERYWHERE = list(CITIES)


def key(user: User) -> dict:
    return {"city": user.city, "user_id": user.id}


@pytest.fixture
def rider(movr: MovR, create_rider) -> User:
    """Somebody who has confirmed the address."""
    user = create_rider()
    movr.confirm_email(**key(user), email_hash=user.email_hash)
    return reread(movr, user)


def reset(movr: MovR, user: User, token: str | None, password: str = NEW) -> int:
    assert token is not None
    return movr.reset_password(**key(user), token=token, new_password=password, mail_in="en")


def lets_in(movr: MovR, user: User, password: str) -> bool:
    name = user.username
    return movr.authenticate(username=name, password=password, cities=EVERYWHERE) is not None


def test_link_sets_a_new_password_and_ends_all_sessions_and_says_so(movr: MovR, rider):
    token = movr.issue_reset(rider)
    assert movr.get_reset_user(**key(rider), token=token) == rider
    assert reset(movr, rider, token) == rider.session_epoch + 1
    assert lets_in(movr, rider, NEW)
    assert not lets_in(movr, rider, PASSWORD)
    now = reread(movr, rider)
    assert (now.session_epoch, now.sessions) == (rider.session_epoch + 1, ())
    (mail,) = movr.get_due_mails(city=rider.city)
    assert mail.kind is MailKind.PASSWORD_CHANGED


def is_void(movr: MovR, user: User, token: str | None, refused) -> None:
    with refused(ResetVoid):
        movr.get_reset_user(**key(user), token=token)
    with refused(ResetVoid):
        reset(movr, user, token)


def test_link_works_once(movr: MovR, rider, refused):
    token = movr.issue_reset(rider)
    reset(movr, rider, token)
    is_void(movr, rider, token, refused)


def test_link_works_for_half_an_hour(movr: MovR, rider, refused, monkeypatch):
    token, now = movr.issue_reset(rider), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + LINK_LASTS + timedelta(seconds=1))
    is_void(movr, rider, token, refused)
    monkeypatch.setattr(clock, "now", lambda: now + LINK_LASTS - timedelta(minutes=1))
    reset(movr, rider, token)


def test_only_the_newest_link_works(movr: MovR, rider, refused):
    first, second = movr.issue_reset(rider), movr.issue_reset(rider)
    is_void(movr, rider, first, refused)
    reset(movr, rider, second)


def test_link_of_another_rider_or_of_nobody_is_void(movr: MovR, rider, create_rider, refused):
    other = create_rider()
    token = movr.issue_reset(rider)
    is_void(movr, other, token, refused)
    with refused(ResetVoid):
        movr.reset_password(city=rider.city, user_id=uuid4(), token=token, new_password=NEW)
    for wrong in ("", "x" * 43, "\udc80"):
        is_void(movr, rider, wrong, refused)
        # Without a link, no token is the right one.
        is_void(movr, other, wrong, refused)


def test_new_password_and_the_end_of_all_sessions_make_it_void(movr: MovR, rider, refused):
    token = movr.issue_reset(rider)
    movr.change_password(**key(rider), old_password=PASSWORD, new_password="a third one")
    is_void(movr, rider, token, refused)
    token = movr.issue_reset(reread(movr, rider))
    movr.end_sessions(**key(rider))
    is_void(movr, rider, token, refused)


def test_address_that_is_not_confirmed_gets_no_link(movr: MovR, create_rider):
    user = create_rider()
    before = read_world(movr)
    assert movr.issue_reset(user) is None
    assert read_world(movr) == before


def test_address_that_changes_meanwhile_gets_no_link(movr: MovR, rider):
    names = {"first_name": "A", "last_name": "B"}
    movr.change_user(**key(rider), email="another@example.com", password=PASSWORD, **names)
    # As the sender has read it just before.
    assert movr.issue_reset(rider) is None
    assert movr.issue_reset(reread(movr, rider)) is None


def test_another_address_makes_a_link_void(movr: MovR, rider, refused):
    token = movr.issue_reset(rider)
    names = {"first_name": "A", "last_name": "B"}
    movr.change_user(**key(rider), email=rider.email, **names)
    movr.get_reset_user(**key(rider), token=token)
    movr.change_user(**key(rider), email="another@example.com", password=PASSWORD, **names)
    is_void(movr, rider, token, refused)


def test_token_is_kept_nowhere(movr: MovR, rider):
    token = movr.issue_reset(rider)
    assert token
    assert token not in str(read_world(movr))


def test_closed_account_has_no_link(movr: MovR, rider, refused):
    token = movr.issue_reset(rider)
    movr.remove_user(**key(rider), password=PASSWORD)
    is_void(movr, rider, token, refused)
    row = read_world(movr).users[rider.city, rider.id]
    assert (row.reset_hash, row.reset_epoch, row.reset_until) == (None, None, None)


@pytest.mark.parametrize(
    "cities", [EVERYWHERE, ["new york"], ["rome"]], ids=["all", "home", "away"]
)
def test_name_decides_whom_a_link_is_promised(movr: MovR, rider, cities):
    city = movr.ask_reset(username=rider.username.upper(), cities=cities, mail_in="en")
    assert city == rider.city
    (mail,) = movr.get_due_mails(city=rider.city)
    assert (mail.kind, mail.user_id) == (MailKind.RESET_PASSWORD, rider.id)


def test_name_of_nobody_promises_nothing(movr: MovR, rider):
    movr.ask_reset(username="nobody", cities=EVERYWHERE, mail_in="en")
    assert [movr.get_due_mails(city=city) for city in CITIES] == [()] * len(CITIES)


@on_each_server
@pytest.mark.parametrize("cities", [EVERYWHERE, ["rome"]], ids=["one region", "away from home"])
def test_round_trips_tell_neither_whether_there_is_an_account_nor_whether_it_is_confirmed(
    movr: MovR, rider, create_rider, cities
):
    def sent(name: str) -> list[str]:
        with messages() as each:
            movr.ask_reset(username=name, cities=cities, mail_in="en")
        return each

    names = (rider.username, create_rider().username, "nobody")
    assert [sent(name) for name in names] == [sent("nobody")] * 3


@unrehearsed
def test_of_two_who_use_a_link_at_once_one_sets_the_password(movr: MovR, rider):
    with ThreadPoolExecutor(2) as threads:
        for number in Arena(movr, threads).rounds(5):
            token = movr.issue_reset(reread(movr, rider))
            passwords = [f"one of {number}", f"other of {number}"]
            calls = [partial(reset, movr, rider, token, each) for each in passwords]
            outcomes = Arena(movr, threads).duel(*calls, number)
            winner, _ = only(int, outcomes, ResetVoid)
            assert lets_in(movr, rider, passwords[winner])
            assert not lets_in(movr, rider, passwords[1 - winner])
