"""The figures that MovR keeps to: how long things last, and how long texts may be."""

from datetime import timedelta
from typing import Final

CANCEL_WITHIN: Final = timedelta(seconds=60)
"""How long after its start a ride can be cancelled."""

RESERVED_FOR: Final = timedelta(minutes=10)
"""How long a vehicle is kept for the rider who reserves it."""

RESERVED_AGAIN_AFTER: Final = timedelta(minutes=5)
"""How long after the end of an unused reservation its rider can reserve the vehicle again."""

MOST_PROBLEMS: Final = 500
"""How many open problems are read at most: of a city, or of the vehicles on an owner's page."""


class Lengths:
    """The maximum number of characters of each text."""

    CITY: Final = 32
    BROWSER: Final = 32
    NAME: Final = 64
    EMAIL: Final = 254
    EMAIL_HASH: Final = 32
    RESET_HASH: Final = 64
    USERNAME: Final = 32
    LOCATION: Final = 120
    NUMBER: Final = 8
    MAIL_KIND: Final = 16
    LANGUAGE: Final = 16
    PROBLEM: Final = 400
