"""`make failures`: what happens to rides while their database is killed (bench/results)."""

import signal
import sys
from statistics import median

import click

from bench.measure import circumstances, table, write_result
from tests.failure.kills import RIDERS, Outcome, run


def lines(outcome: Outcome) -> list[tuple[str, str]]:
    """The figures of a run, each with its name."""
    seconds = [outage.seconds_to_recover for outage in outcome.outages]
    under_way = [outage.forms_under_way for outage in outcome.outages]
    return [
        ("riders at a time", str(RIDERS)),
        ("kills of the database server", str(len(outcome.outages))),
        ("forms under way at a kill, fewest and most", f"{min(under_way)} and {max(under_way)}"),
        ("starts tried", str(outcome.starts_tried)),
        ("starts that succeeded", str(outcome.starts_answered)),
        ("starts refused: another rider got there first", str(outcome.starts_refused)),
        ("ends tried", str(outcome.ends_tried)),
        ("ends that succeeded", str(outcome.ends_answered)),
        ("forms sent again after a 503", str(outcome.sent_again)),
        ("lost", str(outcome.lost)),
        ("doubled", str(outcome.doubled)),
        ("requests in the history", str(len(outcome.calls))),
        ("riders and vehicles whose history has no possible order", str(len(outcome.out_of_order))),
        ("rows that break a rule", str(len(outcome.broken_rules))),
        ("unexpected responses", str(len(outcome.surprises))),
        ("seconds to recover, median and longest", f"{median(seconds):.2f} and {max(seconds):.2f}"),
        ("workers were restarted", "no" if outcome.same_workers else "yes"),
    ]


def result(outcome: Outcome) -> str:
    """The page that is kept of a run."""
    return "\n\n".join(
        (
            "# Rides while their database is killed",
            circumstances("make failures", outcome.database),
            f"{RIDERS} riders start and end rides through gunicorn while the database server is"
            " killed and restarted. A ride is lost if its rider was told of it and the tables do"
            " not have it, and doubled if the tables have it and no rider was told of it.",
            table(("", "figure"), lines(outcome)),
        )
    )


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=10, show_default=True)
def report(kills: int) -> None:
    """Let 8 riders ride while the database server is killed and started again."""
    # By default this signal would end us without ending the servers that we have started.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit("stopped"))
    with click.progressbar(length=kills, label="Kills", file=sys.stderr) as bar:
        outcome = run(kills, bar.update)
    write_result("failures.md", result(outcome))
    wrong = (*outcome.out_of_order, *outcome.broken_rules, *outcome.surprises)
    for each in wrong:
        click.echo(each)
    if len(outcome.outages) < kills or wrong or outcome.lost or outcome.doubled:
        raise SystemExit(1)


if __name__ == "__main__":
    report()
