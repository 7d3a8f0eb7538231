"""Chooses the city to show, from the rider's choice, request headers or the home city.

A header is a hint for what to show. It never decides who may do what.
"""

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request, session

from movr.records import Point
from movr.regions import CITIES, REGIONS, City, city_named, nearest_city
from web.claims import claimed_home
from web.extensions import movr

CHOSEN_CITY: Final = "chosen_city"

_LONGEST_HEADER: Final = 200
_POLES: Final = 90
_DATE_LINE: Final = 180


class Reason(StrEnum):
    """Why a city is shown."""

    CHOSEN = "chosen"
    CITY_HEADER = "city header"
    NEAREST = "nearest"
    HOME = "home"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Location:
    """The city that a client is shown, and why.

    `elsewhere` is the city that the client is in or near, if another region serves it.
    """

    city: City
    reason: Reason
    elsewhere: City | None = None


def locate(
    offered: Sequence[City],
    *,
    chosen: str | None,
    city_header: str,
    lat_long_header: str,
    home: str | None,
    known: Collection[City] = CITIES.values(),
) -> Location:
    """Return the first of the `offered` cities that the hints name, in the order of the parameters.

    A chosen city counts if it is one of the `known` ones. A hint at a city that is not offered here
    becomes `elsewhere`.
    """
    elsewhere: City | None = None
    hints = (
        (CITIES.get(chosen or ""), Reason.CHOSEN),
        (_city_in(city_header), Reason.CITY_HEADER),
    )
    for city, reason in hints:
        if city is not None and (city in offered or (reason is Reason.CHOSEN and city in known)):
            return Location(city, reason)
        elsewhere = elsewhere or (city if city in known else None)
    point = parse_lat_long(lat_long_header)
    if point is not None:
        nearest = nearest_city(point, known)
        elsewhere = elsewhere or (nearest if nearest not in offered else None)
        return Location(nearest_city(point, offered), Reason.NEAREST, elsewhere)
    home_city = CITIES.get(home or "")
    if home_city is not None and home_city in offered:
        return Location(home_city, Reason.HOME, elsewhere)
    return Location(offered[0], Reason.FIRST, elsewhere)


@lru_cache(256)  # Of the names that balancers send.
def _city_in(header: str) -> City | None:
    return city_named(decode_header(header))


def decode_header(value: str) -> str:
    """Return the text of a header: UTF-8, read by WSGI as Latin-1, perhaps percent-encoded."""
    if len(value) > _LONGEST_HEADER:
        return ""
    # Not UTF-8, so it was meant as Latin-1.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return unquote(value)


def parse_lat_long(value: str) -> Point | None:
    """Return the point in a text such as "37.386051,-122.083851", or None.

    Also None for "0.000000,0.000000", by which load balancers mean "unknown".
    """
    if len(value) > _LONGEST_HEADER:
        return None
    try:
        latitude, longitude = (float(part) for part in unquote(value).split(","))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and abs(latitude) <= _POLES):
        return None
    if not (math.isfinite(longitude) and abs(longitude) <= _DATE_LINE):
        return None
    return Point(latitude, longitude) if (latitude, longitude) != (0.0, 0.0) else None


@dataclass(frozen=True, slots=True)
class _Cities:
    """The cities that the cluster knows, and which of them a container offers."""

    known: tuple[City, ...]
    offered: tuple[City, ...]
    others: tuple[City, ...]


@cache  # By the region, and by what the cluster does not know yet: the database would refuse it.
def _cities_of(region: str | None, unknown: frozenset[str]) -> _Cities:
    known = tuple(city for city in CITIES.values() if city.name not in unknown)
    served = REGIONS[region] if region else tuple(CITIES.values())
    return _Cities(
        known=known,
        # If the cluster knows none of them, show them all: the container is not ready anyway.
        offered=tuple(city for city in served if city in known) or served,
        others=tuple(city for city in known if region and city.region != region),
    )


def _cities() -> _Cities:
    return _cities_of(current_app.config["REGION"], movr.unknown_cities)


def offered_cities() -> tuple[City, ...]:
    """Return the cities that this container serves: those of its region, or all."""
    return _cities().offered


def other_cities() -> tuple[City, ...]:
    """Return the cities of other regions, which riders can look at from here."""
    return _cities().others


def is_far(city: City) -> bool:
    """Return whether a city is in another region than this container, if that is known."""
    region: str | None = current_app.config["REGION"]
    return region is not None and city.region != region


def cities_nearby() -> list[str]:
    """Return the names of the cities in this container's region, or in that of the shown city."""
    region: str = current_app.config["REGION"] or client_location().city.region
    return [city.name for city in REGIONS[region]]


def client_location() -> Location:
    """Return where the client of this request is."""
    noted = g._get_current_object()
    if "location" not in noted:
        config, headers, cities = current_app.config, request.headers, _cities()
        noted.location = locate(
            cities.offered,
            chosen=session.get(CHOSEN_CITY),
            city_header=headers.get(config["CITY_HEADER"] or "", ""),
            lat_long_header=",".join(
                headers.get(name, "") for name in config["CITY_LAT_LONG_HEADERS"]
            ),
            home=claimed_home(),
            known=cities.known,
        )
    location: Location = noted.location
    return location


def init_app(app: Flask) -> None:
    """Add headers to every response: the region that served it, and the city of the page."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        # Only on pages that have asked for the city: other responses need no session.
        location: Location | None = g.get("location")
        region = app.config["REGION"] or (location and location.city.region)
        if region:
            response.headers.add("MovR-Region", region)
        if location:
            response.headers.add("MovR-City", location.city.name)
        return response
