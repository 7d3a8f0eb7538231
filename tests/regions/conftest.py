"""Fixtures of the tests of regions behind one balancer: nginx, stand-ins, and the real thing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from movr import MovR
from movr.models import Ride
from movr.records import User
from movr.regions import REGIONS
from tests.regions.balancer import Balancer, unavailable_reason
from tests.regions.launched import LaunchedRegions
from tests.regions.stand_in import StandIn
from tests.regions.visitor import Visitor
from tests.support.accounts import open_account
from tests.support.requirements import require

Visit = Callable[[int, str], Visitor]
NewRider = Callable[[str], User]


@pytest.fixture(scope="session")
def nginx() -> None:
    """Whatever asks for this needs nginx."""
    require(unavailable_reason())


@pytest.fixture
def stand_ins(nginx: None) -> Iterator[dict[str, StandIn]]:
    """A stand-in for each region; a test may leave one early, which is its death."""
    with ExitStack() as stack:
        yield {region: stack.enter_context(StandIn(region)) for region in REGIONS}


@pytest.fixture
def balancer(stand_ins: dict[str, StandIn], tmp_path: Path) -> Iterator[Balancer]:
    """The balancer in front of the stand-ins."""
    ports = {region: stand_in.port for region, stand_in in stand_ins.items()}
    with Balancer(tmp_path, ports) as running:
        yield running


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    """Be somebody at the place that a host name stands for."""
    with ExitStack() as stack:
        yield lambda port, host: stack.enter_context(Visitor(port, host))


@pytest.fixture(scope="session")
def db_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that does not exist yet: to make it is the launcher's business."""
    return f"sqlite:///{tmp_path_factory.mktemp('regions')}/movr.db"


@pytest.fixture(scope="session")
def regions(
    nginx: None, db_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LaunchedRegions]:
    """Three regions, which no test may harm."""
    log = tmp_path_factory.mktemp("launched") / "log"
    with LaunchedRegions(db_uri, log) as running:
        yield running


@pytest.fixture(scope="session")
def backend(regions: LaunchedRegions, db_uri: str) -> Iterator[MovR]:
    """The data behind all regions."""
    movr = MovR(db_uri)
    yield movr
    movr.engine.dispose()


@pytest.fixture(scope="session")
def new_rider(backend: MovR) -> NewRider:
    """Open an account in a city; its password is PASSWORD."""
    return partial(open_account, backend)


def ride_ids(movr: MovR, rider: User) -> list[UUID]:
    """Every ride that a rider has ever started, running or not, in any region."""
    mine = select(Ride.id).where(Ride.rider_city == rider.city, Ride.rider_id == rider.id)
    with movr.engine.connect() as connection:
        return list(connection.scalars(mine))
