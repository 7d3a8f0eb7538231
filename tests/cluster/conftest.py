"""Fixtures of the tests on a real cluster of three regions, which MOVR_TEST_CLUSTER names.

Each file has a database of its own, which is dropped at its end. tests/database runs on such a
cluster too, through the node of each region (-k cluster- chooses that).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from movr.regions import REGIONS
from tests.support.cluster import Cluster, the_cluster, unavailable_reason
from tests.web.site import SiteClient
from web.config import Config

OpenSite = Callable[..., Flask]


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The cluster. Without one, all of these tests are skipped for the one reason."""
    if reason := unavailable_reason():
        # Not require(): in CI, too, only one job has a cluster.
        pytest.skip(reason)
    return the_cluster()


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Iterator[str]:
    """A database with the tables of dbinit.sql, run twice."""
    with cluster.database() as name:
        yield name


@pytest.fixture
def open_site(cluster: Cluster, new_app: Callable[[Config], Flask]) -> Iterator[OpenSite]:
    """A factory of applications: open_site(region, database, DB_STATEMENT_TIMEOUT=...)."""
    with ExitStack() as stack:

        def open_site(region: str, database: str, **settings: Any) -> Flask:
            app = new_app(
                Config(
                    SECRET_KEY="a secret for tests, and for nothing else",
                    DB_URI=cluster.uri(region, database),
                    REGION=region,
                    **settings,
                )
            )
            app.test_client_class = SiteClient
            for engine in app.extensions["movr"].engines:
                stack.callback(engine.dispose)
            return app

        yield open_site


@pytest.fixture(params=REGIONS)
def region(request: pytest.FixtureRequest) -> str:
    """Each region, which is at home at its own node."""
    name: str = request.param
    return name


def run(app: Flask, *arguments: str) -> Result:
    """Do what `flask --app server ...` does."""
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    return CliRunner().invoke(group, list(arguments))
