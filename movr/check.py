"""Checks a live database for its operators: the schema, the cluster, and the home promise.

It changes nothing: actions are tried in transactions that are rolled back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from movr.database.cluster import (
    Finding,
    Verdict,
    cluster_findings,
    gateway_region,
    is_cockroachdb,
    lease_findings,
    spans_regions,
)
from movr.database.explaining import Explained, explain_each
from movr.database.plans import Plan, read_plan
from movr.errors import SchemaOutdated
from movr.home_actions import Action, actions
from movr.home_scenes import Cast, cast_of
from movr.movr import MovR
from movr.regions import CITIES, REGIONS

__all__ = [
    "Finding",
    "Step",
    "Trial",
    "Verdict",
    "check_cluster",
    "home_region",
    "trials",
    "try_out",
]


@dataclass(frozen=True, slots=True)
class Trial:
    """An action to try, and the made-up data that it is tried on."""

    cast: Cast
    action: Action


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of an action, where it was executed, and the verdict."""

    action: str
    statement: str
    plan: Plan
    verdict: Verdict
    remark: str


def check_cluster(movr: MovR) -> Iterator[Finding]:
    """Yield findings on the schema and, if there are regions, on the cluster."""
    try:
        notes = movr.check_schema()
    except SchemaOutdated as error:
        yield Finding(Verdict.FAULT, f"The tables are not those of this version: {error}.")
    else:
        yield Finding(Verdict.OK, "The tables are those of this version.")
        for note in notes:
            yield Finding(Verdict.UNKNOWN, note)
    if movr.engine.name == "sqlite":
        yield Finding(
            Verdict.OK,
            "This is SQLite: it has one place for everything, so that nodes, regions, survival"
            " goal, leases and homes do not apply.",
        )
        return
    with movr._lend_connection() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (is_cockroachdb(connection) and spans_regions(connection)):
            yield Finding(
                Verdict.OK,
                "These tables have no regions, as on a single node: nodes, survival goal, leases"
                " and homes do not apply.",
            )
            return
        yield from cluster_findings(connection)
        yield from lease_findings(connection)


def home_region(movr: MovR) -> str | None:
    """Return the region of the node that the database URL leads to.

    None without regions, or if the node's region is not in the catalogue.
    """
    if movr.engine.name == "sqlite":
        return None
    with movr._lend_connection() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (is_cockroachdb(connection) and spans_regions(connection)):
            return None
        region = gateway_region(connection)
        return region if region in REGIONS else None


def trials(region: str) -> list[Trial]:
    """Return a trial of every action, in the first city of a region."""
    cast = cast_of(REGIONS[region][0].name)
    return [Trial(cast, action) for action in actions(cast)]


def try_out(movr: MovR, trial: Trial) -> Iterator[Step]:
    """Run an action, yield each of its statements, and roll back."""
    prepare = partial(trial.cast.prepare, scene=trial.action.scene)
    with movr._lend_connection() as connection:
        for explained in explain_each(connection, prepare, trial.action.act):
            yield judged(trial, explained)


def judged(trial: Trial, explained: Explained) -> Step:
    """Return a statement of a rider at home with its verdict."""
    plan = read_plan(explained.plan)
    away = sorted((plan.regions or frozenset()) - {CITIES[trial.cast.city].region})
    reason = trial.action.may_leave_because
    if explained.error:
        verdict, remark = Verdict.UNKNOWN, f"It could not be run: {explained.error}."
    elif plan.regions is None:
        verdict, remark = (
            Verdict.UNKNOWN,
            "The plan does not say where.",
        )
    elif away and reason is None:
        verdict, remark = Verdict.FAULT, f"It leaves home for {', '.join(away)}."
    elif away:
        verdict, remark = Verdict.OK, f"It may: {reason}."
    elif plan.unseen:
        asked = f"The plan does not say where it asks {', '.join(plan.unseen)}"
        verdict, remark = Verdict.OK, f"{asked}: {reason}." if reason else f"{asked}."
    else:
        verdict, remark = Verdict.OK, ""
    return Step(trial.action.name, explained.statement, plan, verdict, remark)
