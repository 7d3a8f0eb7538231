"""Containers that serve one region, and those that serve all: what they offer and say."""

import pytest
from flask import request

from movr.regions import CITIES, REGIONS
from tests.web.site import (
    SiteClient,
    heading,
    is_redirect,
    join,
    log_in,
    new_browser,
    receipt,
    words,
)
from web.config import Config

EUROPE = "gcp-europe-west1"
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def european(new_app, config, app):
    """The application of a container in Europe, on the same database."""
    settings = {"SECRET_KEY": config.SECRET_KEY, "DB_URI": config.DB_URI}
    european = new_app(Config(**settings, REGION=EUROPE))
    european.test_client_class = SiteClient
    return european


def offered(page):
    """The cities that a page has a button for."""
    return {
        city.name
        for city in CITIES.values()
        if f"/city/{city.name}" in page.text.replace("%20", " ")
    }


def test_a_container_without_a_region_offers_every_city(visitor):
    assert offered(visitor.get("/vehicles")) == set(CITIES)


def test_a_container_of_a_region_offers_its_cities_and_to_look_at_all_others(european):
    browser = new_browser(european)
    names = {city.name for city in REGIONS[EUROPE]}
    page = browser.get("/vehicles")
    assert offered(page) == set(CITIES)
    assert "Amsterdam Paris Rome Further away New York Boston" in words(page)
    page = browser.get("/register")
    values = {city.name for city in CITIES.values() if f'value="{city.name}"' in page.text}
    assert values == names


def test_a_city_of_another_region_is_shown_as_of_a_few_seconds_ago(app, european):
    join(app, city="boston").add_vehicle(location="Long Wharf")
    browser = new_browser(european)
    for city, is_far in (("boston", True), ("rome", False)):
        assert is_redirect(browser.submit(f"/city/{city}"), "/vehicles")
        for path in ("/", "/vehicles"):
            page = browser.get(path)
            assert CITIES[city].label in heading(page)
            assert ("Long Wharf" in words(page)) is is_far
            assert ("as it was a few seconds ago" in words(page)) is is_far


def test_rider_who_looks_at_a_far_city_sees_the_own_rides_of_this_region(app, european):
    rider = join(app, "roman", "rome")
    rider.add_vehicle(location="Pantheon")
    browser = new_browser(european)
    log_in(browser, "roman")
    browser.submit("/city/rome")
    browser.press(browser.get("/vehicles"), "Start ride: red bike, Pantheon")
    browser.press(browser.get("/rides"), "End ride", location="Colosseo")
    browser.submit("/city/boston")
    assert "Pantheon to Colosseo" in words(browser.get("/rides"))


def test_who_is_in_another_region_is_told_where_it_is_served(european):
    page = new_browser(european).get("/vehicles", headers={"X-City": "Boston"})
    assert "You seem to be in Boston, but our servers there aren't responding" in words(page)
    assert page.headers["MovR-Region"] == EUROPE


def test_nobody_signs_up_for_a_city_that_is_not_offered(european, movr):
    new = {"first_name": "Ada", "last_name": "L", "email": "a@example.com", "username": "ada"}
    browser = new_browser(european)
    fields = new | {"password": "an engine of difference", "city": "boston"}
    assert browser.submit("/register", fields).status_code == 422
    assert is_redirect(browser.submit("/register", fields | {"city": "rome"}), "/vehicles")


def test_a_rider_from_another_region_can_log_in_and_ride_away_from_home(app, european):
    american = join(app, "american", "boston")
    roman = join(app, city="rome")
    roman.add_vehicle(location="Pantheon")
    browser = new_browser(european)
    assert is_redirect(log_in(browser, "american"), "/vehicles")
    browser.submit("/city/rome")
    page = browser.get("/vehicles")
    assert is_redirect(browser.press(page, "Start ride: red bike, Pantheon"), "/rides")
    page = browser.get("/rides")
    ride = american.movr.get_user(city="boston", user_id=american.user.id).active_ride
    assert is_redirect(browser.press(page, "End ride", location="Colosseo"), receipt(ride))
    assert "Pantheon to Colosseo" in words(browser.get("/rides"))
    assert "Pantheon to Colosseo" in words(american.client.get("/rides"))


@pytest.mark.parametrize(
    ("headers", "region", "city"),
    [
        ({"X-City": "Rome"}, "gcp-europe-west1", "rome"),
        ({"X-City": "Seattle"}, "gcp-us-west1", "seattle"),
        ({}, "gcp-us-east1", "new york"),
    ],
)
def test_every_page_says_in_its_headers_where_it_came_from(visitor, headers, region, city):
    page = visitor.get("/vehicles", headers=headers)
    assert (page.headers["MovR-Region"], page.headers["MovR-City"]) == (region, city)


def test_headers_decide_what_is_shown_and_not_who_may_do_what(rider, owner):
    away = {"X-City": "Rome", "X-City-Lat-Long": "41.9,12.5"}
    assert heading(rider.client.get("/vehicles", headers=away)) == "Vehicles in Rome"
    new = {"type": "scooter", "color": "blue", "brand": "Vespa", "location": "Spui"}
    rider.client.submit("/vehicles/add", new, headers=away)
    profile = rider.client.get(f"/users/{rider.user.id}", headers=away)
    assert "Blue scooter" in words(profile)
    assert len(rider.movr.get_vehicles(city="amsterdam").rows) == 2
    assert rider.movr.get_vehicles(city="rome").rows == ()


def test_a_host_name_that_is_not_ours_is_refused(new_app, config):
    app = new_app(
        Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, TRUSTED_HOSTS=("movr.example",))
    )
    app.extensions["movr"].create_schema()
    client = app.test_client()
    assert client.get("/login", base_url="https://movr.example").status_code == 200
    for host in ("evil.example", "movr.example.evil.example", "localhost"):
        answer = client.get("/login", base_url=f"https://{host}")
        assert answer.status_code == 400
        assert answer.text == "MovR doesn't serve this host name.\n"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [(0, "127.0.0.1 http"), (1, "192.0.2.7 https"), (2, "198.51.100.1 https")],
)
def test_only_proxies_that_are_trusted_speak_for_the_client(new_app, config, proxies, seen):
    settings = {"SECRET_KEY": config.SECRET_KEY, "DB_URI": config.DB_URI}
    app = new_app(Config(**settings, TRUSTED_PROXIES=proxies))
    app.add_url_rule("/seen", view_func=lambda: (f"{request.remote_addr} {request.scheme}", TEXT))
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
    answer = app.test_client().get("/seen", base_url="http://localhost", headers=headers)
    assert answer.text == seen
