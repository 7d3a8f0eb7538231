"""`make failures`: what becomes of rides while their database is killed (bench/results)."""

import signal
import sys
from statistics import median

import click

from bench.measure import circumstances, table, write_result
from tests.failure.kills import RIDERS, Figures, run


def lines(figures: Figures) -> list[tuple[str, str]]:
    """The figures of a run, each with its name."""
    seconds = [outage.seconds_to_recover for outage in figures.outages]
    under_way = [outage.forms_under_way for outage in figures.outages]
    return [
        ("riders at a time", str(RIDERS)),
        ("kills of the database server", str(len(figures.outages))),
        ("forms under way at a kill, least and most", f"{min(under_way)} and {max(under_way)}"),
        ("starts tried", str(figures.starts_tried)),
        ("starts answered", str(figures.starts_answered)),
        ("starts refused: somebody was faster", str(figures.starts_refused)),
        ("ends tried", str(figures.ends_tried)),
        ("ends answered", str(figures.ends_answered)),
        ("forms sent again after a 503", str(figures.sent_again)),
        ("lost", str(figures.lost)),
        ("doubled", str(figures.doubled)),
        ("requests and looks in the history", str(len(figures.calls))),
        ("riders and vehicles without an order", str(len(figures.out_of_order))),
        ("rows that break a rule", str(len(figures.broken_rules))),
        ("answers that should not be", str(len(figures.surprises))),
        ("seconds to recover, median and most", f"{median(seconds):.2f} and {max(seconds):.2f}"),
        ("workers were restarted", "no" if figures.same_workers else "yes"),
    ]


def result(figures: Figures) -> str:
    """The page that is kept of a run."""
    return "\n\n".join(
        (
            "# Rides while their database is killed",
            circumstances("make failures", figures.database),
            f"{RIDERS} riders start and end rides through gunicorn while the database server is"
            " killed and started again. Lost is what was answered and is not in the tables; doubled"
            " is a ride that is there and that nobody was told of.",
            table(("", "figure"), lines(figures)),
        )
    )


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=10, show_default=True)
def report(kills: int) -> None:
    """Let 8 riders ride while the database server is killed and started again."""
    # By default this signal would end us without ending the servers that we have started.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit("stopped"))
    with click.progressbar(length=kills, label="Kills", file=sys.stderr) as bar:
        figures = run(kills, bar.update)
    write_result("failures.md", result(figures))
    wrong = (*figures.out_of_order, *figures.broken_rules, *figures.surprises)
    for each in wrong:
        click.echo(each)
    if len(figures.outages) < kills or wrong or figures.lost or figures.doubled:
        raise SystemExit(1)


if __name__ == "__main__":
    report()
