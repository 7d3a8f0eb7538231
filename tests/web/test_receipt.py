"""The receipt of a ride: what it says, who gets to see it, and the ways to it and from it."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import update

from movr.models import Ride as Rides
from movr.records import Place, Point
from tests.support.page_tree import parsed
from tests.web.site import (
    SiteClient,
    asks_for_login,
    heading,
    is_redirect,
    join,
    links,
    receipt,
    words,
)


@pytest.fixture
def ended(rider, owner):
    """A ride of the rider on the owner's red bike, from Dam to Spui."""
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    return rider.end_ride(rider.start_ride(bike.id))


def test_a_receipt_says_from_where_to_where_when_how_long_and_on_what(rider, ended):
    page = rider.client.get(receipt(ended))
    assert page.status_code == 200
    assert heading(page) == "Your ride"
    text = words(page)
    assert "From Dam To Spui City Amsterdam" in text
    assert "Time under a minute" in text
    assert "Vehicle Red bike, Gazelle" in text
    assert f"{rider.user.first_name} {rider.user.last_name}" in text
    for moment in (ended.start_time, ended.end_time):
        assert f'datetime="{moment.isoformat()}"' in page.text
    # Without scripts it is the clock of the city that counts, and its zone is named.
    assert text.count(" CET") + text.count(" CEST") == 2


def test_the_history_leads_to_receipts_and_those_to_the_next_ride(rider, ended):
    history = links(rider.client.get("/rides"))
    assert history["Dam to Spui"] == receipt(ended)
    ways = links(rider.client.get(receipt(ended)))
    assert ways["Ride again"] == "/vehicles"
    assert ways["All your rides"] == "/rides"


def test_a_receipt_at_home_needs_no_city_and_one_from_elsewhere_does(app, rider, ended):
    assert rider.client.get(f"/rides/{ended.id}").status_code == 200
    roman = join(app, city="rome")
    away = rider.end_ride(rider.start_ride(roman.add_vehicle(location="Pantheon"), "rome"))
    assert "City Rome" in words(rider.client.get(receipt(away)))
    assert rider.client.get(f"/rides/{away.id}").status_code == 404


@pytest.mark.parametrize("city", ["rome", "gotham", "Amsterdam", "%00", "x" * 3000])
def test_the_wrong_city_leads_to_no_receipt(rider, ended, city):
    assert rider.client.get(f"/rides/{ended.id}?city={city}").status_code == 404
    assert rider.client.get(f"/rides/{ended.id}?city=amsterdam").status_code == 200


def test_nobody_else_gets_to_see_a_receipt(app, rider, owner, ended, visitor):
    for person in (join(app), owner):
        page = person.client.get(receipt(ended))
        assert page.status_code == 404
        assert "Spui" not in words(page)
    assert asks_for_login(visitor.get(receipt(ended)))


def test_a_ride_that_does_not_exist_has_no_receipt(rider, ended):
    assert rider.client.get(f"/rides/{uuid4()}?city=amsterdam").status_code == 404


def test_a_ride_that_is_running_has_no_receipt_yet_but_a_page(rider, owner):
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    ride = rider.start_ride(bike.id)
    assert is_redirect(rider.client.get(receipt(ride)), "/rides")
    rider.end_ride(ride)
    assert rider.client.get(receipt(ride)).status_code == 200


def end_at(rider, ride, place):
    return rider.movr.end_ride(
        city=ride.city,
        ride_id=ride.id,
        rider_city=rider.user.city,
        rider_id=rider.user.id,
        place=place,
    )


def test_a_receipt_and_the_history_know_the_points_of_start_and_end(rider, owner):
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    ended = end_at(rider, rider.start_ride(bike.id), Place("Spui", Point(52.3691234, 4.8891234)))
    for path in (receipt(ended), "/rides"):
        page = rider.client.get(path)
        tree = parsed(page.text)
        (start,) = [each for each in tree.all("dd", "span") if each.get("data-start")]
        (end,) = [each for each in tree.all("dd", "span") if each.get("data-end")]
        # On the words that describe them, no more exact than a map needs.
        assert (tree.content(start), start.get("data-start")) == ("Dam", "52.3730,4.8930")
        assert (tree.content(end), end.get("data-end")) == ("Spui", "52.3691,4.8891")
        (figure,) = tree.all("figure")
        assert figure.get("aria-label") == "Map of where the ride began and ended"
        assert "/js/ride-map.js" in page.text
        # It shows no vehicles.
        assert "leaflet-pins" not in page.text
        assert "https://tile.openstreetmap.org" in page.headers["Content-Security-Policy"]


def test_a_ride_of_which_no_point_is_known_has_no_map(rider, owner):
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    rider.end_ride(rider.start_ride(bike.id))
    # From here to there in words alone.
    nowhere = rider.end_ride(rider.start_ride(bike.id))
    with rider.movr.engine.begin() as connection:
        # As the version before has written the first one.
        connection.execute(update(Rides).values(start_latitude=None, start_longitude=None))
    for path in (receipt(nowhere), "/rides"):
        page = rider.client.get(path)
        assert parsed(page.text).all("figure") == []
        for trace in ("ride-map.js", "leaflet", "data-start", "data-end"):
            assert trace not in page.text
        assert "tile.openstreetmap.org" not in page.headers["Content-Security-Policy"]


def test_a_ride_that_ended_in_words_has_a_map_of_its_start(rider, ended):
    page = rider.client.get(receipt(ended))
    assert 'data-start="52.3730,4.8930"' in page.text
    assert "data-end" not in page.text
    assert "figure" in page.text


def test_the_map_of_a_receipt_may_be_googles(new_app, config, owner):
    app = new_app(replace(config, API_KEY="a-key"))
    app.test_client_class = SiteClient
    app.extensions["movr"].create_schema()
    rider = join(app)
    ride = rider.end_ride(rider.start_ride(owner.add_vehicle()))
    page = rider.client.get(receipt(ride))
    assert "/js/google-map.js" in page.text
    assert "leaflet" not in page.text
    assert "'nonce-" in page.headers["Content-Security-Policy"]
