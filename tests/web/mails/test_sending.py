"""Mails, sent by SMTP to a real server: at once, later, once more, or never."""

import itertools
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.mail_server import MailServer
from tests.web.mails.office import (
    NEW,
    NOTHING,
    ONE_SENT,
    change_password,
    confirmed,
    send_mail,
    waiting,
)
from tests.web.site import PASSWORD, Person, join
from web.mail_texts import compose
from web.mailer import GIVEN_UP_AFTER

ROOT = Path(__file__).parents[3]


def test_a_password_that_stays_is_not_noted(app, rider, post):
    rider.client.submit(
        f"/users/password/{rider.user.id}", {"password": "wrong", "new_password": NEW}
    )
    assert waiting(app) == 0
    assert post.mails == []


def test_an_address_that_is_not_confirmed_is_sent_no_note(app, post):
    change_password(join(app))
    assert waiting(app) == 0
    assert post.mails == []


def test_a_password_can_be_changed_any_number_of_times_and_is_noted_a_few(app, rider, post):
    passwords = [PASSWORD, *(f"{NEW} {number}" for number in range(5))]
    wrong = {"password": "wrong", "new_password": NEW}
    for _ in range(4):
        rider.client.submit(f"/users/password/{rider.user.id}", wrong)
    for old, new in itertools.pairwise(passwords):
        change_password(rider, old, new)
    assert waiting(app) == 0
    assert len(post.mails) == 3


def test_a_dead_server_delays_nothing_and_loses_nothing(app, rider, post, later, caplog):
    post.die()
    assert change_password(rider) < 2
    assert waiting(app) == 1
    result = send_mail(app)
    # Its time has not come again.
    assert (result.exit_code, result.output) == (0, NOTHING)
    later(timedelta(minutes=6))
    result = send_mail(app)
    assert result.exit_code == 1
    assert result.output == (
        "Sent: 0. To be tried again: 1. Given up: 0.\n"
        "Error: The mail server takes no mails now. They wait.\n"
    )
    with MailServer(post.port) as again:
        assert send_mail(app).output == NOTHING
        later(timedelta(minutes=30))
        assert send_mail(app).output == ONE_SENT
        assert again.recipients == [rider.user.email]
    assert waiting(app) == 0
    assert rider.user.email not in caplog.text


def test_a_dead_server_is_asked_once_for_all_mails(app, rider, post, later):
    other = confirmed(join(app))
    post.die()
    for person in (rider, other):
        change_password(person)
    assert waiting(app) == 2
    later(timedelta(minutes=6))
    assert send_mail(app).output.startswith("Sent: 0. To be tried again: 1. Given up: 0.")


def test_a_slow_server_keeps_nobody_waiting(app, rider, post):
    post.delay_s = 1.5
    assert change_password(rider) < 1
    assert rider.client.get("/rides").status_code == 200
    assert post.mails == []
    post.wait_for(1)
    assert waiting(app) == 0


def test_mails_begin_when_the_answer_is_out_so_that_its_time_tells_of_none(app, monkeypatch):
    mailer = app.extensions["mailer"]
    begun = []
    monkeypatch.setattr(mailer, "send_due", lambda _cities: begun.append(time.monotonic()))
    woken = time.monotonic()
    mailer.wake("rome")
    mailer.settle()
    assert begun[0] - woken >= 0.1


def test_a_server_that_never_answers_is_given_up(app, rider, post, monkeypatch):
    monkeypatch.setattr("web.mail_server._TIMEOUT_S", 0.3)
    post.delay_s = 1
    change_password(rider)
    assert waiting(app) == 1


def test_an_address_that_nobody_has_is_not_tried_again(app, rider, post, caplog):
    post.refuse_with[rider.user.email] = f"550 <{rider.user.email}>: there is no such mailbox"
    change_password(rider)
    assert waiting(app) == 0
    assert "A mail (password) is given up: SMTPRecipientsRefused 550." in caplog.text
    assert rider.user.email not in caplog.text


def test_a_mailbox_that_is_full_keeps_no_other_mail_waiting(app, rider, post, later, caplog):
    other = confirmed(join(app))
    post.refuse_with[rider.user.email] = f"452 <{rider.user.email}>: mailbox full"
    change_password(rider)
    change_password(other)
    assert waiting(app) == 1
    assert post.recipients == [other.user.email]
    assert "A mail (password) is tried again later: SMTPRecipientsRefused 452." in caplog.text
    assert rider.user.email not in caplog.text
    post.refuse_with.clear()
    later(timedelta(minutes=6))
    assert send_mail(app).output == ONE_SENT


# Python's library would read these as other addresses, or fail.
_DISGUISED = (
    "=?utf-8?q?x=0A?=@example.org",
    "=?utf-8?b?!!?=@example.org",
    "=?utf-8?q?victim=40target=2Eorg=2C?=@example.org",
)


def set_address(person: Person, email: str) -> None:
    """Give an account an address that no form checks, as before there was a rule."""
    key = {"city": "amsterdam", "user_id": person.user.id}
    person.movr.change_user(**key, first_name="A", last_name="B", email=email, password=PASSWORD)
    user = person.movr.get_user(**key)
    person.movr.confirm_email(**key, email_hash=user.email_hash)


@pytest.mark.parametrize("address", _DISGUISED)
def test_an_address_in_disguise_gets_no_mail_and_keeps_no_other_waiting(
    app, rider, post, caplog, address
):
    set_address(rider, address)
    other = confirmed(join(app))
    for person in (rider, other):
        key = {"city": "amsterdam", "user_id": person.user.id}
        other.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="en")
    assert send_mail(app).output == "Sent: 1. To be tried again: 0. Given up: 1.\n"
    assert post.recipients == [other.user.email]
    assert waiting(app) == 0
    assert address not in caplog.text


def test_a_mail_that_cannot_be_written_keeps_no_other_waiting(
    app, rider, post, caplog, monkeypatch
):
    other = confirmed(join(app))
    for person in (rider, other):
        key = {"city": "amsterdam", "user_id": person.user.id}
        other.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="en")

    def compose_or_fail(mail, user, token):
        if user.id == rider.user.id:
            raise IndexError(f"something about {user.email}")
        return compose(mail, user, token)

    monkeypatch.setattr("web.mailer.compose", compose_or_fail)
    assert send_mail(app).output == "Sent: 1. To be tried again: 1. Given up: 0.\n"
    assert post.recipients == [other.user.email]
    assert "A mail (password) is tried again later: IndexError." in caplog.text
    assert rider.user.email not in caplog.text


def test_the_domain_of_an_address_is_sent_in_ascii(rider, post):
    set_address(rider, "a@exämple.org")
    change_password(rider)
    (mail,) = post.wait_for(1)
    assert post.recipients == ["a@xn--exmple-cua.org"]
    assert mail["To"] == "a@xn--exmple-cua.org"


def test_what_cannot_be_sent_for_days_is_given_up(app, rider, post, later, caplog):
    post.refuse_with[rider.user.email] = "451 Later"
    change_password(rider)
    assert waiting(app) == 1
    later(GIVEN_UP_AFTER + timedelta(minutes=1))
    assert send_mail(app).output == "Sent: 0. To be tried again: 0. Given up: 1.\n"
    assert waiting(app) == 0
    assert "is given up: it could not be sent in time" in caplog.text


def test_a_mail_to_a_closed_account_is_never_sent(app, rider, post, later):
    post.refuse_with[rider.user.email] = "451 Later"
    change_password(rider)
    assert waiting(app) == 1
    rider.movr.remove_user(city="amsterdam", user_id=rider.user.id, password=NEW)
    assert waiting(app) == 0
    post.refuse_with.clear()
    later(timedelta(hours=1))
    assert send_mail(app).output == NOTHING


def test_a_process_that_is_killed_between_commit_and_sending_loses_no_mail(app, rider, post):
    """Another process changes the password and dies; this one finds what was promised."""
    script = f"""
import os, signal, uuid
from movr import MovR
movr = MovR({app.config["DB_URI"]!r})
movr.change_password(city="amsterdam", user_id=uuid.UUID("{rider.user.id}"),
    old_password={PASSWORD!r}, new_password={NEW!r}, mail_in="en")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert waiting(app) == 1
    assert post.mails == []
    assert send_mail(app).output == ONE_SENT
    assert post.recipients == [rider.user.email]
