"""Fixtures of the database suite: `movr` on every back end, people, vehicles, and refusals.

A test that asks for `movr` runs once per back end, on empty tables. To choose others:
    pytestmark = on_a_file
After each test the invariants of the design are checked and no connection may be held.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import QueuePool
from werkzeug.security import generate_password_hash

from movr import MovR
from movr.database.engine import Limits
from movr.kinds import VehicleType
from movr.records import Place, Point, User, Vehicle
from tests.database.backends import (
    CLUSTER,
    COCKROACHDB,
    SQLITE,
    STANDIN,
    Backend,
    backend_names,
    cockroachdb,
    connect,
)
from tests.database.world import as_record, broken_rules, empty, read_world
from tests.support.cluster import the_cluster
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require
from tests.support.standin import install_retry_savepoint
from tests.web.site import SiteClient
from web.config import Config

RETRIES_OF_APP = 2
PASSWORD = "correct horse battery staple"


class MakeMovR(Protocol):
    """Opens one more MovR on the same database: with other limits, or through a proxy's port."""

    def __call__(self, limits: Limits | None = None, port: int | None = None) -> MovR: ...


CreateRider = Callable[..., User]
CreateVehicle = Callable[..., Vehicle]
Refused = Callable[[type[Exception]], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def standin_server() -> Iterator[PostgresServer]:
    """The PostgreSQL of the suite. Whoever wants tables of other kinds creates a database on it."""
    require(PostgresServer.available())
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def cluster_database() -> Iterator[str]:
    """A database on the cluster with the tables of dbinit.sql, for the suite in each region."""
    with the_cluster().database() as name:
        yield name


@pytest.fixture(scope="session", params=backend_names())
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """A database; what it needs is started when the first test asks for it."""
    if request.param == STANDIN:
        server = request.getfixturevalue("standin_server")
        yield Backend(STANDIN, server.uri(server.create_database()), server)
    elif request.param == COCKROACHDB:
        with cockroachdb() as backend:
            yield backend
    elif request.param.startswith(CLUSTER):
        region = request.param.removeprefix(CLUSTER)
        database = request.getfixturevalue("cluster_database")
        yield Backend(COCKROACHDB, the_cluster().uri(region, database))
    else:
        folder = tmp_path_factory.mktemp("database")
        yield Backend(request.param, f"sqlite:///{folder}/movr.db")


@pytest.fixture(scope="session")
def movr_of_session(backend: Backend) -> Iterator[MovR]:
    """The MovR that `movr` hands out, so that its connections and compiled SQL are reused."""
    movr = backend.open()
    movr.create_schema()
    # To connect is no part of what a test counts.
    connect(movr)
    yield movr
    empty(movr)
    movr.engine.dispose()


@pytest.fixture
def movr(movr_of_session: MovR) -> Iterator[MovR]:
    """MovR on empty tables. Whatever the test does must leave a sound database behind."""
    empty(movr_of_session)
    yield movr_of_session
    pool = movr_of_session.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0, "the test holds a connection"
    assert broken_rules(read_world(movr_of_session)) == []


@pytest.fixture
def make_movr(backend: Backend, movr: MovR) -> Iterator[MakeMovR]:
    """A factory of further MovRs on the database of `movr`, as in other containers."""
    opened = []

    def make(limits: Limits | None = None, port: int | None = None) -> MovR:
        opened.append(backend.open(limits, port))
        return opened[-1]

    yield make
    for each in opened:
        each.engine.dispose()


@pytest.fixture(params=[SQLITE, STANDIN])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MovR]:
    """A MovR on a database of its own, without tables."""
    if request.param == SQLITE:
        backend = Backend(SQLITE, f"sqlite:///{tmp_path}/new.db")
    else:
        server = request.getfixturevalue("standin_server")
        backend = Backend(STANDIN, server.uri(server.create_database()))
    movr = backend.open()
    yield movr
    movr.engine.dispose()


@pytest.fixture
def app(new_app: Callable[[Config], Flask], backend: Backend, movr: MovR) -> Flask:
    """The application on the database of `movr`, whose tables are there and empty."""
    app = new_app(
        Config(
            SECRET_KEY="a secret for tests, and for nothing else",
            DB_URI=backend.uri(),
            DB_MAX_RETRIES=RETRIES_OF_APP,
            DB_MAX_BACKOFF=0,
        )
    )
    app.test_client_class = SiteClient
    if backend.name == STANDIN:
        install_retry_savepoint(*app.extensions["movr"].engines)
    # To connect is no part of what a test counts.
    connect(app.extensions["movr"])
    return app


@pytest.fixture(scope="session")
def cheap_hash() -> str:
    """A hash of PASSWORD that takes no time to check."""
    return generate_password_hash(PASSWORD, "pbkdf2:sha256:1")


@pytest.fixture
def create_rider(movr: MovR, cheap_hash: str) -> CreateRider:
    """A factory of accounts, in New York unless told otherwise. Their password is PASSWORD."""
    numbers = itertools.count(1)

    def create(**overrides: Any) -> User:
        username = f"rider-{next(numbers)}"
        given: dict[str, Any] = {
            "city": "new york",
            "first_name": "Ada",
            "last_name": "Rider",
            "email": f"{username}@example.com",
            "username": username,
            "password": PASSWORD,
        } | overrides
        with patch("movr.passwords.hash_password", return_value=cheap_hash):
            return movr.add_user(**given)

    return create


@pytest.fixture
def create_vehicle(movr: MovR, create_rider: CreateRider) -> CreateVehicle:
    """A factory of vehicles: create_vehicle(owner=somebody), or city="rome" with a new owner."""

    def create(*, owner: User | None = None, city: str = "new york", **overrides: Any) -> Vehicle:
        owner = owner or create_rider(city=city)
        given: dict[str, Any] = {
            "vehicle_type": VehicleType.BIKE,
            "color": "red",
            "brand": "City",
            "place": Place("Union Square", Point(40.7359, -73.9908)),
        } | overrides
        vehicle_id = movr.add_vehicle(city=owner.city, owner_id=owner.id, **given)
        return as_record(Vehicle, read_world(movr).vehicles[owner.city, vehicle_id])

    return create


@pytest.fixture
def rider(create_rider: CreateRider) -> User:
    """A rider in New York."""
    return create_rider()


@pytest.fixture
def owner(create_rider: CreateRider) -> User:
    """Somebody in New York who owns nothing but `vehicle`, where a test asks for that too."""
    return create_rider()


@pytest.fixture
def vehicle(create_vehicle: CreateVehicle, owner: User) -> Vehicle:
    """An available bike of `owner` at Union Square, New York."""
    return create_vehicle(owner=owner)


@pytest.fixture
def refused(movr: MovR) -> Refused:
    """`with refused(AlreadyRiding): ...` - the call raises just that and changes no row."""

    @contextmanager
    def refused(error: type[Exception]) -> Iterator[None]:
        before = read_world(movr)
        with pytest.raises(error) as caught:
            yield
        assert caught.type is error
        assert read_world(movr) == before

    return refused
