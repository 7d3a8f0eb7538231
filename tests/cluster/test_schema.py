"""The tables on a cluster: made by dbinit.sql, brought to this version, grown by a city."""

import pytest
from sqlalchemy import text

from movr import MovR
from movr.errors import UnexpectedDatabaseError
from movr.regions import CITIES, REGIONS
from tests.cluster.conftest import OpenSite, run
from tests.support.accounts import open_account
from tests.support.cluster import Cluster

EAST, WEST, EUROPE = REGIONS
NEW = "rome"
# Three tables get a new column, and CockroachDB fills it and moves them: some 20 seconds for each.
pytestmark = pytest.mark.timeout(900)


def regions_of_users(movr: MovR) -> dict[str, str]:
    """The region of each account, by its city."""
    with movr.engine.connect() as connection:
        rows = connection.execute(text("SELECT city, CAST(region AS TEXT) FROM users"))
        return {city: region for city, region in rows}  # noqa: C416 (rows are not pairs to mypy)


def test_tables_of_dbinit_are_those_of_this_version(open_site: OpenSite, database: str):
    open_site(EAST, database).extensions["movr"].check_schema()


def test_upgrade_db_finds_nothing_to_do_and_can_be_run_again(open_site: OpenSite, database: str):
    app = open_site(EAST, database)
    for _ in range(2):
        result = run(app, "upgrade-db")
        assert result.exit_code == 0, result.output
    app.extensions["movr"].check_schema()


def test_every_city_lives_in_its_region(open_site: OpenSite, database: str):
    movr = open_site(EAST, database).extensions["movr"]
    for city in CITIES:
        open_account(movr, city)
    assert regions_of_users(movr) == {name: city.region for name, city in CITIES.items()}


def test_running_cluster_gets_a_city_more(cluster: Cluster, open_site: OpenSite):
    with cluster.database(without=NEW) as before:
        app = open_site(EUROPE, before)
        movr = app.extensions["movr"]
        open_account(movr, "paris")
        with pytest.raises(UnexpectedDatabaseError):
            open_account(movr, NEW)
        result = run(app, "upgrade-db")
        assert result.exit_code == 0, result.output
        open_account(movr, NEW)
        assert regions_of_users(movr) == {"paris": EUROPE, NEW: EUROPE}
        movr.check_schema()
