"""The site with mails: who gets some, what makes them due, and the command that sends them."""

import time

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from tests.web.site import PASSWORD, Person, dump, is_redirect

SITE = "https://movr.example"
NEW = "four larger ships"
NOTHING = "Sent: 0. To be tried again: 0. Given up: 0.\n"
ONE_SENT = "Sent: 1. To be tried again: 0. Given up: 0.\n"


def confirmed(person: Person) -> Person:
    """Somebody who has confirmed the address."""
    user = person.user
    person.movr.confirm_email(city=user.city, user_id=user.id, email_hash=user.email_hash)
    return person


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
