"""Writes the results of bench.regions. Times are in milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.distance import FARTHEST, PRIMARY, ROUND_TRIP_MS
from bench.measure import median, percentile_95, table
from bench.tasks import TASKS
from bench.visits import Traveller

# In seconds, the longest round trip within a region for which the results hold.
_LONGEST_NEAR = 0.001


@dataclass(frozen=True, slots=True)
class Comparison:
    """The results of one region: far, near and, if measured, in the plain way."""

    region: str
    far: Traveller
    near: Traveller
    plain_far: Traveller | None = None
    plain_near: Traveller | None = None

    @property
    def has_distance(self) -> bool:
        """Whether far is any farther than near."""
        return ROUND_TRIP_MS[self.region] > 0

    def trips_by_the_clock(self, task: str) -> float:
        """Return the number of round trips that explains how much longer a page takes from far
        away."""
        longer = median(self.far.page_times(task)) - median(self.near.page_times(task))
        return longer / (self.far.round_trip - self.near.round_trip)


def report(comparisons: Sequence[Comparison], circumstances: str, visits: int) -> str:
    """Return the whole report as Markdown."""
    parts = [
        "# Eight tasks in three regions, with the database far away and next door",
        f"{circumstances}\n- Visits: {visits} of each kind, taking turns",
        "Times are in milliseconds; README.md says how to read them.",
        "## All eight tasks together",
        _sums(comparisons),
        *(
            _plain_comparison(comparison)
            for comparison in comparisons
            if comparison.region == FARTHEST
        ),
        "![The time that each task waits for the database](regions.svg)",
    ]
    for comparison in comparisons:
        parts += [f"## {comparison.region}", _details(comparison)]
    return "\n\n".join(parts)


def _sums(comparisons: Sequence[Comparison]) -> str:
    head = (
        "client and application in",
        *("round trip: far", "near"),
        *("database time: far", "near", "ratio"),
        *("page time: far", "near", "ratio"),
    )
    rows = []
    for comparison in comparisons:
        far, near = comparison.far, comparison.near
        rows.append(
            (
                comparison.region,
                *(_ms(far.round_trip), _ms(near.round_trip)),
                *_pair(far.all_database_time, near.all_database_time),
                *_pair(far.all_page_time, near.all_page_time),
            )
        )
    farthest = next(each for each in comparisons if each.region == FARTHEST)
    far, near = farthest.far, farthest.near
    ratio = far.all_database_time / near.all_database_time
    longer = near.all_trips * (_LONGEST_NEAR - near.round_trip)
    least = far.all_database_time / (near.all_database_time + longer)
    return "\n\n".join(
        (
            f"Far: the database is in {PRIMARY}. Near: it is in the client's region. A visit "
            f"makes {farthest.far.all_trips} round trips to the database.",
            table(head, rows),
            f"Riders in {FARTHEST} wait {ratio:.0f} times as long for a database that is far. The "
            "near wire is shorter here than between two zones of a region: were its round trip "
            f"{_ms(_LONGEST_NEAR)} ms, it would be {least:.0f} times, by calculation. "
            "CockroachDB's article measured 60 times, 150 ms against 2.5 ms, for its application.",
            "Signing up is the one task that cannot stay at home altogether: a cluster that "
            "spans the regions asks all of them whether the username is free, which takes "
            "another round trip to the farthest. No single server can show that.",
        )
    )


def _plain_comparison(comparison: Comparison) -> str:
    plain_far, plain_near = comparison.plain_far, comparison.plain_near
    if plain_far is None or plain_near is None:
        raise ValueError(f"the plain way was not measured in {comparison.region}")
    far, near = comparison.far, comparison.near
    head = (
        "task",
        *("round trips: plain", "MovR"),
        *("far: plain", "MovR", "ratio"),
        *("near: plain", "MovR", "ratio"),
    )
    rows = [
        (
            task,
            *(str(plain_far.trips(task)), str(far.trips(task))),
            *_pair(median(plain_far.database_times(task)), median(far.database_times(task))),
            *_pair(median(plain_near.database_times(task)), median(near.database_times(task))),
        )
        for task in TASKS
    ]
    rows.append(
        (
            "all",
            *(str(plain_far.all_trips), str(far.all_trips)),
            *_pair(plain_far.all_database_time, far.all_database_time),
            *_pair(plain_near.all_database_time, near.all_database_time),
        )
    )
    return (
        "## Fewer round trips\n\n"
        f"Database time in {comparison.region}, in the plain way of the tutorial (reference.py) "
        f"and in MovR's.\n\n{table(head, rows)}"
    )


def _details(comparison: Comparison) -> str:
    head = (
        *("task", "round trips", "by the clock"),
        *("database: far", "p95", "near", "p95", "ratio"),
        *("page: far", "p95", "near", "p95", "ratio"),
    )
    rows = []
    for task in TASKS:
        by_the_clock = (
            f"{comparison.trips_by_the_clock(task):.1f}" if comparison.has_distance else "-"
        )
        cells = [task, str(comparison.far.trips(task)), by_the_clock]
        for far, near in (
            (comparison.far.database_times(task), comparison.near.database_times(task)),
            (comparison.far.page_times(task), comparison.near.page_times(task)),
        ):
            far_ms, near_ms, ratio = _pair(median(far), median(near))
            cells += [far_ms, _ms(percentile_95(far)), near_ms, _ms(percentile_95(near)), ratio]
        rows.append(cells)
    return table(head, rows)


def _pair(first: float, second: float) -> tuple[str, str, str]:
    return _ms(first), _ms(second), f"{first / second:.1f}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1_000:.1f}"
