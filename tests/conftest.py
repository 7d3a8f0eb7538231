"""Fixtures for all tests: a fresh application on an empty SQLite file, and its checked client.

Also which tests are slow, and what is said of skipped ones in the end.
"""

import gc
import os
import secrets
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from movr import MovR
from tests.database.backends import COCKROACHDB, STANDIN
from tests.support.pages import CheckedClient
from web.app import create_app
from web.config import Config

# What needs no server and no browser. Newcomers wait for these, and for nothing else.
_QUICK_FOLDERS = ("unit", "web", "database")
_SERVERS = (STANDIN, COCKROACHDB)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have the garbage collector pass over what all tests need until the end, again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Have three workers for two cores: tests wait about as long as they compute."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what `make test` leaves to `make test-slow`."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        parameters = getattr(item, "callspec", None)
        on_server = parameters and any(each in _SERVERS for each in parameters.params.values())
        on_server = on_server or "standin_server" in getattr(item, "fixturenames", ())
        if folder not in _QUICK_FOLDERS or on_server:
            item.add_marker(pytest.mark.slow)
        # Each change of a schema takes seconds there.
        if folder == "cluster" or "[cluster-" in item.name:
            item.add_marker(pytest.mark.timeout(600))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line for each reason how many tests were skipped for it."""
    # Pytest's own list has a line for each test.
    skipped = terminalreporter.getreports("skipped")
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"Tests skipped: {count}. {reason}.", yellow=True)


@pytest.fixture(scope="session")
def make_app(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Config], Flask]:
    """What makes applications that outlive a test; whoever makes one disposes of its engine."""
    # Each template is compiled once, though nearly every test has an application of its own.
    templates = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))

    def make_app(config: Config) -> Flask:
        app = create_app(config)
        app.test_client_class = CheckedClient
        app.jinja_env.bytecode_cache = templates
        # Outside DEBUG the cookies are for https only, and so are the clients.
        app.config["PREFERRED_URL_SCHEME"] = "http" if config.DEBUG else "https"
        return app

    return make_app


@pytest.fixture
def new_app(make_app: Callable[[Config], Flask]) -> Iterator[Callable[[Config], Flask]]:
    """What makes applications for a test, and closes their connections after it."""
    with ExitStack() as stack:

        def new_app(config: Config) -> Flask:
            app = make_app(config)
            stack.callback(app.extensions["movr"].engine.dispose)
            return app

        yield new_app


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        SECRET_KEY=secrets.token_hex(),
        DB_URI=f"sqlite:///{tmp_path}/movr.db",
    )


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows. To copy it is faster than to make another."""
    file = tmp_path_factory.mktemp("tables") / "movr.db"
    movr = MovR(f"sqlite:///{file}")
    movr.create_schema()
    movr.engine.dispose()
    return file


@pytest.fixture
def app(new_app: Callable[[Config], Flask], config: Config, empty_tables: Path) -> Flask:
    copyfile(empty_tables, config.DB_URI.removeprefix("sqlite:///"))
    return new_app(config)


@pytest.fixture
def movr(app: Flask) -> MovR:
    backend: MovR = app.extensions["movr"]
    return backend


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
