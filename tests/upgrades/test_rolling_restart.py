"""Every region is restarted in turn under riders who never pause, and a secret is changed with it.

As deploy/README.md has it: SIGTERM, wait for the end, start the new one, wait until it is ready and
the balancer uses it, then the next.
"""

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import select

from movr.models import Ride
from movr.regions import CITIES, REGIONS
from tests.regions.balancer import unavailable_reason
from tests.support.loopback import HOST
from tests.support.processes import wait_until
from tests.support.requirements import require
from tests.upgrades.load import Rider, Tally
from tests.upgrades.site import Site, serve

REQUESTS = 5000
# Two in each region, so that both processes of each have something to do at any time.
RIDES_FROM = ("new york", "boston", "seattle", "los angeles", "rome", "paris") * 2
OLD, NEW = "the secret of yesterday (still believed)", "the secret of today (for new cookies)"

# The run is as long as so many requests take, which is up to the machine.
pytestmark = pytest.mark.timeout(300)


@dataclass
class Run:
    """What has happened; `during` counts the requests answered while a region was away."""

    riders: dict[UUID, Rider]
    total: Tally = field(default_factory=Tally)
    statuses: dict[str, int | None] = field(default_factory=dict)
    during: dict[str, Tally] = field(default_factory=dict)
    rides: dict[UUID, list[bool]] = field(default_factory=dict)

    def count(self) -> Tally:
        """Everything so far."""
        return sum((rider.tally for rider in self.riders.values()), Tally())

    def requests(self) -> int:
        return sum(self.count().done.values())


def served_by(port: int, path: str, host: str) -> tuple[int, str | None]:
    """The status of a page, and the region that has answered."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.getheader("MovR-Region")
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def restart(site: Site, region: str, run: Run) -> None:
    """What an operator, or Kubernetes, does with each region."""
    before = site.servers[region]
    place = next(city for city in CITIES.values() if city.region == region)
    host = f"{place.name.replace(' ', '-')}.localhost"
    begin = run.count()
    run.statuses[region] = before.stop(40)
    away = run.count()
    run.during[region] = Tally(away.done - begin.done, away.regions - begin.regions)
    site.start(
        region, before.port, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=OLD, **{"VERSION": "the new one"}
    )
    assert wait_until(lambda: served_by(before.port, "/readyz", host)[0] == 200, 30)
    assert wait_until(lambda: served_by(site.balancer.port, "/login", host)[1] == region, 30)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One run for all of these tests."""
    require(unavailable_reason())
    known = {"SECRET_KEY": OLD, "SECRET_KEY_FALLBACKS": NEW}
    with serve(tmp_path_factory.mktemp("rolling"), **known) as site:
        people = [site.join(city) for city in RIDES_FROM]
        run = Run({user.id: rider for user, rider in people})
        stop = threading.Event()
        threads = [
            threading.Thread(target=rider.ride, args=(stop,)) for rider in run.riders.values()
        ]
        for thread in threads:
            thread.start()
        try:
            for region in REGIONS:
                restart(site, region, run)
            wait_until(lambda: run.requests() >= REQUESTS, 150)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        run.total = run.count()
        with site.movr.engine.connect() as connection:
            for rider_id, is_over in connection.execute(
                select(Ride.rider_id, Ride.end_time.is_not(None))
            ):
                run.rides.setdefault(rider_id, []).append(bool(is_over))
        yield run


def test_no_request_fails(run: Run):
    done = run.total.done
    worst = Counter(run.total.failed).most_common(3)
    assert not run.total.failed, f"{len(run.total.failed)} of {sum(done.values())}: {worst}"
    assert sum(done.values()) >= REQUESTS
    assert done["GET"] > REQUESTS // 3
    assert done["POST"] > REQUESTS // 3


def test_each_region_was_restarted_while_riders_went_on(run: Run):
    # SIGTERM was enough, and there was work under way when it came.
    assert run.statuses == dict.fromkeys(REGIONS, 0)
    assert all(sum(tally.done.values()) > 0 for tally in run.during.values())
    for region, tally in run.during.items():
        others = sum(count for name, count in tally.regions.items() if name != region)
        assert others > 0, region


def test_nobody_is_signed_out_and_no_browser_loses_its_connection(run: Run):
    # Whoever is logged out is sent to the login page, and every answer has been looked at.
    assert run.total.failed == []
    # Each has connected to the balancer when logging in, and never again.
    assert run.total.connections == 0


def test_each_ride_was_started_once_and_ended(run: Run):
    for rider_id, rider in run.riders.items():
        assert run.rides[rider_id] == [True] * rider.rides
