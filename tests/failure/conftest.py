"""Fixtures of the tests of failures: the application behind a network that can fail."""

from collections.abc import Iterator

import pytest

from tests.failure.service import Service, serve
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One worker with the production defaults, which meets its database through a proxy."""
    require(PostgresServer.available())
    with serve(through_proxy=True, workers=1) as service:
        yield service
