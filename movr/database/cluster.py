"""Compares a cluster with the catalogue of regions: regions, survival goal, leases.

It uses documented SHOW statements only, and reports what they do not tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from movr.database.engine import is_unavailable
from movr.database.schema import REGION
from movr.models import Base
from movr.regions import CITIES, REGIONS, City


class Verdict(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAULT = "FAULT"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and a sentence that explains it."""

    verdict: Verdict
    text: str


Rows = list[dict[str, Any]]


def is_cockroachdb(connection: Connection) -> bool:
    """Return whether the server is CockroachDB: others speak its protocol, too."""
    version: str = connection.execute(text("SELECT version()")).scalar_one()
    return version.startswith("CockroachDB")


def spans_regions(connection: Connection) -> bool:
    """Return whether the tables are those of dbinit.sql, whose rows have a region."""
    return bool(
        _rows(
            connection,
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'users'"
            " AND table_schema = current_schema() AND column_name = :name",
            {"name": REGION},
        )
    )


def gateway_region(connection: Connection) -> str | None:
    """Return the region of the node that a connection leads to, None if it has no locality."""
    (row,) = _rows(connection, "SHOW LOCALITY")
    return region_of(row["locality"])


def cluster_findings(connection: Connection) -> Iterator[Finding]:
    """Yield findings on the nodes, regions and survival goal of a cluster."""
    yield from _asked(
        connection, "SHOW REGIONS FROM CLUSTER", node_findings, "the regions of the nodes"
    )
    yield from _asked(
        connection, "SHOW REGIONS FROM DATABASE", region_findings, "the regions of the database"
    )
    yield from _asked(
        connection, "SHOW SURVIVAL GOAL FROM DATABASE", survival_findings, "the survival goal"
    )


def lease_findings(connection: Connection) -> Iterator[Finding]:
    """Yield for each city and table whether the lease of its rows is in the city's region.

    Without rows yet, it is the lease of the range of the first one.
    """
    for city in CITIES.values():
        for table in Base.metadata.sorted_tables:
            yield from _asked(
                connection,
                f"SHOW RANGE FROM TABLE {table.name} FOR ROW (:region, :city, :id)",
                partial(lease_of, table=table.name, city=city),
                f"the lease of {table.name} of {city.name}",
                {"region": city.region, "city": city.name, "id": str(UUID(int=0))},
            )


def node_findings(rows: Rows) -> Iterator[Finding]:
    """Yield whether there are nodes in each region, from SHOW REGIONS FROM CLUSTER."""
    zones = {row["region"]: sorted(row["zones"] or ()) for row in rows}
    for region in REGIONS:
        if region in zones:
            where = ", ".join(zones[region]) or "no zone"
            yield Finding(Verdict.OK, f"There are nodes in {region} ({where}).")
        else:
            yield Finding(Verdict.FAULT, f"There is no node in {region}.")


def region_findings(rows: Rows) -> Iterator[Finding]:
    """Yield whether the database has the catalogue's regions, from SHOW REGIONS FROM DATABASE."""
    present = {row["region"]: row["primary"] for row in rows}
    for missing in [region for region in REGIONS if region not in present]:
        yield Finding(
            Verdict.FAULT,
            f"The database has no region {missing}: upgrade-db adds it, once there are nodes.",
        )
    for more in [region for region in present if region not in REGIONS]:
        yield Finding(Verdict.OK, f"The database has a region more, {more}, without cities.")
    primary = ", ".join(region for region, is_primary in present.items() if is_primary)
    wanted = next(iter(REGIONS))
    verdict = Verdict.OK if primary == wanted else Verdict.FAULT
    should = "" if primary == wanted else f", and should be {wanted}"
    yield Finding(verdict, f"The primary region is {primary or 'not said'}{should}.")


def survival_findings(rows: Rows) -> Iterator[Finding]:
    """Yield what the database survives, which its operators choose."""
    goal = str(rows[0]["survival_goal"]) if rows else "nothing"
    yield Finding(Verdict.OK, f"The database survives the failure of a {goal}.")


def lease_of(rows: Rows, table: str, city: City) -> Iterator[Finding]:
    """Yield where the lease of a city's rows is, from SHOW RANGE ... FOR ROW."""
    found = region_of(rows[0]["lease_holder_locality"]) if rows else None
    what = f"the lease of {table} of {city.name}"
    if found is None:
        yield Finding(Verdict.UNKNOWN, f"It is not said where {what} is.")
    elif found == city.region:
        yield Finding(Verdict.OK, f"In {found} is {what}.")
    else:
        yield Finding(
            Verdict.FAULT,
            f"In {found} is {what}, and not in {city.region}. On a new cluster and after"
            " upgrade-db it takes up to five minutes until it has moved.",
        )


def region_of(locality: str | None) -> str | None:
    """Return the region in "region=gcp-us-east1,zone=us-east1-b", None if there is none."""
    parts = (part.partition("=") for part in (locality or "").split(","))
    return next((value for key, _, value in parts if key == "region"), None)


def _asked(
    connection: Connection,
    statement: str,
    read: Callable[[Rows], Iterator[Finding]],
    what: str,
    values: dict[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield the findings of a statement, or that it was refused or cannot be read."""
    try:
        rows = _rows(connection, statement, values)
    except DBAPIError as error:
        if is_unavailable(error):
            raise
        code = getattr(error.orig, "pgcode", None)
        why = "only an admin may ask" if code == "42501" else f"SQLSTATE {code}"
        yield Finding(Verdict.UNKNOWN, f"The database does not tell {what}: {why}.")
        return
    try:
        yield from list(read(rows))
    except (KeyError, IndexError, TypeError):
        yield Finding(Verdict.UNKNOWN, f"What the database says of {what} cannot be read.")


def _rows(connection: Connection, statement: str, values: dict[str, str] | None = None) -> Rows:
    result = connection.execute(text(statement), values or {})
    return [dict(row) for row in result.mappings()]
