"""The application behind gunicorn on a database server of its own, and people who use it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place, Point, User
from tests.database.backends import STANDIN, Backend
from tests.failure.browser import Browser, leads_to
from tests.support.accounts import open_account
from tests.support.gunicorn_server import GunicornServer
from tests.support.postgres_server import PostgresServer
from tests.support.tcp_proxy import TcpProxy

CITY = "amsterdam"


class Person(NamedTuple):
    """An account, and the browser that is logged in to it."""

    user: User
    browser: Browser


@dataclass(frozen=True)
class Service:
    """All that runs. `movr` goes straight to the server, past the proxy."""

    server: PostgresServer
    proxy: TcpProxy
    gunicorn: GunicornServer
    movr: MovR
    _stack: ExitStack

    def new_browser(self) -> Browser:
        """A browser that has not been on the site before."""
        return self._stack.enter_context(Browser(self.gunicorn.url))

    def join(self) -> Person:
        """Open an account past the pages, and log in to it."""
        user = open_account(self.movr, CITY)
        browser = self.new_browser()
        assert leads_to(browser.log_in(user.username), "/vehicles")
        return Person(user, browser)

    def add_vehicle(self, owner: Person) -> str:
        """Register a vehicle past the pages; its id."""
        return str(
            self.movr.add_vehicle(
                city=CITY,
                owner_id=owner.user.id,
                vehicle_type=VehicleType.BIKE,
                color="red",
                brand="Gazelle",
                place=Place("Dam", Point(52.373, 4.893)),
            )
        )

    def connect(self) -> Connection:
        """A connection straight to the server, for plain SQL."""
        return self._stack.enter_context(self.movr.engine.connect())


@contextmanager
def serve(
    *,
    durable: bool = False,
    through_proxy: bool = False,
    workers: int = 2,
    threads: int = 4,
    **settings: str,
) -> Iterator[Service]:
    """Start everything; `settings` are the application's, beyond DEBUG and DB_URI."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer(durable=durable))
        database = server.create_database()
        movr = Backend(STANDIN, server.uri(database)).open()
        stack.callback(movr.engine.dispose)
        movr.create_schema()
        proxy = stack.enter_context(TcpProxy(server.port))
        port = proxy.port if through_proxy else server.port
        # In DEBUG cookies work without TLS.
        environment = {"DEBUG": "True", "DB_URI": server.uri(database, port)} | settings
        gunicorn = stack.enter_context(
            GunicornServer(
                environment,
                app="tests.support.standin_app:app",
                workers=workers,
                threads=threads,
            )
        )
        yield Service(server, proxy, gunicorn, movr, stack)
