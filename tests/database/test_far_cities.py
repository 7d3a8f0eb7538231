"""Cities that are looked at from another region: the same rows, from the nearest replica."""

from collections.abc import Iterator

import pytest
from flask import Flask

from movr import MovR
from movr.database.replicas import FROM_THE_NEAREST
from movr.kinds import VehicleType
from movr.records import Box, Point
from tests.database.actions import start_ride
from tests.database.backends import STANDIN, connect, on_a_file_and_the_standin
from tests.database.conftest import PASSWORD
from tests.database.wire import Sent, recorded
from tests.support.standin import install_retry_savepoint
from tests.web.site import SiteClient
from web.config import Config

BOX = Box(40.7, -74.1, 40.8, -73.9)
LOOKS = {
    "list": ("get_vehicles", {}),
    "list of bikes": ("get_vehicles", {"vehicle_type": VehicleType.BIKE, "available_only": True}),
    "map": ("get_vehicles_in_view", {"box": BOX}),
    "near": ("get_vehicles_near", {"point": Point(40.72, -74.0)}),
    "riders": ("get_users", {}),
}


# On a CockroachDB the rows are there only some seconds later: see tests/cluster/test_far_city.py.
@on_a_file_and_the_standin
@pytest.mark.parametrize("look", LOOKS)
def test_far_city_is_the_city_that_those_at_home_see(movr: MovR, create_vehicle, rider, look):
    vehicles = [create_vehicle() for _ in range(5)]
    start_ride(movr, rider, vehicles[2])
    name, arguments = LOOKS[look]
    method = getattr(movr, name)
    exact = method(city="new york", **arguments)
    far = method(city="new york", from_afar=True, **arguments)
    if name == "get_vehicles_near":
        assert set(far.rows) == set(exact.rows)
    else:
        assert far == exact
    assert len(getattr(exact, "rows", None) or exact.vehicles) >= 4


standin_only = pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")


@pytest.fixture
def european(new_app, backend, movr: MovR) -> Iterator[Flask]:
    """The application of a container in Europe, on the database of `movr`."""
    settings = {"SECRET_KEY": "a secret for tests, and for nothing else", "DB_URI": backend.uri()}
    app = new_app(Config(**settings, REGION="gcp-europe-west1"))
    app.test_client_class = SiteClient
    install_retry_savepoint(*app.extensions["movr"].engines)
    connect(app.extensions["movr"])
    yield app
    app.extensions["movr"].engine.dispose()


@standin_only
def test_only_what_shows_a_far_city_is_a_few_seconds_old(european: Flask, create_rider):
    rider = create_rider(city="rome")
    client = european.test_client()
    client.submit("/login", {"username": rider.username, "password": PASSWORD})
    shown = ["/vehicles", "/vehicles?near=40.72,-74.0", "/users", "/vehicles.geojson?{}"]
    exact = ["/rides", "/rides/months", f"/users/{rider.id}", "/vehicles/add"]
    for city, is_far in (("new york", True), ("rome", False)):
        client.submit(f"/city/{city}")
        map_of = f"city={city}&bbox=-74.1,40.7,-73.9,40.8"
        for path in (*shown, *exact):
            with recorded(*european.extensions["movr"].engines) as sent:
                assert client.get(path.format(map_of)).status_code == 200
            old = [each for each in sent if is_query(each) and FROM_THE_NEAREST in each.text]
            assert bool(old) is (is_far and path in shown), path
            # Who the rider is, and what they are riding, is never a few seconds old.
            assert not any("users.session_epoch" in each.text for each in old), path


def is_query(sent: Sent) -> bool:
    """Whether it reads rows."""
    return sent.text.lstrip().startswith(("SELECT", "WITH"))
