"""What `flask --app server check-db` prints: findings, and a table of every action at home."""

import re
import sys
from collections.abc import Iterable

import click

from movr import MovR
from movr.check import (
    Finding,
    Step,
    Trial,
    Verdict,
    check_cluster,
    home_region,
    trials,
    try_out,
)

_HEAD = ("action", "statement", "regions", "rows read", "full scan")


def check_db(movr: MovR, region: str | None) -> None:
    """Print the result; exits with 1 if anything is wrong or could not be checked."""
    findings = []
    for finding in check_cluster(movr):
        _say(finding)
        findings.append(finding)
    has_tables = findings[0].verdict is Verdict.OK
    home = home_region(movr) if has_tables else None
    if home is not None:
        if region is not None and region != home:
            findings.append(
                Finding(Verdict.FAULT, f"REGION is {region}, and DB_URI leads to a node in {home}.")
            )
            _say(findings[-1])
        tried = _try_all(movr, home)
        click.echo(f"\nWhat a rider at home in {home} does, statement by statement:\n")
        for line in table(tried):
            click.echo(line)
        findings += [Finding(step.verdict, step.remark) for step in tried]
    verdicts = [finding.verdict for finding in findings]
    faults, unknown = verdicts.count(Verdict.FAULT), verdicts.count(Verdict.UNKNOWN)
    click.echo(f"\nFaults: {faults}. Not seen: {unknown}.")
    if faults or unknown:
        sys.exit(1)


def _say(finding: Finding) -> None:
    click.echo(f"{finding.verdict:5}  {finding.text}")


def _try_all(movr: MovR, home: str) -> list[Step]:
    tried: list[Step] = []
    with click.progressbar(
        trials(home),
        label="Trying every action",
        file=sys.stderr,
        item_show_func=_name,
    ) as progress:
        for trial in progress:
            tried.extend(try_out(movr, trial))
    return tried


def _name(trial: Trial | None) -> str:
    return trial.action.name if trial else ""


def table(tried: Iterable[Step]) -> Iterable[str]:
    """Yield the lines of a table of statements; unknown cells are question marks."""
    rows = [_HEAD, *(_row(step) for step in tried)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    remarks = ["", *(_remark(step) for step in tried)]
    for row, remark in zip(rows, remarks, strict=True):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{cells}  {remark}".rstrip()


def _row(step: Step) -> tuple[str, ...]:
    plan = step.plan
    scan = {True: "yes", False: "no", None: "?"}[plan.full_scan]
    return (
        step.action,
        _in_short(step.statement),
        "?" if plan.regions is None else ", ".join(sorted(plan.regions)),
        "?" if plan.rows_read is None else str(plan.rows_read),
        scan,
    )


def _in_short(statement: str) -> str:
    """Return the verb and the first table of a statement."""
    found = re.search(r"\b(?:FROM|INTO|UPDATE) ([a-z]+)\b", statement)
    return f"{statement.split()[0]} {found[1] if found else ''}".strip()


def _remark(step: Step) -> str:
    if step.verdict is Verdict.OK:
        return step.remark
    return f"{step.verdict}: {step.remark}"
