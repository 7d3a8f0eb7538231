"""The cluster of regions that MOVR_TEST_CLUSTER names, and databases on it that tests may spoil.

The variable holds an address of a node in each region, in the catalogue's order, with commas
between them: `host:port`, which means root without TLS, or whole cockroachdb:// addresses.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg2
from sqlalchemy import URL, make_url

from movr.regions import REGIONS

VARIABLE: Final = "MOVR_TEST_CLUSTER"

_DBINIT: Final = Path(__file__).resolve().parents[2] / "dbinit.sql"


def unavailable_reason() -> str | None:
    """Why there is no cluster to test on, None if there is one."""
    if os.environ.get(VARIABLE):
        return None
    return f"{VARIABLE} names no cluster of three regions"


def regions_in_reach() -> list[str]:
    """The regions of the catalogue, if there is a cluster to test on."""
    return [] if unavailable_reason() else list(REGIONS)


def read_addresses(text: str) -> dict[str, URL]:
    """The address of a node in each region; raises ValueError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) != len(REGIONS):
        raise ValueError(
            f"{VARIABLE} has {len(parts)} addresses, and needs one for each of {', '.join(REGIONS)}"
        )
    return dict(zip(REGIONS, map(_address, parts), strict=True))


def _address(text: str) -> URL:
    return make_url(text if "://" in text else f"cockroachdb://root@{text}?sslmode=disable")


def dbinit(database: str, *, without: str | None = None) -> list[str]:
    """The statements of dbinit.sql for another database, perhaps as they were without a city."""
    text = _DBINIT.read_text(encoding="utf-8")
    for words in ("CREATE DATABASE IF NOT EXISTS movr", "USE movr"):
        assert text.count(f"{words}\n") + text.count(f"{words};") == 1
        text = text.replace(words, words.replace("movr", database))
    if without is not None:
        assert text.count(f", '{without}'") == text.count("REGIONAL BY ROW AS region")
        text = text.replace(f", '{without}'", "")
    return [statement.strip() for statement in text.split(";\n") if statement.strip()]


class Cluster:
    """A cluster with a node in each region of the catalogue."""

    def __init__(self, addresses: Mapping[str, URL]) -> None:
        self._addresses = addresses

    def uri(self, region: str, database: str) -> str:
        """The address of a database through the node of a region."""
        url = self._addresses[region].set(database=database)
        return url.render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        """Run statements that commit by themselves, through the node of the primary region."""
        url = next(iter(self._addresses.values()))
        options = {name: str(value) for name, value in url.query.items()}
        with closing(
            psycopg2.connect(
                host=url.host,
                port=url.port or 26257,
                user=url.username,
                password=url.password,
                dbname="defaultdb",
                **options,
            )
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    @contextmanager
    def database(self, *, without: str | None = None) -> Iterator[str]:
        """The name of a database of its own with the tables of dbinit.sql, gone afterwards.

        With `without` it is as it was before this city came into the catalogue.
        """
        name = f"movr_test_{uuid4().hex[:8]}"
        try:
            # Done once more, it changes nothing.
            for _ in range(2):
                self.run(*dbinit(name, without=without))
            yield name
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} CASCADE")


def the_cluster() -> Cluster:
    """The cluster that the environment names."""
    return Cluster(read_addresses(os.environ[VARIABLE]))
