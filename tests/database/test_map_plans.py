"""How SQLite reads a map: ranges of the index of cells, and as much however large the city is."""

import re

import pytest

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Box, User
from tests.database.backends import on_a_file
from tests.database.bulk import add_vehicles
from tests.database.plans import costly, instructions, plan_of
from tests.database.test_map import HERE, MANHATTAN, scattered
from tests.database.wire import recorded

pytestmark = on_a_file

FILTERS = [
    {},
    {"vehicle_type": VehicleType.BIKE},
    {"available_only": True},
    {"vehicle_type": VehicleType.BIKE, "available_only": True},
]
CELLS = "SEARCH vehicles USING INDEX ix_vehicles_cells (city=? AND cell>? AND cell<?)"
BY_ID = "SEARCH vehicles USING INDEX sqlite_autoindex_vehicles_1 (city=? AND id=?)"


def searches(steps: list[str]) -> set[str]:
    return {step.removesuffix(" LEFT-JOIN") for step in steps if step.startswith("SEARCH")}


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_view_is_ranges_of_cells_and_rows_by_their_key(movr: MovR, filters):
    steps = plan_of(movr, "get_vehicles_in_view", city="new york", box=MANHATTAN, **filters)
    assert searches(steps) == {CELLS, BY_ID}
    # What is read from end to end, and sorted, is what those ranges have given.
    scanned = {step for step in costly(steps) if step.startswith("SCAN")}
    assert all(re.fullmatch(r"SCAN (anon_\d+|all_ids|CONSTANT ROW)", step) for step in scanned)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_nearest_are_ranges_of_cells_and_rows_by_their_key(movr: MovR, filters):
    steps = plan_of(movr, "get_vehicles_near", city="new york", point=HERE, **filters)
    assert searches(steps) == {CELLS, BY_ID}
    scanned = {step for step in costly(steps) if step.startswith("SCAN")}
    assert all(re.fullmatch(r"SCAN anon_\d+", step) for step in scanned)


def test_map_of_a_crowded_city_costs_what_it_costs_with_a_quarter_of_the_crowd(
    movr: MovR, owner: User
):
    with recorded(movr.engine) as sent:
        for filters in FILTERS:
            for box in (MANHATTAN, Box(40.74, -73.99, 40.76, -73.97)):
                movr.get_vehicles_in_view(city="new york", box=box, **filters)
            movr.get_vehicles_near(city="new york", point=HERE, **filters)

    def grow(count: int) -> list[int]:
        # Of which few fit a filter, as that is when a read would be long.
        add_vehicles(movr, owner, count, VehicleType.SKATEBOARD, places=scattered(count))
        return [instructions(movr, statement) for statement in sent]

    crowded, four_times = grow(12_000), grow(36_000)
    assert len(crowded) == 3 * len(FILTERS)
    assert [
        f"{before} -> {after}"
        for before, after in zip(crowded, four_times, strict=True)
        if after > before * 1.5
    ] == []
