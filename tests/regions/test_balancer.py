"""Where nginx sends a request, what it says of the client, and what it does when a region fails.

The regions are stand-ins, so that what reaches them can be seen.
"""

import subprocess
from pathlib import Path

import pytest
from requests import Response

from movr.regions import CITIES, REGIONS, city_named
from tests.regions.balancer import Balancer
from tests.regions.conftest import Visit
from tests.regions.stand_in import Asked, StandIn
from tests.support.loopback import free_port
from tests.support.processes import wait_until
from web.geoutils import parse_lat_long

EAST, WEST, EUROPE = "gcp-us-east1", "gcp-us-west1", "gcp-europe-west1"
NEAREST = {EAST: WEST, WEST: EAST, EUROPE: EAST}
HOME = {EAST: "boston.localhost", WEST: "seattle.localhost", EUROPE: "rome.localhost"}
RIDE = "/rides/start/7d1e6b2c-3f6a-4a0e-9a55-1f2f7f0c1a11"

StandIns = dict[str, StandIn]


def received(stand_ins: StandIns) -> dict[str, list[Asked]]:
    """What has reached which region."""
    return {region: stand_in.asked for region, stand_in in stand_ins.items() if stand_in.asked}


def assert_nobody_answered(answer: Response) -> None:
    assert answer.status_code == 502
    assert "MovR can't be reached" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"] == "5"


def test_nginx_has_nothing_against_the_configuration(nginx, tmp_path: Path):
    balancer = Balancer(tmp_path, {region: free_port() for region in REGIONS})
    said = subprocess.run(balancer.command("-t"), capture_output=True, text=True, check=True)
    assert "warn" not in said.stderr
    assert "test is successful" in said.stderr


@pytest.mark.parametrize("city", CITIES.values(), ids=CITIES)
def test_host_name_of_a_city_says_where_the_client_is(city, balancer, stand_ins, visit: Visit):
    host = f"{city.name.replace(' ', '-')}.localhost"
    visit(balancer.port, host).get("/vehicles?type=bike")

    [asked] = received(stand_ins)[city.region]
    assert asked.path == "/vehicles?type=bike"
    assert asked.headers["Host"] == f"{host}:{balancer.port}"
    assert city_named(asked.headers["X-City"]) == city
    assert parse_lat_long(asked.headers["X-City-Lat-Long"]) == city.centre
    assert list(received(stand_ins)) == [city.region]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "atlantis.localhost", "movr.example"])
def test_client_elsewhere_is_a_client_whose_place_is_unknown(
    host, balancer, stand_ins, visit: Visit
):
    words = {"X-City": "Paris", "X-City-Lat-Long": "48.8,2.3"}
    visit(balancer.port, host).get("/", headers=words)

    [asked] = received(stand_ins)[EAST]
    assert "X-City" not in asked.headers
    assert "X-City-Lat-Long" not in asked.headers


def test_what_clients_say_of_themselves_is_overwritten(balancer, stand_ins, visit: Visit):
    lies = {
        "X-City": "Paris",
        "X_City": "Paris",
        "X-City-Lat-Long": "48.856600,2.352200",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Protocol": "ssl",
        "X-Forwarded-Ssl": "on",
        "Forwarded": "for=203.0.113.7;proto=https",
        "X-Request-ID": "0123456789abcdef",
    }
    visit(balancer.port, "rome.localhost").get("/", headers=lies)

    [asked] = received(stand_ins)[EUROPE]
    assert asked.headers.get_all("X-City") == ["Rome"]
    assert asked.headers.get_all("X-City-Lat-Long") == ["41.902800,12.496400"]
    assert asked.headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert asked.headers.get_all("X-Forwarded-Proto") == ["http"]
    [request_id] = asked.headers.get_all("X-Request-ID")
    assert request_id not in lies.values()
    for name in ("X_City", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "Forwarded"):
        assert name not in asked.headers


def test_each_request_is_logged_with_the_regions_that_were_tried(balancer, stand_ins, visit: Visit):
    stand_ins[EUROPE].manner = "say 503"
    visit(balancer.port, "rome.localhost").get("/vehicles?after=secret")

    tried = ", ".join(f"127.0.0.1:{stand_ins[region].port}" for region in (EUROPE, EAST))
    # It is written when the answer is on its way.
    assert wait_until(lambda: "/vehicles" in balancer.log(), 5)
    [line] = [line for line in balancer.log().splitlines() if "/vehicles" in line]
    assert line.startswith('rome.localhost "GET /vehicles" 200: ')
    assert f"sent to {EUROPE} ({tried}: 503, 200), served by {EAST} in " in line


@pytest.mark.parametrize("region", REGIONS)
def test_riders_of_a_dead_region_are_served_by_the_nearest(
    region, nginx, stand_ins, tmp_path: Path, visit: Visit
):
    ports = {name: stand_in.port for name, stand_in in stand_ins.items()} | {region: free_port()}
    with Balancer(tmp_path, ports) as balancer:
        rider = visit(balancer.port, HOME[region])
        served = {rider.get("/vehicles").headers["MovR-Region"] for _ in range(10)}
        # Nobody has been told of it, so that it is safe to tell somebody else.
        served |= {rider.post("/login").headers["MovR-Region"] for _ in range(10)}
    assert served == {NEAREST[region]}


def test_region_that_comes_back_has_its_riders_back(tmp_path: Path, nginx, visit: Visit):
    with StandIn(EAST) as east, StandIn(WEST) as west:
        europe = StandIn(EUROPE)
        ports = {EAST: east.port, WEST: west.port, EUROPE: europe.port}
        with Balancer(tmp_path, ports) as balancer:
            rider = visit(balancer.port, "rome.localhost")
            assert rider.get("/").headers["MovR-Region"] == EAST
            with europe:
                assert rider.get("/").headers["MovR-Region"] == EUROPE


@pytest.mark.parametrize("manner", ["hang up", "say 503"])
def test_page_that_a_region_fails_to_give_comes_from_the_next(
    manner, balancer, stand_ins, visit: Visit
):
    stand_ins[EUROPE].manner = manner
    page = visit(balancer.port, "rome.localhost").get("/vehicles")
    assert page.text == f"{EAST} answer"
    assert [len(asked) for asked in received(stand_ins).values()] == [1, 1]


def test_region_that_sends_long_headers_is_well(balancer, stand_ins, visit: Visit):
    stand_ins[EUROPE].manner = "send long headers"
    rider = visit(balancer.port, "rome.localhost")
    # More often than a region may fail before it is left alone.
    for _ in range(5):
        answer = rider.get("/vehicles")
        assert (answer.status_code, answer.headers["MovR-Region"]) == (200, EUROPE)
        assert len(answer.headers["Long"]) > 15_000


def test_form_that_a_region_may_have_carried_out_is_not_sent_again(
    balancer, stand_ins, visit: Visit
):
    stand_ins[EUROPE].manner = "hang up"
    answer = visit(balancer.port, "rome.localhost").post("/register", data={"city": "rome"})
    assert_nobody_answered(answer)
    assert list(received(stand_ins)) == [EUROPE]


@pytest.mark.parametrize("path", [RIDE, RIDE.replace("start", "end")])
def test_start_or_end_of_a_ride_is_sent_again_with_the_same_id(
    path, balancer, stand_ins, visit: Visit
):
    stand_ins[EUROPE].manner = "hang up"
    form = {"ride_id": "f3a7c6de-6c2f-4a53-8d0e-3f1f0f6b7a10", "city": "rome"}
    answer = visit(balancer.port, "rome.localhost").post(path, data=form)

    assert answer.text == f"{EAST} answer"
    [first], [second] = (stand_ins[region].asked for region in (EUROPE, EAST))
    assert (first.method, first.path) == ("POST", path)
    assert (first.path, first.body) == (second.path, second.body)
    assert form["ride_id"].encode() in first.body


@pytest.mark.parametrize("path", [RIDE, RIDE.replace("start", "end"), "/register"])
def test_form_that_a_region_refuses_for_now_is_the_riders_to_send_again(
    path, balancer, stand_ins, visit: Visit
):
    stand_ins[EUROPE].manner = "say 503"
    rider = visit(balancer.port, "rome.localhost")
    # Many more than the failures after which a region is left alone.
    for _ in range(10):
        answer = rider.post(path, data={"city": "rome"})
        assert (answer.status_code, answer.text) == (503, f"{EUROPE} say 503")
    # No other region was asked to lose the same race, and this one goes on serving its riders.
    assert list(received(stand_ins)) == [EUROPE]
    stand_ins[EUROPE].manner = "answer"
    assert rider.get("/vehicles").headers["MovR-Region"] == EUROPE


def test_page_of_the_last_region_passes_when_all_say_503(balancer, stand_ins, visit: Visit):
    for stand_in in stand_ins.values():
        stand_in.manner = "say 503"
    answer = visit(balancer.port, "rome.localhost").get("/vehicles")
    assert (answer.status_code, answer.text) == (503, f"{WEST} say 503")
    assert [len(asked) for asked in received(stand_ins).values()] == [1, 1, 1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_page_says_so_when_no_region_answers(method, nginx, tmp_path: Path, visit: Visit):
    with Balancer(tmp_path, {region: free_port() for region in REGIONS}) as balancer:
        rider = visit(balancer.port, "rome.localhost")
        for _ in range(5):
            assert_nobody_answered(rider.request(method, "/vehicles"))
