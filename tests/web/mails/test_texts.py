"""What mails say, to whom, and in which language."""

import logging
from collections.abc import Iterator

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from movr import MovR
from tests.web.mails.office import NEW, ONE_SENT, SITE, change_password, send_mail, waiting
from tests.web.site import PASSWORD, dump
from web import translation
from web.config import Config
from web.mailer import Mailer


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


def test_the_outbox_holds_neither_an_address_nor_a_text(app, rider, post):
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_password(rider)
    assert waiting(app) == 1
    row = str(dump(rider.movr)["mails"])
    for personal in (rider.user.email, rider.user.username, rider.user.first_name):
        assert personal not in row


def test_a_mail_is_in_the_language_of_the_page(rider, post):
    rider.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT, de"
    change_password(rider)
    (mail,) = post.wait_for(1)
    assert mail["Subject"] == "Ihr Passwort wurde geändert · MovR"
    assert mail.get_content().startswith(f"Hallo {rider.user.first_name},\n")


def test_a_mail_in_a_language_that_is_gone_is_sent_in_english(app, rider, post):
    key = {"city": "amsterdam", "user_id": rider.user.id}
    rider.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="pt-BR")
    assert send_mail(app).output == ONE_SENT
    assert post.mails[0].get_content().startswith("Hello ")


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
