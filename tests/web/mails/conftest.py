"""Fixtures for mails: a real SMTP server, an application that sends to it, and the time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from movr import clock
from tests.support.mail_server import MailServer
from tests.web.mails.office import confirmed
from tests.web.site import Person
from web.config import Config

Later = Callable[[timedelta], None]


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def config(config: Config, post: MailServer) -> Config:
    return replace(config, MAIL_URI=post.uri)


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """It sends its mails, and no thread of it goes on after its test."""
    del app.extensions["mailer"].wake
    yield app
    app.extensions["mailer"].settle()


@pytest.fixture
def rider(rider: Person) -> Person:
    return confirmed(rider)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Turns the clock to so long after now."""
    now = clock.now

    def turn(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: now() + by)

    return turn
