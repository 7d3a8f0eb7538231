"""What is at home is answered at home: check-db says so on a cluster whose leases have settled."""

from time import monotonic, sleep

import pytest

from tests.cluster.conftest import OpenSite, run

# After the tables are made it takes up to five minutes until their leases are in their regions.
SETTLED_WITHIN_S = 330
LOOK_AGAIN_S = 5


@pytest.mark.timeout(SETTLED_WITHIN_S + 120)
def test_check_db_finds_nothing_wrong(open_site: OpenSite, database: str, region: str):
    app = open_site(region, database)
    given_up = monotonic() + SETTLED_WITHIN_S
    while (result := run(app, "check-db")).exit_code != 0 and monotonic() < given_up:
        sleep(LOOK_AGAIN_S)
    assert result.exit_code == 0, result.output
    assert f"What a rider at home in {region} does" in result.output
    assert "start_ride" in result.output


def test_check_db_leaves_nothing_behind(open_site: OpenSite, database: str, region: str):
    app = open_site(region, database)
    run(app, "check-db")
    movr = app.extensions["movr"]
    assert all(not movr.get_users(city=city).rows for city in ("new york", "seattle", "rome"))
