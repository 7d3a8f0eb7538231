"""The outbox: a mail is promised with its change or not at all, and taken by one sender."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from movr import MovR, clock
from movr.errors import ConfirmationVoid, NotFound, WrongPassword
from movr.kinds import MailKind
from movr.models import User as Users
from movr.records import Mail, User
from tests.database.actions import reread
from tests.database.backends import on_a_file, unrehearsed
from tests.database.conftest import PASSWORD
from tests.database.setbacks import interpose

SENDERS = 4
ROUNDS = 10


def promise(movr: MovR, user: User, old: str = PASSWORD, new: str = PASSWORD) -> None:
    """Change a password, which promises a mail."""
    key = {"city": user.city, "user_id": user.id}
    movr.change_password(**key, old_password=old, new_password=new, mail_in="pt-BR")


def change(movr: MovR, user: User, **given: str) -> None:
    """Change what an account says of its holder."""
    same = {"first_name": user.first_name, "last_name": user.last_name, "password": PASSWORD}
    movr.change_user(city=user.city, user_id=user.id, **same | given)


def due(movr: MovR, user: User) -> tuple[Mail, ...]:
    return movr.get_due_mails(city=user.city)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """Turns the clock to so long after now."""
    begin = clock.now()

    def turn(later: timedelta) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: begin + later)
        return begin + later

    return turn


def test_mail_is_promised_with_the_change(movr: MovR, rider, create_rider):
    create_rider()
    promise(movr, rider)
    (mail,) = due(movr, rider)
    assert (mail.city, mail.user_id, mail.attempts) == (rider.city, rider.id, 0)
    assert (mail.kind, mail.language) == (MailKind.PASSWORD_CHANGED, "pt-BR")
    assert movr.get_due_mails(city="rome") == ()


def test_change_without_a_language_promises_none(movr: MovR, rider):
    movr.change_password(
        city=rider.city, user_id=rider.id, old_password=PASSWORD, new_password="another"
    )
    assert due(movr, rider) == ()


def test_change_that_is_refused_or_fails_promises_none(movr: MovR, rider, refused):
    with refused(WrongPassword):
        promise(movr, rider, old="not my password")

    def fail(_session: object) -> None:
        raise RuntimeError("power cut")

    with pytest.MonkeyPatch.context() as patch:
        interpose(patch, "change_password_txn", after=fail)
        with pytest.raises(RuntimeError):
            promise(movr, rider)
    assert due(movr, rider) == ()


def test_mail_that_was_claimed_is_due_again_after_pauses_that_grow(movr: MovR, rider, at):
    at(timedelta(0))
    promise(movr, rider)
    pauses, later = [], timedelta(0)
    for number in range(5):
        (mail,) = due(movr, rider)
        assert mail.attempts == number
        assert movr.claim_mail(mail)
        # Nobody takes it a second time, as whoever has read of it before would.
        assert not movr.claim_mail(mail)
        begin = later
        while not due(movr, rider):
            later += timedelta(minutes=5)
            at(later)
        pauses.append((later - begin) // timedelta(minutes=1))
    assert pauses == [5, 15, 60, 240, 240]


def test_mail_that_was_sent_is_gone_and_removing_it_again_does_no_harm(movr: MovR, rider):
    promise(movr, rider)
    promise(movr, rider)
    first, second = due(movr, rider)
    for _ in range(2):
        movr.remove_mail(city=first.city, mail_id=first.id)
    assert due(movr, rider) == (second,)


def test_closing_an_account_deletes_the_mails_to_it_and_no_others(movr: MovR, rider, create_rider):
    other = create_rider(city=rider.city)
    promise(movr, rider)
    promise(movr, other)
    movr.remove_user(city=rider.city, user_id=rider.id, password=PASSWORD)
    assert [mail.user_id for mail in due(movr, rider)] == [other.id]


def test_former_address_is_noted_with_its_change_and_without_a_language_it_is_not(
    movr: MovR, rider, refused
):
    moved = {"email": "another@example.com", "former_address": rider.email}
    with refused(WrongPassword):
        change(movr, rider, **moved, mail_in="en", password="not my password")
    assert due(movr, rider) == ()
    change(movr, rider, **moved)
    assert due(movr, rider) == ()
    change(movr, rider, **moved, mail_in="en")
    assert {mail.kind: mail.to_address for mail in due(movr, rider)} == {
        MailKind.CONFIRM_ADDRESS: None,
        MailKind.ADDRESS_CHANGED: rider.email,
    }


@unrehearsed
def test_one_of_many_senders_gets_a_mail(movr: MovR, rider):
    def claim(mail: Mail) -> bool:
        together.wait(60)
        return movr.claim_mail(mail)

    with ThreadPoolExecutor(SENDERS) as threads:
        for _ in range(ROUNDS):
            promise(movr, rider)
            (mail,) = due(movr, rider)
            together = Barrier(SENDERS)
            claims = list(threads.map(claim, [mail] * SENDERS))
            assert sorted(claims) == [False] * (SENDERS - 1) + [True]


@on_a_file
def test_kind_that_a_newer_version_promises_waits_for_that(movr: MovR, rider):
    promise(movr, rider)
    with movr.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mails SET kind = 'of tomorrow'")
    assert due(movr, rider) == ()


# --- Confirmed addresses ---


def confirm(movr: MovR, user: User) -> None:
    """Say that the address that a user had then is theirs."""
    movr.confirm_email(city=user.city, user_id=user.id, email_hash=user.email_hash)


def move(movr: MovR, user: User, email: str) -> User:
    """Change the address of a user."""
    change(movr, user, email=email)
    return reread(movr, user)


def test_address_is_confirmed_until_it_changes_and_again_when_it_is_back(movr: MovR, rider):
    assert not reread(movr, rider).is_confirmed
    for _ in range(2):
        confirm(movr, rider)
        assert reread(movr, rider).is_confirmed
    assert not move(movr, rider, "another@example.com").is_confirmed
    assert move(movr, rider, rider.email).is_confirmed


def test_address_that_has_changed_meanwhile_is_not_confirmed(movr: MovR, rider, refused):
    move(movr, rider, "another@example.com")
    with refused(ConfirmationVoid):
        confirm(movr, rider)


def test_nobody_confirms_for_another_with_the_same_address(movr: MovR, create_rider, refused):
    one, other = create_rider(), create_rider()
    other = move(movr, other, one.email)
    with refused(ConfirmationVoid):
        movr.confirm_email(city=one.city, user_id=one.id, email_hash=other.email_hash)
    confirm(movr, one)
    assert not reread(movr, other).is_confirmed


def test_closed_account_has_no_address_to_confirm_or_to_mail_to(movr: MovR, rider, refused):
    confirm(movr, rider)
    movr.remove_user(city=rider.city, user_id=rider.id, password=PASSWORD)
    with refused(NotFound):
        confirm(movr, rider)
    movr.ask_to_confirm(city=rider.city, user_id=rider.id, mail_in="en")
    assert due(movr, rider) == ()
    with movr.engine.connect() as connection:
        assert connection.scalars(select(Users.confirmed_hash)).all() == [None]
