"""Reads a rider's history in all cities, also while some of them do not respond.

The rider's own row names the cities ridden in, so that no region is asked without need.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from movr.errors import WorldUnavailable
from movr.records import User
from movr.regions import CITIES, City
from web.extensions import movr
from web.geoutils import is_far

T = TypeVar("T")


def read_at_home(home: str, read: Callable[[list[str], bool], T]) -> T | None:
    """Return what `read` finds in a rider's home city; None if that is in another region."""
    return None if is_far(CITIES[home]) else read([home], False)


def read_history(
    rider: User, read: Callable[[list[str], bool], T], at_home: T | None = None
) -> tuple[T, list[City]]:
    """Return what `read` finds in the rider's cities, and the cities that did not respond.

    `read` is called with city names, and with whether they are in other regions. If the home city
    is all there is to ask, `at_home` is what it has returned for that.
    """
    names = {rider.city, *_ridden_in(rider)}
    cities = [city for city in CITIES.values() if city.name in names]
    home = CITIES[rider.city]
    far = [city for city in cities if is_far(city) or city.region != home.region]
    if far:
        # This page also ends the running ride, which may be at home.
        with suppress(WorldUnavailable):
            return read([city.name for city in cities], True), []
    near = [city.name for city in cities if city not in far]
    return (read(near, False) if at_home is None or near != [rider.city] else at_home), far


def _ridden_in(rider: User) -> tuple[str, ...]:
    if rider.ridden_in is not None:
        return rider.ridden_in
    try:
        return movr.note_cities(rider_city=rider.city, rider_id=rider.id)
    except WorldUnavailable:
        return tuple(CITIES)
