"""What model_machine.py draws from: whose turn it is, what they name, and when it happens."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from movr.kinds import ProblemKind, VehicleType
from movr.numbers import CANDIDATES
from movr.records import LoginSession, Place, Point
from tests.database.model_rows import CITIES
from tests.database.world import Key

PASSWORDS: Final = ("correct horse", "battery staple")


def some(table: str) -> st.SearchStrategy[Key]:
    """The key of a row; at times one that is wrong, or right in another city only."""
    return st.runner().flatmap(lambda machine: st.sampled_from(machine.keys(table)))


any_ride = st.runner().flatmap(lambda machine: st.sampled_from(list(machine.model.rides)))
# None stands for whoever may do it: the vehicle's owner or the ride's rider.
by_somebody = st.none() | st.none() | some("users")

days = st.sampled_from((date(2026, 11, 20), date(2026, 11, 21)))
# More than may live at once; often one that has begun before.
sessions = st.integers(0, 11).map(
    lambda number: LoginSession(
        UUID(int=number), date(2026, 11, 20), "Firefox on Linux", "rome" if number % 2 else ""
    )
)
sessions_or_none = st.none() | sessions
cities = st.sampled_from((*CITIES, "atlantis"))
several_cities = st.sampled_from((CITIES, CITIES[:1], CITIES[1:]))
usernames = st.sampled_from(("ada", "ADA", "Ben", "cleo", "Dora"))
passwords = st.sampled_from(PASSWORDS)
passwords_or_none = st.none() | passwords
types = st.sampled_from(VehicleType)
# Few, so that the same is often reported again.
problem_kinds = st.sampled_from((ProblemKind.BRAKES, ProblemKind.MISSING))
types_or_all = st.none() | types
places = st.sampled_from((Place("Pier 17", Point(40.7061, -73.9969)), Place("a corner")))
booleans = st.booleans()
times = st.integers(1, 3)
numbers = st.integers(0, 3)
numbers_or_none = st.none() | st.integers(0, 2)
# Whether the caller gives the id, which may be taken, perhaps by the very same call.
named = st.booleans()
# The clock of one container may be behind that of another.
ticks = st.sampled_from((0, 1, 1_000, 61_001, -1_000)).map(lambda ms: timedelta(milliseconds=ms))
# Around the ends of a reservation, and of the time until the next one.
waits = st.sampled_from((0, 299, 300, 599, 600, 899, 900, -1)).map(
    lambda seconds: timedelta(seconds=seconds)
)
# Or not said at all.
ticks_or_none = st.none() | ticks


def few_numbers(first: int) -> tuple[str, ...]:
    """Numbers for a vehicle, of so few that some, and at times all, are taken."""
    return tuple(f"222{2 + (first + place) % 5}" for place in range(CANDIDATES))
