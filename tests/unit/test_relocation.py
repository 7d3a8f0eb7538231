"""What a cluster is told when the catalogue has grown, wherever an earlier try has stopped."""

import re
from dataclasses import replace

import pytest

from movr.database.placement import Placement, regions_in
from movr.database.relocation import new_places, new_regions
from movr.database.schema import region_expression, region_in_catalogue
from movr.regions import REGIONS

WANTED = region_in_catalogue()
WITHOUT_ROME = {city: region for city, region in WANTED.items() if city != "rome"}
BY_REGION = "REGIONAL BY ROW AS region"


def test_city_that_the_cluster_does_not_know_is_added_in_six_statements():
    found = Placement(BY_REGION, {"region": WITHOUT_ROME}, is_locked=True)
    assert new_places("users", found) == [
        "ALTER TABLE users SET (schema_locked = false)",
        "ALTER TABLE users ADD COLUMN region2 crdb_internal_region NOT NULL"
        f" AS ({region_expression(WITHOUT_ROME | WANTED)}) STORED",
        "ALTER TABLE users SET LOCALITY REGIONAL BY ROW AS region2",
        "ALTER TABLE users DROP COLUMN region",
        "ALTER TABLE users RENAME COLUMN region2 TO region",
        "ALTER TABLE users SET (schema_locked = true)",
    ]


def test_table_that_knows_every_city_is_left_alone():
    later = WANTED | {"a city of a later version": "gcp-us-east1"}
    for regions in (WANTED, later):
        assert new_places("users", Placement(BY_REGION, {"region": regions})) == []


def test_database_without_regions_is_left_alone():
    assert new_places("users", Placement("", {})) == []


@pytest.mark.parametrize(
    "found",
    [
        Placement(None, {"region": WITHOUT_ROME}),
        Placement(BY_REGION, {"region": None}),
        Placement("REGIONAL BY ROW AS crdb_region", {"region": WITHOUT_ROME}),
        Placement("REGIONAL BY ROW AS place", {"place": WITHOUT_ROME}),
    ],
)
def test_what_cannot_be_read_or_is_somebody_elses_is_not_changed(found: Placement):
    assert new_places("users", found) == []


def test_regions_that_the_database_lacks_are_added_first():
    east, west, europe = REGIONS
    assert new_regions('mo"vr', [west]) == [
        f'ALTER DATABASE "mo""vr" ADD REGION IF NOT EXISTS "{east}"',
        f'ALTER DATABASE "mo""vr" ADD REGION IF NOT EXISTS "{europe}"',
    ]
    assert new_regions("movr", [*REGIONS, "one-more"]) == []


class Table:
    """A table of a cluster, as far as these statements change it."""

    def __init__(self, found: Placement) -> None:
        self.found = found

    def run(self, statement: str) -> None:
        """Do what the statement says; refuse what a cluster would refuse."""
        change = statement.removeprefix("ALTER TABLE users ")
        columns = dict(self.found.columns or {})
        if match := re.fullmatch(r"SET \(schema_locked = (true|false)\)", change):
            self.found = replace(self.found, is_locked=match[1] == "true")
            return
        assert not self.found.is_locked
        if match := re.fullmatch(
            r"ADD COLUMN (\w+) crdb_internal_region NOT NULL AS \((.*)\) STORED", change
        ):
            assert match[1] not in columns
            columns[match[1]] = regions_in(match[2])
        elif match := re.fullmatch(r"SET LOCALITY REGIONAL BY ROW AS (\w+)", change):
            assert match[1] in columns
            self.found = replace(self.found, locality=f"REGIONAL BY ROW AS {match[1]}")
        elif match := re.fullmatch(r"DROP COLUMN (\w+)", change):
            assert match[1] != self.found.column
            del columns[match[1]]
        elif match := re.fullmatch(r"RENAME COLUMN (\w+) TO (\w+)", change):
            assert match[2] not in columns
            columns[match[2]] = columns.pop(match[1])
            if self.found.column == match[1]:
                self.found = replace(self.found, locality=f"REGIONAL BY ROW AS {match[2]}")
        else:
            raise AssertionError(statement)
        self.found = replace(self.found, columns=columns)


FEWER = {city: region for city, region in WITHOUT_ROME.items() if city != "boston"}
STARTS = {
    "a city more": Placement(BY_REGION, {"region": WITHOUT_ROME}, is_locked=True),
    "a city that has moved": Placement(BY_REGION, {"region": WANTED | {"rome": "gcp-us-east1"}}),
    "a city that the catalogue has no more": Placement(
        BY_REGION, {"region": WITHOUT_ROME | {"bonn": "gcp-europe-west1"}}
    ),
    "tables without regions": Placement("REGIONAL BY TABLE IN PRIMARY REGION", {}, is_locked=True),
    "a global table": Placement("GLOBAL", {"region": WANTED}),
    "a column that cannot be read": Placement("GLOBAL", {"region": None}),
    "another city, interrupted": Placement(BY_REGION, {"region": FEWER, "region2": WITHOUT_ROME}),
    "another city, interrupted later": Placement(
        "REGIONAL BY ROW AS region2", {"region": FEWER, "region2": WITHOUT_ROME}
    ),
    "something left behind": Placement(BY_REGION, {"region": WANTED, "region2": FEWER}),
}


@pytest.mark.parametrize("start", STARTS)
def test_interrupted_anywhere_the_next_try_reaches_the_end(start: str):
    steps = new_places("users", STARTS[start])
    assert steps
    for done in range(len(steps) + 1):
        table = Table(STARTS[start])
        for statement in steps[:done]:
            table.run(statement)
        for statement in new_places("users", table.found):
            table.run(statement)
        assert table.found.locality == BY_REGION
        assert list(table.found.columns or {}) == ["region"]
        reached = table.found.regions_by("region") or {}
        assert {city: reached[city] for city in WANTED} == WANTED
        assert new_places("users", table.found) == []
        assert ("bonn" in reached) == ("no more" in start)
