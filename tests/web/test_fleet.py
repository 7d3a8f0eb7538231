"""What an owner of many vehicles sees: what needs the owner first, totals, and histories."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from movr.models import Vehicle as Vehicles
from tests.support.page_tree import Page
from tests.web.site import heading, join, links, words


def profile(owner, query=""):
    return owner.client.get(f"/users/{owner.user.id}{query}")


def places(page):
    """Where the vehicles are parked, in the order of the cards."""
    return re.findall(r'class="card-place">([^<]+)<', page.text)


@pytest.fixture
def owner(app):
    return join(app)


def test_what_needs_its_owner_comes_first_and_all_is_counted(app, owner, rider):
    available, problem, ridden, paused = (
        owner.add_vehicle(location=name) for name in ("free", "broken", "ridden", "paused")
    )
    rider.end_ride(rider.start_ride(available), "free")
    rider.start_ride(ridden)
    owner.pause_vehicle(paused)
    rider.report_problem(problem)
    page = profile(owner)
    assert places(page) == ["broken", "ridden", "paused", "free"]
    said = "4 vehicles · 1 with a problem · 1 in use · 1 paused · 1 available"
    assert f"{said} · Ridden once, under a minute" in words(page)
    app.config["FORGOTTEN_AFTER"] = 0.0
    other = owner.add_vehicle(location="forgotten")
    join(app).start_ride(other)
    assert set(places(profile(owner))[1:3]) == {"ridden", "forgotten"}


def test_sixty_vehicles_are_on_one_page_and_more_than_fit_on_further_ones(app, owner):
    ids = [owner.add_vehicle() for _ in range(60)]
    page = profile(owner)
    assert len(places(page)) == 60
    assert "60 vehicles · 60 available" in words(page)
    owner.pause_vehicle(ids[37])
    page = profile(owner)
    assert "59 available" in words(page)
    first = Page(page.text).all("li")
    cards = [card for card in first if "vehicle-card" in card.get("class", "")]
    assert "Resume" in "".join(cards[0].itertext())
    with owner.movr.engine.begin() as connection:
        row = dict(connection.execute(Vehicles.__table__.select()).mappings().first())
        rows = [row | {"id": uuid4(), "number": f"{1000 + number}"} for number in range(40)]
        connection.execute(insert(Vehicles), rows)
    page = profile(owner)
    assert len(places(page)) == 96
    assert "vehicles ·" not in words(page)
    page = owner.client.get(links(page)["Next vehicles"])
    assert len(places(page)) == 4
    assert "vehicles ·" not in words(page)


def test_the_history_of_a_vehicle_says_when_and_how_long_and_never_who(owner, rider):
    vehicle = owner.add_vehicle(location="Dam")
    assert "History" not in words(profile(owner))
    rider.end_ride(rider.start_ride(vehicle), "Dam")
    path = links(profile(owner))["Ridden once, under a minute"]
    page = owner.client.get(path)
    assert heading(page) == "History of the red bike"
    assert "under a minute" in words(page)
    for name in (rider.user.username, rider.user.first_name, rider.user.last_name):
        assert name not in words(page)
    assert rider.client.get(f"{path}?city=amsterdam").status_code == 403


def test_a_vehicle_that_nobody_has_ridden_has_no_history_yet(owner, rider):
    vehicle = owner.add_vehicle()
    page = owner.client.get(f"/vehicles/history/{vehicle}")
    assert "When somebody has ridden it, you'll see here when" in words(page)
    assert owner.client.get(f"/vehicles/history/{uuid4()}").status_code == 404


def own_cards(page):
    return [card for card in Page(page.text).all("li") if "is-own" in card.get("class", "")]


def test_the_map_knows_where_each_vehicle_is_and_in_which_state(owner, rider):
    available, problem, ridden, paused, reserved = (owner.add_vehicle() for _ in range(5))
    rider.start_ride(ridden)
    join(owner.client.application).reserve_vehicle(reserved)
    owner.pause_vehicle(paused)
    rider.report_problem(problem)
    page = profile(owner)
    assert {(card.get("id"), card.get("data-state")) for card in own_cards(page)} == {
        (f"v{available}", "available"),
        (f"v{problem}", "problem"),
        (f"v{ridden}", "in-use"),
        (f"v{paused}", "paused"),
        (f"v{reserved}", "reserved"),
    }
    assert {card.get("data-own") for card in own_cards(page)} == {"52.373,4.893"}
    assert "/js/own-map.js" in page.text
    assert "https://tile.openstreetmap.org" in page.headers["Content-Security-Policy"]


def test_vehicles_without_a_point_are_counted_below_the_map(owner):
    owner.add_vehicle()
    words_only = (owner.add_vehicle(), owner.add_vehicle())
    without = {"latitude": None, "longitude": None, "cell": None}
    with owner.movr.engine.begin() as connection:
        connection.execute(update(Vehicles).where(Vehicles.id == words_only[0]).values(**without))
    assert "1 vehicle on this page isn't on the map" in words(profile(owner))
    with owner.movr.engine.begin() as connection:
        connection.execute(update(Vehicles).where(Vehicles.id.in_(words_only)).values(**without))
    assert "2 vehicles on this page aren't on the map" in words(profile(owner))
    with owner.movr.engine.begin() as connection:
        connection.execute(update(Vehicles).values(**without))
    page = profile(owner)
    for trace in ("on the map", "own-map", "leaflet"):
        assert trace not in page.text
    assert "tile.openstreetmap.org" not in page.headers["Content-Security-Policy"]


def test_whoever_shares_nothing_has_no_map(rider):
    page = profile(rider)
    assert "leaflet" not in page.text
    assert "own-map" not in page.text
