"""Three real regions behind the balancer, all well: each city is served by its own region."""

from pathlib import Path

import pytest

from movr import MovR
from tests.regions.balancer import Balancer
from tests.regions.conftest import NewRider, Visit, ride_ids
from tests.regions.launched import LaunchedRegions
from tests.regions.visitor import form_to, heading
from tests.support.accounts import PASSWORD
from tests.support.tcp_proxy import TcpProxy

EAST, WEST, EUROPE = "gcp-us-east1", "gcp-us-west1", "gcp-europe-west1"


@pytest.mark.parametrize(
    ("host", "city", "region"),
    [
        ("new-york", "New York", EAST),
        ("boston", "Boston", EAST),
        ("washington-dc", "Washington DC", EAST),
        ("san-francisco", "San Francisco", WEST),
        ("seattle", "Seattle", WEST),
        ("los-angeles", "Los Angeles", WEST),
        ("amsterdam", "Amsterdam", EUROPE),
        ("paris", "Paris", EUROPE),
        ("rome", "Rome", EUROPE),
        # Without MovR: the nearest city that has it.
        ("berlin", "Amsterdam", EUROPE),
        ("chicago", "Washington DC", EAST),
        ("las-vegas", "Los Angeles", WEST),
    ],
)
def test_clients_see_their_own_city_from_its_own_region(
    host, city, region, regions: LaunchedRegions, visit: Visit
):
    page = visit(regions.port, f"{host}.localhost").get("/vehicles")
    assert page.headers["MovR-Region"] == region
    assert page.headers["MovR-City"] == city.lower()
    assert heading(page) == f"Vehicles in {city}"
    assert f'title="Served from {region}">{city}' in page.text
    assert "Start ride" in page.text or "log in first" in page.text


def test_long_addresses_take_a_region_from_nobody(regions: LaunchedRegions, visit: Visit):
    somebody, others = (visit(regions.port, "rome.localhost") for _ in range(2))
    for path in ("/rides", "/users", "/vehicles"):
        for _ in range(5):
            asked = somebody.get(f"{path}?{'&' * 3000}", allow_redirects=False)
            assert asked.status_code in (200, 302, 303)
            page = others.get("/vehicles")
            assert (page.status_code, page.headers["MovR-Region"]) == (200, EUROPE)


def test_client_at_an_unknown_place_is_told_so(regions: LaunchedRegions, visit: Visit):
    page = visit(regions.port, "localhost").get("/vehicles")
    assert page.headers["MovR-Region"] == EAST
    assert "Showing " in page.text


def test_clients_do_not_move_by_saying_so(regions: LaunchedRegions, visit: Visit):
    lies = {"X-City": "Paris", "X-City-Lat-Long": "48.856600,2.352200"}
    page = visit(regions.port, "rome.localhost").get("/vehicles", headers=lies)
    assert page.headers["MovR-City"] == "rome"


def test_rider_signs_in_over_plain_http(
    regions: LaunchedRegions, new_rider: NewRider, visit: Visit
):
    account = new_rider("rome")
    rider = visit(regions.port, "rome.localhost")
    rider.log_in(account.username, PASSWORD)
    assert rider.get("/users/me").request.path_url == f"/users/{account.id}"
    assert {(cookie.name, cookie.secure) for cookie in rider.cookies} == {
        ("movr", False),
        ("movr-device", False),
    }


def test_ride_is_one_ride_when_the_answer_of_its_region_is_lost(
    regions: LaunchedRegions,
    new_rider: NewRider,
    backend: MovR,
    tmp_path: Path,
    visit: Visit,
):
    account = new_rider("rome")
    with TcpProxy(regions.region_ports[EUROPE]) as way_to_europe:
        ports = regions.region_ports | {EUROPE: way_to_europe.port}
        with Balancer(tmp_path, ports) as balancer:
            rider = visit(balancer.port, "rome.localhost")
            rider.log_in(account.username, PASSWORD)
            form = form_to("/rides/start/", rider.get("/vehicles?available=1"))
            cut = way_to_europe.cut_when(b"POST /rides/start/", before_forward=False)
            page = rider.post(form.action, data=form.fields)

            assert cut.done
            assert [answer.headers["MovR-Region"] for answer in page.history] == [EAST]
            assert page.headers["MovR-Region"] == EUROPE
    assert heading(page) == "Your rides"
    assert "Ride started" in page.text
    assert ride_ids(backend, account) == [form.ride_of(account.id)]
