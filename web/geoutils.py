"""Where the client is: from what the rider chose, headers and home to a city, with the reason.

A header is a hint for what to show. It never decides who may do what.
"""

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request, session
from flask_login import current_user

from movr.records import Point
from movr.regions import CITIES, REGIONS, City, city_named, nearest_city
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
    """The city that a client is shown and why.

    `elsewhere` is the city that the client is in or near, where another region serves it.
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
    """Return the first of `offered` that the hints point to, in the order of the parameters.

    Whoever chooses one of the `known` cities gets it, wherever it is. A hint at another one that
    is not offered here is taken for `elsewhere`.
    """
    elsewhere: City | None = None
    hints = (
        (CITIES.get(chosen or ""), Reason.CHOSEN),
        (city_named(decode_header(city_header)), Reason.CITY_HEADER),
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


def decode_header(value: str) -> str:
    """Return a header's text: UTF-8 that WSGI hands over as Latin-1, perhaps percent-encoded."""
    if len(value) > _LONGEST_HEADER:
        return ""
    # A value that is not UTF-8 was meant as Latin-1.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return unquote(value)


def parse_lat_long(value: str) -> Point | None:
    """Return the point that "37.386051,-122.083851" says, or None.

    Balancers that do not know say "0.000000,0.000000", a point in the ocean: None as well.
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


def offered_cities() -> tuple[City, ...]:
    """Return the cities that this container serves: its region's, or all.

    One that the cluster does not know yet is left out: the database would refuse its rows.
    """
    region: str | None = current_app.config["REGION"]
    served = REGIONS[region] if region else tuple(CITIES.values())
    # A container that may offer none of its cities is not ready, and soon not asked any more.
    return tuple(city for city in served if city.name not in movr.unknown_cities) or served


def other_cities() -> tuple[City, ...]:
    """Return the cities of other regions, which can be looked at from here."""
    return tuple(
        city for city in CITIES.values() if is_far(city) and city.name not in movr.unknown_cities
    )


def is_far(city: City) -> bool:
    """Return whether a city is in another region than this container, as far as this is known."""
    region: str | None = current_app.config["REGION"]
    return region is not None and city.region != region


def cities_nearby() -> list[str]:
    """Return the names of the cities in this container's region, or that of the city shown."""
    region: str = current_app.config["REGION"] or client_location().city.region
    return [city.name for city in REGIONS[region]]


def client_location() -> Location:
    """Return where the client of this request is."""
    if "location" not in g:
        config = current_app.config
        g.location = locate(
            offered_cities(),
            chosen=session.get(CHOSEN_CITY),
            city_header=request.headers.get(config["CITY_HEADER"] or "", ""),
            lat_long_header=",".join(
                request.headers.get(name, "") for name in config["CITY_LAT_LONG_HEADERS"]
            ),
            home=current_user.user.city if current_user.is_authenticated else None,
            known=[city for city in CITIES.values() if city.name not in movr.unknown_cities],
        )
    location: Location = g.location
    return location


def init_app(app: Flask) -> None:
    """Say in every response which region it was served from, and which city's page it is."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        # Only pages that have asked where the client is: the others need no session.
        location: Location | None = g.get("location")
        region = app.config["REGION"] or (location and location.city.region)
        if region:
            response.headers["MovR-Region"] = region
        if location:
            response.headers["MovR-City"] = location.city.name
        return response
