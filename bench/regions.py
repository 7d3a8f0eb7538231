"""The cost of a rider's tasks in each region, with a database far away and with one next door.

Far means one database in the primary region; near means that each region has its own rows, as in
dbinit.sql. The application always runs in the rider's own region.
"""

import importlib.util
import sys
from contextlib import ExitStack

import click

from bench.databases import STANDIN, describe, new_app, new_databases
from bench.distance import FARTHEST, one_way
from bench.measure import RESULTS, circumstances, write_result
from bench.regions_report import Comparison, report
from bench.visits import in_the_plain_way, take_turns, with_movr
from movr.regions import REGIONS
from movr.sample import Sizes

_SIZES = Sizes(vehicles=36, riders=12, rides=60)


def compare(uri: str, kind: str, region: str, visits: int) -> Comparison:
    """Have riders of a region make visits over the far and the near connection.

    In the region that is farthest away, they also do their tasks in the plain way.
    """
    ways = [with_movr, in_the_plain_way] if region == FARTHEST else [with_movr]
    with ExitStack() as stack:
        travellers = [
            stack.enter_context(way(uri, kind, region, delay))
            for way in ways
            for delay in (one_way(region), 0.0)
        ]
        take_turns(travellers, visits, region)
        return Comparison(region, *travellers)


def _prepare(uri: str, kind: str) -> str:
    """Create the tables and a city in each region; return the name of the database."""
    with new_app(uri, kind) as app:
        movr = app.extensions["movr"]
        movr.create_schema()
        for cities in REGIONS.values():
            for _ in movr.add_sample(cities[0].name, _SIZES):
                pass
        return describe(movr.engine)


@click.command()
@click.option("--db-uri", help="On a CockroachDB cluster; a new database is made and removed.")
@click.option(
    "--visits",
    type=click.IntRange(2),
    default=12,
    show_default=True,
    help="How often each task is done.",
)
def main(db_uri: str | None, visits: int) -> None:
    """Replay eight tasks of riders in three regions. Takes some four minutes."""
    if importlib.util.find_spec("matplotlib") is None:
        sys.exit("Matplotlib is missing: pip install -r bench/requirements.txt")
    from bench.regions_plot import plot

    kind = db_uri or STANDIN
    with new_databases(kind) as [uri]:
        database = _prepare(uri, kind)
        comparisons = [compare(uri, kind, region, visits) for region in REGIONS]
    command = "python -m bench.regions" + (" --db-uri URI" if db_uri else "")
    write_result("regions.md", report(comparisons, circumstances(command, database), visits))
    plot(comparisons, RESULTS / "regions.svg")


if __name__ == "__main__":
    main()
