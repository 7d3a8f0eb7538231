"""Mails, sent by SMTP to a real server: at once, later, once more, or never."""

import itertools
import logging
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from movr import MovR, clock
from tests.support.loopback import HOST
from tests.support.mail_server import MailServer
from tests.web.site import PASSWORD, Person, dump, is_redirect, join
from web import translation
from web.config import Config
from web.mail_server import MailServer as Server
from web.mail_server import MailServerAway
from web.mail_texts import compose
from web.mailer import GIVEN_UP_AFTER, Mailer

ROOT = Path(__file__).parents[2]
SITE = "https://movr.example"
NEW = "four larger ships"


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _german(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have a second language, of a few words."""
    folder = tmp_path_factory.mktemp("catalogues") / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="de")
    catalogue.add("Hello %(name)s,", "Hallo %(name)s,", flags=["python-format"])
    catalogue.add("Your password was changed", "Ihr Passwort wurde geändert")
    with (folder / "messages.mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "CATALOGUES", str(folder.parents[1]))
        yield


@pytest.fixture
def config(config: Config, post: MailServer) -> Config:
    return replace(config, MAIL_URI=post.uri)


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """It sends its mails, and no thread of it goes on after its test."""
    del app.extensions["mailer"].wake
    yield app
    app.extensions["mailer"].settle()


def confirmed(person: Person) -> Person:
    """Somebody who has confirmed the address."""
    user = person.user
    person.movr.confirm_email(city=user.city, user_id=user.id, email_hash=user.email_hash)
    return person


@pytest.fixture
def rider(rider: Person) -> Person:
    return confirmed(rider)


def change_password(person: Person, old: str = PASSWORD, new: str = NEW) -> float:
    """Change the password by the page, and return how long the answer took."""
    begin = time.monotonic()
    fields = {"password": old, "new_password": new}
    answer = person.client.submit(f"/users/password/{person.user.id}", fields)
    assert is_redirect(answer, f"/users/{person.user.id}")
    return time.monotonic() - begin


def waiting(app: Flask) -> int:
    """How many mails are promised and not sent."""
    app.extensions["mailer"].settle()
    return len(dump(app.extensions["movr"])["mails"])


def send_mail(app: Flask) -> Result:
    """What operators run every few minutes."""
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    return CliRunner().invoke(group, ["send-mail"])


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """Turns the clock on."""
    now = clock.now

    def turn(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: now() + by)

    return turn


def test_a_changed_password_is_noted_in_a_mail(app, rider, post):
    change_password(rider)
    (mail,) = post.wait_for(1)
    assert post.recipients == [rider.user.email]
    assert mail["To"] == rider.user.email
    assert mail["From"] == "MovR <post@movr.example>"
    assert mail["Subject"] == "Your password was changed · MovR"
    assert mail["Message-ID"].endswith("@movr.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert text.startswith(f"Hello {rider.user.first_name},\n\nThe password of your MovR account")
    assert f"\n{SITE}/password/forgot\n" in text
    assert waiting(app) == 0


def test_a_name_is_written_as_it_is(rider, post):
    fields = {"first_name": "Aoife <3 O'Brien & Co", "last_name": "B", "email": rider.user.email}
    rider.client.submit(f"/users/change/{rider.user.id}", fields)
    change_password(rider)
    (mail,) = post.wait_for(1)
    assert mail.get_content().startswith("Hello Aoife <3 O'Brien & Co,\n")


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


def test_the_outbox_holds_neither_an_address_nor_a_text(app, rider, post):
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_password(rider)
    assert waiting(app) == 1
    row = str(dump(rider.movr)["mails"])
    for personal in (rider.user.email, rider.user.username, rider.user.first_name):
        assert personal not in row


def test_a_dead_server_delays_nothing_and_loses_nothing(app, rider, post, later, caplog):
    post.die()
    assert change_password(rider) < 2
    assert waiting(app) == 1
    result = send_mail(app)
    # Its time has not come again.
    assert (result.exit_code, result.output) == (0, "Sent: 0. To be tried again: 0. Given up: 0.\n")
    later(timedelta(minutes=6))
    result = send_mail(app)
    assert result.exit_code == 1
    assert result.output == (
        "Sent: 0. To be tried again: 1. Given up: 0.\n"
        "Error: The mail server takes no mails now. They wait.\n"
    )
    with MailServer(post.port) as again:
        assert send_mail(app).output == "Sent: 0. To be tried again: 0. Given up: 0.\n"
        later(timedelta(minutes=30))
        assert send_mail(app).output == "Sent: 1. To be tried again: 0. Given up: 0.\n"
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
    assert send_mail(app).output == "Sent: 1. To be tried again: 0. Given up: 0.\n"


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
    assert send_mail(app).output == "Sent: 0. To be tried again: 0. Given up: 0.\n"


def test_a_mail_is_in_the_language_of_the_page(rider, post):
    rider.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT, de"
    change_password(rider)
    (mail,) = post.wait_for(1)
    assert mail["Subject"] == "Ihr Passwort wurde geändert · MovR"
    assert mail.get_content().startswith(f"Hallo {rider.user.first_name},\n")


def test_a_mail_in_a_language_that_is_gone_is_sent_in_english(app, rider, post):
    key = {"city": "amsterdam", "user_id": rider.user.id}
    rider.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="pt-BR")
    assert send_mail(app).output == "Sent: 1. To be tried again: 0. Given up: 0.\n"
    assert post.mails[0].get_content().startswith("Hello ")


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
    assert send_mail(app).output == "Sent: 1. To be tried again: 0. Given up: 0.\n"
    assert post.recipients == [rider.user.email]


def test_in_debug_mails_are_written_to_the_log(new_app, config, caplog):
    app = new_app(Config(DEBUG=True, DB_URI=config.DB_URI))
    movr: MovR = app.extensions["movr"]
    movr.create_schema()
    user = movr.add_user(
        city="rome",
        first_name="Ada",
        last_name="L",
        email="ada@example.com",
        username="ada",
        password=PASSWORD,
    )
    key = {"city": "rome", "user_id": user.id}
    movr.confirm_email(**key, email_hash=user.email_hash)
    movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="en")
    with caplog.at_level(logging.WARNING):
        mailer: Mailer = app.extensions["mailer"]
        assert mailer.is_on
        mailer.wake("rome")
        mailer.settle()
    assert "To: ada@example.com\nSubject: Your password was changed" in caplog.text
    assert "\nHello Ada,\n" in caplog.text


# --- The ways to a server ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate with its key in one file, of a name that this machine has."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    crt = f"{file}.crt"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    subprocess.run(
        [*make.split(), "-addext", f"subjectAltName=IP:{HOST}", "-keyout", file, "-out", crt],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + Path(crt).read_text())
    return file


# Of the server's library, which sees no TLS where it comes first.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("scheme", ["smtps://{}", "smtp://{}?starttls"])
def test_mails_go_encrypted_to_who_proves_its_name_and_knows_us(
    app, rider, certificate, monkeypatch, scheme
):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with app.app_context():
        key = {"city": "amsterdam", "user_id": rider.user.id}
        rider.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="en")
        (mail,) = rider.movr.get_due_mails(city="amsterdam")
        message = compose(mail, rider.user)
    server = MailServer(password="se/cret", tls=tls, is_smtps=scheme.startswith("smtps"))
    with server:

        def send(who: str) -> None:
            uri = scheme.format(f"{who}@{HOST}:{server.port}")
            Server.at(uri).send(message, to=rider.user.email, own_name="movr.example")

        with pytest.raises(MailServerAway, match="SSLCertVerificationError"):
            send("movr:se%2Fcret")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(MailServerAway, match="SMTPAuthenticationError 535"):
            send("movr:wrong")
        send("movr:se%2Fcret")
        assert server.recipients == [rider.user.email]
