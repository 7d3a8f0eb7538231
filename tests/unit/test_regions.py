"""The catalogue: the cities of each region, their names in many forms, and distances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movr.places import PLACES
from movr.records import Point
from movr.regions import CITIES, REGIONS, city_named, distance_km, nearest_city, normalised
from movr.rules import Lengths


def test_regions_and_their_cities_are_those_of_the_design():
    assert {region: [city.name for city in cities] for region, cities in REGIONS.items()} == {
        "gcp-us-east1": ["new york", "boston", "washington dc"],
        "gcp-us-west1": ["san francisco", "seattle", "los angeles"],
        "gcp-europe-west1": ["amsterdam", "paris", "rome"],
    }


def test_every_city_is_in_one_region_and_fits_into_its_column():
    assert sorted(city.name for cities in REGIONS.values() for city in cities) == sorted(CITIES)
    for name, city in CITIES.items():
        assert name == city.name == name.lower()
        assert len(name) <= Lengths.CITY
        # It stands in SQL texts, between quotes.
        assert "'" not in name


def test_no_name_means_two_cities():
    names = [normalised(name) for city in CITIES.values() for name in {city.name, *city.aliases}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("new york", "new york"),
        ("New York", "new york"),
        ("NEW  YORK ", "new york"),
        ("New-York", "new york"),
        ("NYC", "new york"),
        ("New York City", "new york"),
        ("Washington, D.C.", "washington dc"),
        ("Washington", "washington dc"),
        ("SF", "san francisco"),
        ("Los Ángeles", "los angeles"),
        ("LA", "los angeles"),
        ("Paříž", None),
        ("París", "paris"),
        ("Roma", "rome"),
        ("rom", "rome"),
        ("\uff32\uff2f\uff2d\uff25", "rome"),
        ("Roma Capitale", None),
        ("York", None),
        ("", None),
        ("?", None),
        ("\0", None),
    ],
)
def test_city_is_known_whatever_its_capitals_accents_and_punctuation(text, name):
    city = city_named(text)
    assert (city and city.name) == name


@given(st.text())
def test_any_text_names_a_city_or_none(text):
    assert city_named(text) in (None, *CITIES.values())
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        ("paris", "rome", 1106),
        ("paris", "amsterdam", 430),
        ("new york", "boston", 306),
        ("new york", "los angeles", 3936),
        ("san francisco", "seattle", 1093),
        ("new york", "paris", 5837),
        ("rome", "rome", 0),
    ],
)
def test_distance_is_that_of_the_map(start, end, km):
    city = CITIES[start]
    assert distance_km(city.centre, CITIES[end].centre) == pytest.approx(km, abs=3)


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ((37.386051, -122.083851), "san francisco"),
        ((51.5074, -0.1278), "paris"),
        ((45.5152, -122.6784), "seattle"),
        ((39.9526, -75.1652), "new york"),
        ((39.2904, -76.6122), "washington dc"),
        ((-33.8688, 151.2093), "san francisco"),
        ((90, 0), "amsterdam"),
        ((64.1466, -21.9426), "amsterdam"),
        # Just across the date line, where degrees of longitude say nothing of the distance.
        ((52.0, 179.9), "seattle"),
        ((52.0, -179.9), "seattle"),
    ],
)
def test_nearest_city_is_that_of_the_globe(point, name):
    assert nearest_city(Point(*point), CITIES.values()).name == name


def test_nearest_is_chosen_among_those_given_only():
    assert nearest_city(Point(51.5, -0.1), REGIONS["gcp-us-east1"]).name == "boston"


def test_every_city_has_places_nearby_to_start_and_end_rides_at():
    assert PLACES.keys() == CITIES.keys()
    for name, places in PLACES.items():
        assert len(places) >= 10
        for place in places:
            assert distance_km(place.point, CITIES[name].centre) < 25, place
