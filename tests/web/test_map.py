"""The vehicles in view as GeoJSON, and what a page with a map loads."""

import json
from dataclasses import replace

import pytest

from tests.database.wire import recorded
from tests.web.site import Person, SiteClient, heading, new_browser
from web.config import Config

AMSTERDAM = {"X-City": "Amsterdam"}
BOX = "4.85,52.35,4.95,52.40"
DAM = f"/vehicles.geojson?city=amsterdam&bbox={BOX}"


def names(answer) -> list[str]:
    """What is in view: colour and type of each."""
    assert answer.status_code == 200, answer.text
    features = json.loads(answer.text)["features"]
    return sorted(
        f"{each['properties']['color']} {each['properties']['type']}" for each in features
    )


def test_vehicles_in_view_come_as_geojson(visitor: SiteClient, owner: Person):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    answer = visitor.get(DAM)
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    assert json.loads(answer.text) == {
        "type": "FeatureCollection",
        "complete": True,
        "features": [
            {
                "type": "Feature",
                # East before north, as RFC 7946 has it.
                "geometry": {"type": "Point", "coordinates": [4.893, 52.373]},
                "properties": {
                    "id": str(vehicle.id),
                    "type": "bike",
                    "status": "available",
                    "color": "red",
                    "brand": "Gazelle",
                    "location": "Dam",
                },
            }
        ],
    }


def test_nobody_learns_from_a_map_who_owns_a_vehicle_or_rides_it(owner: Person, rider: Person):
    rider.start_ride(owner.movr.get_vehicles(city="amsterdam").rows[0].id)
    answer = rider.client.get(DAM)
    assert "unavailable" in answer.text
    for person in (owner, rider):
        assert str(person.user.id) not in answer.text
        assert person.user.username not in answer.text


def test_vehicles_in_view_are_filtered_as_the_list_is(
    visitor: SiteClient, owner: Person, rider: Person
):
    rider.start_ride(owner.add_vehicle("scooter", "blue"))
    owner.add_vehicle("skateboard", "green")
    assert names(visitor.get(DAM)) == ["blue scooter", "green skateboard", "red bike"]
    assert names(visitor.get(f"{DAM}&type=&available=")) == names(visitor.get(DAM))
    assert names(visitor.get(f"{DAM}&type=scooter")) == ["blue scooter"]
    assert names(visitor.get(f"{DAM}&available=1")) == ["green skateboard", "red bike"]
    assert names(visitor.get(f"{DAM}&type=scooter&available=1")) == []


def test_vehicles_in_view_are_those_of_the_city_in_the_address(visitor: SiteClient, owner: Person):
    elsewhere = f"/vehicles.geojson?city=paris&bbox={BOX}"
    assert names(visitor.get(elsewhere, headers=AMSTERDAM)) == []
    assert names(visitor.get(DAM, headers={"X-City": "Paris"})) == ["red bike"]
    assert names(visitor.get("/vehicles.geojson?city=amsterdam&bbox=2,48,3,49")) == []


def test_answer_may_be_shared_by_caches_and_is_the_same_for_everybody(
    visitor: SiteClient, owner: Person
):
    answers = [visitor.get(DAM), owner.client.get(DAM), visitor.get(DAM, headers=AMSTERDAM)]
    assert len({answer.text for answer in answers}) == 1
    for answer in answers:
        assert answer.cache_control.public
        assert answer.cache_control.max_age == 10
        assert not answer.cache_control.no_store
        assert "Set-Cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("Vary", "").lower()
        assert "MovR-City" not in answer.headers


def test_answer_that_has_not_changed_is_not_sent_again(visitor: SiteClient, owner: Person):
    etag = visitor.get(DAM).headers["ETag"]
    again = visitor.get(DAM, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    owner.add_vehicle("scooter", "blue")
    assert names(visitor.get(DAM, headers={"If-None-Match": etag})) == ["blue scooter", "red bike"]


def test_view_takes_one_round_trip_whoever_asks(owner: Person):
    with recorded(owner.movr.engine) as sent:
        assert owner.client.get(DAM).status_code == 200
    assert len(sent) == 1


@pytest.mark.parametrize(
    "box",
    [
        None,
        "",
        "4.85,52.35,4.95",
        "4.85,52.35,4.95,52.40,1",
        "west,south,east,north",
        "nan,nan,nan,nan",
        "4.85,52.35,inf,52.40",
        "4.95,52.35,4.85,52.40",
        "4.85,52.40,4.95,52.35",
        "4.85,52.35,4.95,90.1",
        "-180.1,52.35,4.95,52.40",
        "4.85;52.35;4.95;52.40",
        "4.85,52.35,4.95,52.40\0",
    ],
)
def test_box_that_is_none_is_refused(visitor: SiteClient, box: str | None):
    query = {"city": "amsterdam"} | ({} if box is None else {"bbox": box})
    answer = visitor.get("/vehicles.geojson", query_string=query)
    assert answer.status_code == 400
    assert heading(answer) == "This request is incomplete"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "query", ["", "city=gotham", "city=Amsterdam", "city=amsterdam&type=car", "type=bike"]
)
def test_city_or_type_that_does_not_exist_is_not_found(visitor: SiteClient, query: str):
    assert visitor.get(f"/vehicles.geojson?bbox={BOX}&{query}").status_code == 404


@pytest.fixture
def visitor_with(new_app, config: Config):
    """The browser of a visitor to an application with these settings."""

    def visit(**settings: str) -> SiteClient:
        app = new_app(replace(config, **settings))
        app.test_client_class = SiteClient
        app.extensions["movr"].create_schema()
        return new_browser(app)

    return visit


def test_container_of_a_region_shows_the_map_of_another_too(visitor_with, owner: Person):
    client = visitor_with(REGION="gcp-us-east1")
    assert names(client.get(DAM)) == ["red bike"]
    assert client.get(f"/vehicles.geojson?city=gotham&bbox={BOX}").status_code == 404


# --- The page ---


def test_page_with_a_map_loads_it_from_our_own_host(visitor: SiteClient, owner: Person):
    page = visitor.get("/vehicles?type=bike", headers=AMSTERDAM)
    for file in ("vendor/leaflet/leaflet.js", "vendor/leaflet/leaflet.css", "js/vehicle-map.js"):
        assert f"/{file}" in page.text
    assert 'data-source="/vehicles.geojson?city=amsterdam&amp;type=bike"' in page.text
    assert 'data-tile-url="https://tile.openstreetmap.org/{z}/{x}/{y}.png"' in page.text
    assert 'data-attribution="© OpenStreetMap contributors"' in page.text
    assert 'data-attribution-link="https://www.openstreetmap.org/copyright"' in page.text
    assert 'data-vehicle="52.373,4.893"' in page.text
    assert "googleapis" not in page.text


@pytest.mark.parametrize(
    ("path", "has_pins"), [("/vehicles", True), ("/users/me", True), ("/vehicles/add", False)]
)
def test_only_a_map_of_vehicles_loads_what_draws_them(owner: Person, path: str, has_pins: bool):
    page = owner.client.get(path, headers=AMSTERDAM, follow_redirects=True)
    assert "/js/leaflet-map.js" in page.text
    for trace in ("leaflet.markercluster.js", "MarkerCluster.css", "/js/leaflet-pins.js"):
        assert (trace in page.text) is has_pins


@pytest.mark.parametrize("path", ["/", "/login", "/register"])
def test_page_without_a_map_loads_none(visitor: SiteClient, path: str):
    assert "leaflet" not in visitor.get(path, headers=AMSTERDAM).text


def test_every_licence_lies_beside_what_it_is_for(visitor: SiteClient):
    for path in ("leaflet/LICENSE", "leaflet.markercluster/LICENCE"):
        with visitor.get(f"/static/vendor/{path}") as answer:
            assert answer.status_code == 200
            assert "copyright notice" in answer.text.lower()


def test_attribution_without_a_link_is_words(visitor_with):
    client = visitor_with(TILE_ATTRIBUTION="Map & data: the city")
    page = client.get("/vehicles")
    assert 'data-attribution="Map &amp; data: the city"' in page.text
    assert 'data-attribution-link=""' in page.text


def test_with_a_key_the_map_is_googles(visitor_with):
    client = visitor_with(API_KEY="a-key")
    page = client.get("/vehicles")
    assert "https://maps.googleapis.com/maps/api/js?key=a-key&amp;" in page.text
    assert "/js/google-map.js" in page.text
    assert "leaflet" not in page.text
    nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert f'nonce="{nonce}"' in page.text


def test_key_is_on_no_page_without_a_map(visitor_with):
    client = visitor_with(API_KEY="a-key")
    for path in ("/", "/login", "/vehicles.geojson"):
        assert "a-key" not in client.get(path).text
