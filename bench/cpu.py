"""The CPU time of a request, in multiples of that of an empty application.

Measures gunicorn's workers for each kind of request, in this tree and in an earlier commit. Other
work on the machine makes requests slower, but hardly changes the workers' CPU time. Then, how many
requests a second each of the two responds to, where the database takes its share of the machine.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

import click

from bench import throughput
from bench.databases import SQLITE, STANDIN, describe, new_databases
from bench.measure import circumstances, median, progress, table, write_result
from bench.subjects import Subject, empty_application, movr_of, tree_of
from movr import MovR
from tests.support.gunicorn_server import ROOT


@dataclass(frozen=True)
class Case:
    """A page, who requests it, and how many times the empty application's time it may take."""

    name: str
    path: str
    limit: float
    logged_in: bool = False


CASES: Final = (
    Case("/healthz", "/healthz", 1.4),
    Case("/vehicles, rider", "/vehicles", 5.0, logged_in=True),
    Case("/vehicles, visitor", "/vehicles", 4.1),
    Case("/rides, rider", "/rides", 3.4, logged_in=True),
    Case("/users, rider", "/users", 3.6, logged_in=True),
    Case("/login, visitor", "/login", 2.3),
)


@dataclass
class Costs:
    """The CPU time of one kind of request: a list for each subject, the empty application first."""

    case: Case
    seconds: list[list[float]]
    lengths: list[int] = field(default_factory=list)

    def times(self, subject: int) -> float:
        """Return a subject's multiple of the empty application's time: the median of all rounds."""
        return median(
            cost / unit for cost, unit in zip(self.seconds[subject], self.seconds[0], strict=True)
        )


def measure(subjects: Sequence[Subject], rounds: int, requests: int) -> list[Costs]:
    """Send each kind of request to the subjects in turn."""
    found = [Costs(case, [[] for _ in subjects]) for case in CASES]
    with progress(len(CASES) * (rounds + 1), "Requests") as bar:
        for turn in range(rounds + 1):
            for costs in found:
                order = list(enumerate(subjects))
                lengths = [0] * len(subjects)
                for place, subject in order if turn % 2 else reversed(order):
                    path = costs.case.path if place else "/healthz"
                    cookie = subject.cookie if costs.case.logged_in else ""
                    cost = subject.cost(path, cookie, requests)
                    lengths[place] = subject.last_length
                    # The first round connects, compiles templates and reads files, so it does not
                    # count.
                    if turn:
                        costs.seconds[place].append(cost)
                costs.lengths = lengths
                bar.update(1)
    return found


def _section(kind: str, subjects: Sequence[Subject], found: Sequence[Costs]) -> str:
    head = ["request", "empty application, ms"]
    for subject in subjects[1:]:
        head += [f"{subject.name}, ms", "times empty"]
    head += ["to reach", "kB sent"]
    rows = []
    for costs in found:
        row = [costs.case.name, _spread(costs.seconds[0])]
        for place in range(1, len(subjects)):
            row += [_spread(costs.seconds[place]), f"{costs.times(place):.1f}"]
        sent = " / ".join(f"{length / 1000:.1f}" for length in costs.lengths[1:])
        rows.append((*row, f"{costs.case.limit:.1f}", sent))
    return f"## {kind}\n\n{table(head, rows)}"


def _spread(seconds: Sequence[float]) -> str:
    low, middle, high = min(seconds), median(seconds), max(seconds)
    return " / ".join(f"{1000 * value:.2f}" for value in (low, middle, high))


_EXPLANATION: Final = (
    "CPU time of gunicorn's two workers of four threads for one request, user and system together:"
    " minimum / median / maximum of the rounds. In each round every server is asked the same number"
    " of times, one after the other. The empty application is one of Flask with a single route,"
    " under gunicorn's own threaded worker; how many times as much a request costs is the median of"
    " what it was in each round. The client takes compressed pages; kB are what it was sent."
)


@click.command()
@click.option("--base", help="A commit to measure beside this tree.")
@click.option("--rounds", type=click.IntRange(1), default=12, show_default=True)
@click.option("--requests", type=click.IntRange(1), default=50, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1), default=1.5, show_default=True)
@click.option("--only", type=click.Choice([SQLITE, STANDIN]), help="One database, nothing kept.")
def main(base: str | None, rounds: int, requests: int, seconds: float, only: str | None) -> None:
    """Measure requests; exits with 1 if one takes more than it may."""
    sections, over, databases = [], [], []
    with ExitStack() as trees:
        sources = [(ROOT, "this tree")]
        if base:
            sources.insert(0, (trees.enter_context(tree_of(base)), base[:12]))
        for kind in [only] if only else [SQLITE, STANDIN]:
            with ExitStack() as stack:
                uris = stack.enter_context(new_databases(kind, count=len(sources)))
                subjects = [stack.enter_context(empty_application())]
                subjects += [
                    stack.enter_context(movr_of(tree, name, uri, kind))
                    for (tree, name), uri in zip(sources, uris, strict=True)
                ]
                found = measure(subjects, rounds, requests)
                database = describe(MovR(uris[0]).engine)
                sections.append(_section(database, subjects, found))
                if base and kind == STANDIN:
                    rates = throughput.measure(subjects[1:], rounds, seconds)
                    sections.append(throughput.section(subjects[1:], rates))
            databases.append(database)
            over += [
                f"{costs.case.name} on {database}"
                for costs in found
                if costs.times(-1) > costs.case.limit
            ]
    command = "make bench-cpu" + (f" BASE={base}" if base else "")
    text = "\n\n".join(
        (
            "# What a request costs the processor",
            circumstances(command, " and ".join(databases)),
            _EXPLANATION,
            *sections,
        )
    )
    if only:
        print(text)
    else:
        write_result("cpu.md", text)
    if over:
        sys.exit(f"More than it may cost: {'; '.join(over)}.")


if __name__ == "__main__":
    main()
