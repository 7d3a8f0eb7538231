"""A rider's history in all cities: which of them are asked, and what if some do not respond."""

import pytest
from sqlalchemy import update

from movr import MovR
from movr.errors import WorldUnavailable
from movr.models import User
from tests.web.site import join, words

PAGES = ("/rides", "/rides/months")
# What a page asks while nobody knows yet where the rider has ridden.
AT_HOME = ["amsterdam"]
SILENT = "We can't show your rides in Boston right now."


@pytest.fixture
def asked(monkeypatch):
    """The cities that pages ask, one list after the other; `silent` lets other regions be so."""
    asked = Asked()
    for name in ("get_rides", "get_ride_totals"):
        monkeypatch.setattr(MovR, name, asked.instead_of(getattr(MovR, name)))
    monkeypatch.setattr(MovR, "note_cities", asked.instead_of(MovR.note_cities, ["all"]))
    return asked


class Asked:
    """Stands between the pages and MovR."""

    def __init__(self):
        self.cities, self.silent = [], False

    def instead_of(self, method, cities=None):
        def call(movr, **given):
            self.cities.append(cities or given["cities"])
            if self.silent and given.pop("from_afar", True):
                raise WorldUnavailable
            return method(movr, **given)

        return call


@pytest.fixture
def ride_in(app, rider):
    """`ride_in(city)`: a ride of the rider there."""

    def ride_in(city):
        vehicle = join(app, city=city).add_vehicle(location=f"Central {city}")
        return rider.end_ride(rider.start_ride(vehicle, city), f"Far {city}")

    return ride_in


def forget(rider, **values):
    """Let the row be as the version before has left it."""
    with rider.movr.engine.begin() as connection:
        connection.execute(update(User).where(User.id == rider.user.id).values(**values))


@pytest.mark.parametrize("path", PAGES)
def test_who_has_ridden_at_home_only_asks_no_other_city(rider, ride_in, asked, path):
    rider.client.get(path)
    ride_in("amsterdam")
    # Which city is looked at does not matter.
    rider.client.submit("/city/boston")
    rider.client.get(path)
    assert asked.cities == [["amsterdam"], ["amsterdam"]]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_far_from_home_asks_it_once(app, rider, asked, path):
    app.config["REGION"] = "gcp-us-east1"
    rider.client.get(path)
    assert asked.cities == [["amsterdam"]]


@pytest.mark.parametrize("path", PAGES)
def test_each_city_ridden_in_is_asked_and_no_other(rider, ride_in, asked, path):
    for city in ("rome", "boston", "rome"):
        ride_in(city)
    text = words(rider.client.get(path))
    assert asked.cities == [AT_HOME, ["boston", "amsterdam", "rome"]]
    assert "Include all cities" not in text
    if path == "/rides":
        for city in ("boston", "rome"):
            assert f"Central {city} to Far {city}" in text


@pytest.mark.parametrize("path", PAGES)
def test_cities_that_were_not_noted_are_found_once(rider, ride_in, asked, path):
    ride_in("rome")
    forget(rider, ridden_in=(), rides_noted=0)
    for _ in range(2):
        rider.client.get(path)
    found = ["amsterdam", "rome"]
    assert asked.cities == [AT_HOME, ["all"], found, AT_HOME, found]


def test_a_ride_that_the_version_before_has_ended_is_found(rider, ride_in, asked):
    ride_in("rome")
    ride_in("boston")
    forget(rider, ridden_in=("rome",), rides_noted=1)
    assert "Far boston" in words(rider.client.get("/rides"))
    assert asked.cities[:2] == [AT_HOME, ["all"]]


@pytest.mark.parametrize("path", PAGES)
def test_a_silent_region_is_named_and_the_rest_is_shown(rider, ride_in, asked, path):
    ride_in("rome")
    ride_in("boston")
    asked.silent = True
    page = rider.client.get(path)
    assert page.status_code == 200
    assert SILENT in words(page)
    assert "Far rome" in words(page) or "Total 2026 1" in words(page) or path != "/rides"
    assert "Far boston" not in words(page)
    assert asked.cities == [AT_HOME, ["boston", "amsterdam", "rome"], ["amsterdam", "rome"]]


@pytest.mark.parametrize("path", PAGES)
def test_a_silent_region_leaves_what_was_read_at_home(rider, ride_in, asked, path):
    ride_in("boston")
    asked.silent = True
    assert SILENT in words(rider.client.get(path))
    assert asked.cities == [AT_HOME, ["boston", "amsterdam"]]


def test_a_ride_ends_while_another_region_is_silent(rider, owner, ride_in, asked):
    ride_in("boston")
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    rider.start_ride(bike.id)
    asked.silent = True
    ended = rider.client.press(rider.client.get("/rides"), "End ride", location="Spui")
    assert ended.status_code in (302, 303)


def test_cities_that_nobody_knows_and_that_are_silent_leave_those_of_the_region(
    rider, ride_in, asked
):
    ride_in("rome")
    forget(rider, ridden_in=(), rides_noted=0)
    asked.silent = True
    text = words(rider.client.get("/rides"))
    assert "Far rome" in text
    assert "We can't show your rides in New York, Boston," in text
