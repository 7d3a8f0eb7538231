"""The databases that the suite runs on, each as a Backend that opens any number of MovRs.

SQLite needs nothing. PostgreSQL stands in for CockroachDB over a real wire. A CockroachDB is used
where MOVR_TEST_DB_URI names one or the program is installed, and a cluster of regions, through the
node of each, where MOVR_TEST_CLUSTER names one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from sqlalchemy import Engine, make_url

from movr import MovR
from movr.database.engine import Limits
from tests.database.rehearsal import rehearse_writes
from tests.support.cluster import regions_in_reach
from tests.support.cockroach_server import CockroachServer
from tests.support.database_server import DatabaseServer
from tests.support.loopback import HOST
from tests.support.standin import Retries, install_retry_savepoint

SQLITE: Final = "sqlite"
REHEARSED: Final = "sqlite-rehearsed"
STANDIN: Final = "standin"
COCKROACHDB: Final = "cockroachdb"
CLUSTER: Final = "cluster-"
"""With the name of a region after it: a cluster of regions, through the node that is there."""

_URI: Final = "MOVR_TEST_DB_URI"


def server_names() -> list[str]:
    """The servers of the suite. A CockroachDB that is not there is none, so nothing skips it."""
    has_cockroachdb = bool(os.environ.get(_URI)) or CockroachServer.available() is None
    return [
        STANDIN,
        *([COCKROACHDB] if has_cockroachdb else []),
        *(CLUSTER + region for region in regions_in_reach()),
    ]


def backend_names() -> list[str]:
    """The parameters of the suite: a file, on which every write is rehearsed, and the servers."""
    return [REHEARSED, *server_names()]


def _only_on(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("backend", names, indirect=True, scope="session")


# A rehearsal says nothing about races that the SQLite file does not say.
unrehearsed = _only_on(SQLITE, *server_names())
on_a_file = _only_on(SQLITE)
on_each_server = _only_on(*server_names())
on_a_file_and_the_standin = _only_on(SQLITE, STANDIN)


def connect(movr: MovR) -> None:
    """Let each of its pools hold a connection: to connect is no part of what tests count."""
    for engine in movr.engines:
        engine.connect().close()


class Backend:
    """One database. Each `open()` is one more MovR on it, as one more container would be."""

    def __init__(self, name: str, uri: str, server: DatabaseServer | None = None) -> None:
        self.name = name
        self.server = server
        """What the suite has started for it. Others use it too: do not kill it."""
        self._url = make_url(uri)
        self._retries: dict[Engine, Retries] = {}

    @property
    def port(self) -> int | None:
        """Where its server listens, for a TcpProxy to aim at; None on SQLite."""
        return self._url.port

    def uri(self, port: int | None = None) -> str:
        """Its address for MovR; give the port of a proxy to go through it."""
        url = self._url if port is None else self._url.set(host=HOST, port=port)
        return url.render_as_string(hide_password=False)

    def open(self, limits: Limits | None = None, port: int | None = None) -> MovR:
        """A MovR with a pool of its own; whoever opens it disposes of its engine."""
        movr = MovR(self.uri(port), limits)
        if self.name == STANDIN:
            self._retries[movr.engine] = install_retry_savepoint(*movr.engines)
        if self.name == REHEARSED:
            rehearse_writes(movr)
        return movr

    def retries_of(self, movr: MovR) -> int:
        """How many transactions of a MovR on the stand-in were run again."""
        return self._retries[movr.engine].count


@contextmanager
def cockroachdb() -> Iterator[Backend]:
    """The CockroachDB that the environment names, or one of the suite's own."""
    uri = os.environ.get(_URI)
    if not uri:
        with CockroachServer() as server:
            yield Backend(COCKROACHDB, server.uri(server.create_database()), server)
    elif "test" in (make_url(uri).database or ""):
        yield Backend(COCKROACHDB, uri)
    else:
        raise ValueError(f"the tests empty the database of {_URI}: its name must say test")
