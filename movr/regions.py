"""The catalogue of regions and cities: the one place to add a city.

A city's name is its key in every table and decides its region. After a change here, run
`make schema` for the new dbinit.sql; upgrade-db updates a running cluster.
"""

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from movr.records import Point

EARTH_RADIUS_KM: Final = 6371.0088


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """A city that MovR serves. Each is there once, and equal to itself alone."""

    name: str
    label: str
    prefix: str
    """What the numbers of its vehicles begin with (numbers.py): two letters, for good."""
    region: str
    centre: Point
    time_zone: ZoneInfo
    aliases: tuple[str, ...] = ()


_EAST: Final = "gcp-us-east1"
_WEST: Final = "gcp-us-west1"
_EUROPE: Final = "gcp-europe-west1"
_NEW_YORK_TIME: Final = ZoneInfo("America/New_York")
_LOS_ANGELES_TIME: Final = ZoneInfo("America/Los_Angeles")

_CATALOGUE: Final = (
    City(
        "new york",
        "New York",
        "NY",
        _EAST,
        Point(40.7128, -74.0060),
        _NEW_YORK_TIME,
        aliases=("new york city", "nyc", "manhattan", "brooklyn", "queens", "the bronx"),
    ),
    City("boston", "Boston", "BO", _EAST, Point(42.3601, -71.0589), _NEW_YORK_TIME),
    City(
        "washington dc",
        "Washington DC",
        "DC",
        _EAST,
        Point(38.9072, -77.0369),
        _NEW_YORK_TIME,
        aliases=("washington", "washington d c", "district of columbia"),
    ),
    City(
        "san francisco",
        "San Francisco",
        "SF",
        _WEST,
        Point(37.7749, -122.4194),
        _LOS_ANGELES_TIME,
        aliases=("sf", "san francisco ca"),
    ),
    City("seattle", "Seattle", "SE", _WEST, Point(47.6062, -122.3321), _LOS_ANGELES_TIME),
    City(
        "los angeles",
        "Los Angeles",
        "LA",
        _WEST,
        Point(34.0522, -118.2437),
        _LOS_ANGELES_TIME,
        aliases=("la", "los angeles ca"),
    ),
    City(
        "amsterdam",
        "Amsterdam",
        "AM",
        _EUROPE,
        Point(52.3676, 4.9041),
        ZoneInfo("Europe/Amsterdam"),
    ),
    City(
        "paris",
        "Paris",
        "PA",
        _EUROPE,
        Point(48.8566, 2.3522),
        ZoneInfo("Europe/Paris"),
        aliases=("parijs", "parigi"),
    ),
    City(
        "rome",
        "Rome",
        "RO",
        _EUROPE,
        Point(41.9028, 12.4964),
        ZoneInfo("Europe/Rome"),
        aliases=("roma", "rom"),
    ),
)

CITIES: Final[dict[str, City]] = {city.name: city for city in _CATALOGUE}
"""Every city by its name, in the catalogue's order."""

REGIONS: Final[dict[str, tuple[City, ...]]] = {
    region: tuple(city for city in _CATALOGUE if city.region == region)
    for region in dict.fromkeys(city.region for city in _CATALOGUE)
}
"""The cities of each region, in the catalogue's order; the first region is the primary one."""


def normalised(text: str) -> str:
    """Return `text` in lower case, without accents, punctuation and extra spaces."""
    # Unicode does not decompose the ligature in Sacré-Cœur.
    plain = unicodedata.normalize("NFKD", text).replace("œ", "oe").replace("Œ", "oe")
    letters = (
        character if character.isalnum() else " "
        for character in plain.casefold()
        if not unicodedata.combining(character)
    )
    return " ".join("".join(letters).split())


_BY_NORMALISED_NAME: Final = {
    normalised(name): city for city in _CATALOGUE for name in (city.name, *city.aliases)
}


def city_named(text: str) -> City | None:
    """Return the city with this name or alias, ignoring case, accents and punctuation."""
    return _BY_NORMALISED_NAME.get(normalised(text))


def distance_km(one: Point, other: Point) -> float:
    """Return the great-circle distance between two points in km (the haversine formula)."""
    from_latitude, to_latitude = math.radians(one.latitude), math.radians(other.latitude)
    half_north = (to_latitude - from_latitude) / 2
    half_east = math.radians(other.longitude - one.longitude) / 2
    haversine = (
        math.sin(half_north) ** 2
        + math.cos(from_latitude) * math.cos(to_latitude) * math.sin(half_east) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(haversine))


def nearest_city(point: Point, cities: Iterable[City]) -> City:
    """Return the one of `cities` whose centre is nearest to a point."""
    return min(cities, key=lambda city: distance_km(point, city.centre))
