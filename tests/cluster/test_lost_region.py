"""A region that is lost does not take a healthy one along.

MOVR_TEST_CLUSTER_STOP is the command that stops all nodes of the last region of the catalogue. It
takes a cluster with three nodes in each region, and nothing is tested on that cluster afterwards.
"""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from movr import MovR
from movr.errors import MovRError, WorldUnavailable
from movr.records import Place
from movr.regions import REGIONS
from tests.cluster.conftest import OpenSite, run
from tests.cluster.test_rivals import add_vehicle
from tests.database.actions import end_ride, start_ride
from tests.support.accounts import open_account

STOP = "MOVR_TEST_CLUSTER_STOP"
SETTLED_WITHIN_S = 330
FOR_S = 30.0
# With all threads waiting for the world it would be DB_STATEMENT_TIMEOUT, 10 seconds.
AT_HOME_WITHIN_S = 5.0


@pytest.fixture
def stop_the_last_region(cluster: object) -> str:
    """The command; skipped where there is none."""
    command = os.environ.get(STOP)
    if not command:
        pytest.skip(f"{STOP} names no command that stops a region")
    return command


def ask_the_world(movr: MovR) -> MovRError | None:
    """Log in with a name that nobody at home has; what kept it from an answer."""
    try:
        movr.authenticate(username="nobody", password="of no matter", cities=["new york"])
    except MovRError as error:
        return error
    return None


@pytest.mark.timeout(SETTLED_WITHIN_S + 300)
def test_riders_at_home_ride_on_while_a_region_is_lost_and_the_world_is_asked(
    open_site: OpenSite, database: str, stop_the_last_region: str
):
    first = next(iter(REGIONS))
    app = open_site(first, database)
    movr = app.extensions["movr"]
    given_up = monotonic() + SETTLED_WITHIN_S
    while run(app, "check-db").exit_code != 0 and monotonic() < given_up:
        sleep(5)
    rider = open_account(movr, REGIONS[first][0].name)
    vehicle = add_vehicle(movr, rider)
    assert ask_the_world(movr) is None

    subprocess.run(stop_the_last_region, shell=True, check=True)  # noqa: S602 (the operator's own)
    # Whatever of the system was led from there is led from elsewhere after some seconds.
    given_up = monotonic() + 60
    while monotonic() < given_up:
        try:
            end_ride(movr, rider, start_ride(movr, rider, vehicle), Place("somewhere"))
            break
        except MovRError:
            sleep(1)
    slowest, asked = 0.0, []
    end = monotonic() + FOR_S
    with ThreadPoolExecutor(20) as threads:
        while monotonic() < end:
            asked.append(threads.submit(ask_the_world, movr))
            begin = monotonic()
            end_ride(movr, rider, start_ride(movr, rider, vehicle), Place("somewhere"))
            slowest = max(slowest, monotonic() - begin)
            sleep(0.2)
        refusals = [each.result(60) for each in asked]
    assert all(isinstance(refusal, WorldUnavailable) for refusal in refusals)
    assert slowest < AT_HOME_WITHIN_S
