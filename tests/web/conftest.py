"""Fixtures for the pages: browsers of visitors, and people who are logged in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.security import generate_password_hash

from movr import MovR
from movr.database import reading
from movr.database.batching import execute_alone
from tests.web.site import Person, SiteClient, join, new_browser
from web.config import Config


@pytest.fixture(scope="module", autouse=True)
def cheap_password_hashes() -> Iterator[None]:
    """A tenth of a second for each account would be most of the time that these tests take."""
    cheap = partial(generate_password_hash, method="pbkdf2:sha256:1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("movr.passwords.generate_password_hash", cheap)
        yield


def _refuse_nul(_cursor: Any, _text: str, parameters: Any, *_rest: Any) -> None:
    if any(isinstance(value, str) and "\0" in value for value in parameters):
        raise ValueError("A string literal cannot contain NUL (0x00) characters.")


# Nobody is there; tests/web/mails has a server.
MAIL = {
    "MAIL_URI": "smtp://127.0.0.1:9",
    "MAIL_FROM": "post@movr.example",
    "SITE_URL": "https://movr.example",
}


@pytest.fixture
def config(config: Config) -> Config:
    """The settings of a site that sends mails."""
    return replace(config, **MAIL)


def _prepare(app: Flask) -> Flask:
    app.test_client_class = SiteClient
    # No thread changes rows behind a test: what is promised stays in its table.
    app.extensions["mailer"].wake = lambda _city: None
    movr: MovR = app.extensions["movr"]
    movr.create_schema()
    # SQLite would take what psycopg2 refuses.
    event.listen(movr.engine, "do_execute", _refuse_nul)
    return app


@pytest.fixture(autouse=True)
def _reads_refuse_nul(monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(cursor: Any, text: str, parameters: Any) -> None:
        _refuse_nul(cursor, text, parameters)
        execute_alone(cursor, text, parameters)

    monkeypatch.setattr(reading, "execute_alone", execute)


@pytest.fixture
def app(app: Flask) -> Flask:
    return _prepare(app)


@pytest.fixture(scope="module")
def shared_app(
    make_app: Callable[[Config], Flask], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application for a whole module, whose tests must leave alone what others rely on."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('shared')}/movr.db"
    app = _prepare(
        make_app(Config(SECRET_KEY="a secret for many tests, and no more", DB_URI=uri, **MAIL))
    )
    yield app
    app.extensions["movr"].engine.dispose()


@pytest.fixture
def visitor(app: Flask) -> SiteClient:
    """A browser that has not been on the site before."""
    return new_browser(app)


@pytest.fixture
def rider(app: Flask) -> Person:
    """Somebody from Amsterdam who shares no vehicle."""
    return join(app)


@pytest.fixture
def owner(app: Flask) -> Person:
    """Somebody else from Amsterdam, who shares a red bike that stands at Dam."""
    person = join(app)
    person.add_vehicle()
    return person
