"""Compares the cost of pages in a city with that in a city a thousand times larger.

Each city has its own database, so that the small one's tables are small.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import click

from bench.cities import CITY, ORIGIN, City
from bench.databases import SQLITE, STANDIN, describe, new_app, new_databases
from bench.measure import circumstances, median, table, take_turns, write_result
from movr.kinds import VehicleType
from movr.records import Page
from movr.sample import Sizes

# The large city may take this many times as much as the small one, in time and in bytes. The
# backend's part of a page is so short that a deeper index and rows from many leaves of it show.
ALLOWED = 1.3
ALLOWED_BACKEND = 2.0

SIZES = (
    Sizes(vehicles=100, riders=100, rides=200),
    Sizes(vehicles=100_000, riders=100_000, rides=100_000),
)
RIDES_OF_RIDER = (100, 10_000)

FILES = {SQLITE: "growth.md", STANDIN: "growth-postgresql.md"}

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A page and the backend call behind it, at random cursors or at the beginning."""

    name: str
    path: str
    call: Callable[[City, str | None], Page[Any]]
    late_cursors: Callable[[City, int], list[str]] | None = None


def _vehicles(city: City, cursor: str | None, **filters: Any) -> Page[Any]:
    return city.movr.get_vehicles(city=CITY, cursor=cursor, **filters)


def _bikes(city: City, cursor: str | None) -> Page[Any]:
    return _vehicles(city, cursor, vehicle_type=VehicleType.BIKE)


def _available(city: City, cursor: str | None) -> Page[Any]:
    return _vehicles(city, cursor, available_only=True)


def _rides(city: City, cursor: str | None) -> Page[Any]:
    return city.movr.get_rides(
        cities=[CITY],
        rider_city=CITY,
        rider_id=city.rider_id,
        cursor=cursor,
    )


def _users(city: City, cursor: str | None) -> Page[Any]:
    return city.movr.get_users(city=CITY, cursor=cursor)


CASES = (
    Case("vehicles", "/vehicles?", _vehicles),
    Case("vehicles, late pages", "/vehicles?", _vehicles, City.vehicle_cursors),
    Case("bikes", "/vehicles?type=bike", _bikes),
    Case("available", "/vehicles?available=1", _available),
    Case("available, late pages", "/vehicles?available=1", _available, City.vehicle_cursors),
    Case("rides", "/rides?", _rides),
    Case("rides, late pages", "/rides?", _rides, City.ride_cursors),
    Case("riders", "/users?", _users),
    Case("riders, late pages", "/users?", _users, City.user_cursors),
)


@dataclass(frozen=True, slots=True)
class Result:
    """The results for the small and the large city: two times in seconds, and the size in bytes."""

    name: str
    page_times: Pair
    call_times: Pair
    lengths: Pair

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return the large city's values as multiples of the small one's."""
        pairs = (self.page_times, self.call_times, self.lengths)
        return tuple(large / small for small, large in pairs)

    @property
    def is_over(self) -> bool:
        """Whether the large city takes more than is allowed."""
        page, backend, length = self.ratios
        return max(page, length) > ALLOWED or backend > ALLOWED_BACKEND


def measure(case: Case, cities: Sequence[City], times: int) -> Result:
    """Measure the page and then the backend call, in both cities in turn."""
    lengths: tuple[list[int], ...] = ([], [])
    pages, calls = [], []
    for city, received in zip(cities, lengths, strict=True):
        cursors: list[Any] = case.late_cursors(city, times) if case.late_cursors else [None]
        pages.append(_getter(city, case, cursors, received))
        calls.append(_caller(city, case, cursors))
    return Result(
        case.name,
        _medians(take_turns(pages, times, f"{case.name}: page")),
        _medians(take_turns(calls, times, f"{case.name}: backend")),
        _medians(lengths),
    )


def _medians(samples: Sequence[Sequence[float]]) -> Pair:
    small, large = (median(sample) for sample in samples)
    return small, large


def _getter(city: City, case: Case, cursors: list[Any], received: list[int]) -> Callable[[], None]:
    paths = cycle([case.path + (f"&after={quote(cursor)}" if cursor else "") for cursor in cursors])

    def get() -> None:
        response = city.client.get(next(paths), base_url=ORIGIN)
        if response.status_code != 200:
            raise RuntimeError(f"{case.path} returned {response.status}")
        received.append(len(response.data))

    return get


def _caller(city: City, case: Case, cursors: list[Any]) -> Callable[[], None]:
    places = cycle(cursors)

    def call() -> None:
        case.call(city, next(places))

    return call


_HEAD = (
    "",
    *("page, ms: small", "large", "ratio"),
    *("backend, ms: small", "large", "ratio"),
    *("page, kB: small", "large", "ratio"),
)


def report(results: Sequence[Result], cities: Sequence[City], command: str) -> str:
    """Return the results as Markdown, with what is needed to read and repeat them."""
    counts = [city.count_rows() for city in cities]
    tables = (
        (name, f"{counts[0][name]:,}", f"{counts[1][name]:,}")
        for name in ("users", "vehicles", "rides")
    )
    riders = ("rides of the rider", *(f"{count:,}" for count in RIDES_OF_RIDER))
    ratios = zip(*(result.ratios for result in results), strict=True)
    pages, backends, lengths = (max(each) for each in ratios)
    return "\n\n".join(
        (
            "# A page from a large city beside one from a small city",
            circumstances(command, describe(cities[0].movr.engine)),
            table(("rows", "small", "large"), (*tables, riders)),
            "Medians of requests that took turns between the two; the ratio is large by small."
            " Neither rows nor rendered parts are kept from one request to the next.",
            table(_HEAD, map(_row, results)),
            f"The largest ratio of a page is {max(pages, lengths):.2f}; at most {ALLOWED} is"
            f" allowed. That of the backend is {backends:.2f}, of at most {ALLOWED_BACKEND}.",
        )
    )


def _row(result: Result) -> tuple[str, ...]:
    cells = [result.name]
    units = (1_000, 1_000, 1 / 1_000)
    pairs = (result.page_times, result.call_times, result.lengths)
    for pair, unit, ratio in zip(pairs, units, result.ratios, strict=True):
        cells += [f"{value * unit:.2f}" for value in pair] + [f"{ratio:.2f}"]
    return tuple(cells)


@click.command()
@click.option("--standin", is_flag=True, help="On PostgreSQL in CockroachDB's place.")
@click.option("--db-uri", help="On a CockroachDB cluster; new databases are made and removed.")
@click.option(
    "--times",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="How often each page is asked for.",
)
def main(standin: bool, db_uri: str | None, times: int) -> None:
    """Compare a small city with a large one; exits with 1 if a ratio exceeds its limit."""
    kind = db_uri or (STANDIN if standin else SQLITE)
    with ExitStack() as stack:
        # The small city has few pages, whose rows and cards would all be kept. Of the large one's
        # late pages each is asked for once.
        stack.enter_context(
            patch("movr.database.reading._record", lambda convert, row: convert(row))
        )
        stack.enter_context(patch("web.fragments._MAX_KEPT", 0))
        uris = stack.enter_context(new_databases(kind, count=len(SIZES)))
        cities = [
            City(stack.enter_context(new_app(uri, kind)), sizes, rides)
            for uri, sizes, rides in zip(uris, SIZES, RIDES_OF_RIDER, strict=True)
        ]
        results = [measure(case, cities, times) for case in CASES]
        command = (
            "python -m bench.growth"
            + (" --standin" if standin else "")
            + (" --db-uri URI" if db_uri else "")
        )
        write_result(FILES.get(kind, "growth-cockroachdb.md"), report(results, cities, command))
    over = [result.name for result in results if result.is_over]
    if over:
        sys.exit(f"Over the limit: {'; '.join(over)}.")


if __name__ == "__main__":
    main()
