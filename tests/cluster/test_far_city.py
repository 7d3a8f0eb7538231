"""A city of another region is shown by the nearest replica."""

from contextlib import suppress
from time import monotonic, sleep

from movr.errors import MovRError, UnexpectedDatabaseError
from movr.records import Box
from movr.regions import CITIES, REGIONS
from tests.cluster.conftest import OpenSite
from tests.cluster.test_rivals import add_vehicle
from tests.support.accounts import open_account

EAST, _WEST, EUROPE = REGIONS
ROME = CITIES["rome"]
# A replica is some four seconds behind.
SEEN_WITHIN_S = 60


def test_far_city_is_seen_as_it_was_a_few_seconds_ago(open_site: OpenSite, database: str):
    european = open_site(EUROPE, database).extensions["movr"]
    american = open_site(EAST, database).extensions["movr"]
    vehicle = add_vehicle(european, open_account(european, ROME.name))

    def seen() -> list[bool]:
        around = Box(41, 12, 42, 13)
        return [
            vehicle in american.get_vehicles(city=ROME.name, from_afar=True).rows,
            bool(american.get_users(city=ROME.name, from_afar=True).rows),
            american.get_vehicles_in_view(city=ROME.name, box=around, from_afar=True).complete,
            american.get_vehicles_near(
                city=ROME.name, point=ROME.centre, from_afar=True
            ).next_cursor
            is None,
        ]

    given_up = monotonic() + SEEN_WITHIN_S
    result = [False]
    while not all(result) and monotonic() < given_up:
        sleep(1)
        # A few seconds ago the tables themselves may not have been there.
        with suppress(MovRError, UnexpectedDatabaseError):
            result = seen()
    assert all(result), result
