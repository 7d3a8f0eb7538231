"""The numbers of vehicles, which people read off them, read aloud and type: "NY-4F7K".

A number is the city's prefix and four characters that are unique in the city; the tables hold only
these. The 25 characters look and sound as different as letters and digits can: of those that are
taken for each other one is left, which the others are read as. Without A and E they spell nothing.
25 ** 4 are 390,625 numbers: in a city of 100,000 vehicles every fourth one is taken. Each vehicle
gets the first free one of four random numbers there, and so goes without in 1 case of 230, until
its owner looks at it.
"""

from random import SystemRandom
from typing import Final

from movr.regions import CITIES

ALPHABET: Final = "23456789CDFGHJKMNPQRTVWXY"
_LENGTH: Final = 4
CANDIDATES: Final = 4
"""From how many random numbers a vehicle gets one."""

# What can only be a slip of an eye or a finger. 1, I and L look like nothing else in the alphabet.
_MEANT: Final = str.maketrans("0OSZBU", "QQ528V")
_LONGEST: Final = 40

_random = SystemRandom()


def new_numbers() -> tuple[str, ...]:
    """Return random numbers for a vehicle, of which it gets the first that is free in its city."""
    return tuple("".join(_random.choices(ALPHABET, k=_LENGTH)) for _ in range(CANDIDATES))


def full_number(city: str, number: str) -> str:
    """Return a number as people read it, with the prefix of its city."""
    return f"{CITIES[city].prefix}-{number}"


def read_number(text: str, here: str | None = None) -> tuple[str, str] | None:
    """Return the city and the number that somebody has typed, or None if it can be no number.

    Capitals, blanks and hyphens do not matter. Without a prefix, it is a number of the city `here`.
    """
    if len(text) > _LONGEST:
        return None
    typed = _as_meant("".join(filter(str.isalnum, text)))
    prefix, number = typed[:-_LENGTH], typed[-_LENGTH:]
    city = _CITY_OF_PREFIX.get(prefix) if prefix else here
    if city is None or len(number) != _LENGTH or not set(number) <= set(ALPHABET):
        return None
    return city, number


def _as_meant(text: str) -> str:
    return text.upper().translate(_MEANT)


_CITY_OF_PREFIX: Final = {_as_meant(city.prefix): city.name for city in CITIES.values()}
