"""Plots the results of bench.regions. The same numbers give the same file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.distance import FARTHEST
from bench.measure import median
from bench.regions_report import Comparison
from bench.tasks import TASKS

# Keep text as text, and ids free of random numbers.
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "movr", "font.family": "sans-serif"}


def plot(comparisons: Sequence[Comparison], path: Path) -> None:
    """Write an SVG with the database time of each task in the farthest region."""
    (comparison,) = (each for each in comparisons if each.region == FARTHEST)
    series = (
        ("database far, the plain way", comparison.plain_far, "#b3261e", "s"),
        ("database far, MovR", comparison.far, "#e08a00", "D"),
        ("database near, the plain way", comparison.plain_near, "#5a86d6", "^"),
        ("database near, MovR", comparison.near, "#1b6e3c", "o"),
    )
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 4), layout="constrained")
        axes = figure.add_subplot()
        places = range(len(TASKS))
        for label, traveller, color, marker in series:
            if traveller is not None:
                times = [median(traveller.database_times(task)) * 1_000 for task in TASKS]
                axes.plot(times, places, marker, color=color, label=label)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("milliseconds that a task waits for the database (median, logarithmic)")
        axes.set_yticks(places, TASKS)
        axes.invert_yaxis()
        axes.grid(alpha=0.3)
        axes.set_title(f"Riders in {FARTHEST}")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
