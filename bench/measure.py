"""What all measurements share: taking turns, statistics, and writing results."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click

RESULTS = Path(__file__).parent / "results"

# Add the work that the machine was doing before.
_LOAD_BEFORE = os.getloadavg()[0]


def take_turns(
    calls: Sequence[Callable[[], object]], times: int, label: str, *, warm_up: int = 10
) -> list[list[float]]:
    """Return the seconds that each call took, called in turn.

    So a slow moment of the machine affects all of them, and none is always first.
    """
    spent: list[list[float]] = [[] for _ in calls]
    with progress(times + warm_up, label) as bar:
        for turn in range(times + warm_up):
            order = range(len(calls)) if turn % 2 else reversed(range(len(calls)))
            for place in order:
                begin = perf_counter()
                calls[place]()
                if turn >= warm_up:
                    spent[place].append(perf_counter() - begin)
            bar.update(1)
    return spent


def progress(length: int, label: str) -> AbstractContextManager[Any]:
    """Return a progress bar on standard error."""
    return click.progressbar(length=length, label=f"{label:34}", file=sys.stderr)


def median(values: Iterable[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def percentile_95(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 do not exceed; of fewer than 20, nearly the largest."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns, numbers to the right."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join([first, *rest])} |"

    rule = [
        ("-" * width if not place else "-" * (width - 1) + ":")
        for place, width in enumerate(widths)
    ]
    return "\n".join([line(lines[0]), line(rule), *map(line, lines[1:])])


def circumstances(command: str, database: str) -> str:
    """Return a Markdown list of what is needed to repeat a measurement."""
    system = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    return "\n".join(
        (
            f"- Command: `{command}`",
            f"- Machine: {system}, Python {platform.python_version()}",
            f"- Other work on it: a load of {_LOAD_BEFORE:.1f} in the minute before",
            f"- Database: {database}",
            f"- Date: {datetime.now(UTC):%Y-%m-%d}",
        )
    )


def write_result(name: str, text: str) -> None:
    """Print a result and keep it in bench/results."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / name).write_text(text + "\n")
    print(text)
