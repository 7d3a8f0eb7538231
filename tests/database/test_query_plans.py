"""How SQLite answers each list: off one range of an index, never by reading or sorting a table."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from movr import MovR, clock
from movr.kinds import VehicleType
from movr.records import User, Vehicle
from movr.regions import CITIES
from tests.database.actions import problems_of, report_problem, resume_vehicle, start_ride
from tests.database.backends import on_a_file
from tests.database.bulk import NOON, add_rides, add_users, add_vehicles
from tests.database.plans import costly, instructions, plan, plan_of
from tests.database.wire import recorded

pytestmark = on_a_file

AFTER_VEHICLE = f"available~{uuid4()}"
AFTER_RIDE = f"{NOON.isoformat()}~{uuid4()}"
ME: dict[str, Any] = {"rider_city": "new york", "rider_id": uuid4()}


LISTS: list[tuple[str, dict[str, Any], str]] = [
    # The condition that the account is open shows as a lower bound here.
    ("get_users", {"city": "rome"}, "ix_users_list (city=? AND username>?)"),
    ("get_users", {"city": "rome", "cursor": "ada"}, "ix_users_list (city=? AND username>?)"),
    ("get_vehicles", {"city": "rome"}, "ix_vehicles_list (city=?)"),
    (
        "get_vehicles",
        {"city": "rome", "cursor": AFTER_VEHICLE},
        "ix_vehicles_list (city=? AND (status,id)>(?,?))",
    ),
    (
        "get_vehicles",
        {"city": "rome", "available_only": True},
        "ix_vehicles_list (city=? AND status=?)",
    ),
    (
        "get_vehicles",
        {"city": "rome", "available_only": True, "cursor": AFTER_VEHICLE},
        "ix_vehicles_list (city=? AND status=? AND id>?)",
    ),
    (
        "get_vehicles",
        {"city": "rome", "vehicle_type": VehicleType.BIKE},
        "ix_vehicles_list_of_type (city=? AND type=?)",
    ),
    (
        "get_vehicles",
        {"city": "rome", "vehicle_type": VehicleType.BIKE, "cursor": AFTER_VEHICLE},
        "ix_vehicles_list_of_type (city=? AND type=? AND (status,id)>(?,?))",
    ),
    (
        "get_vehicles",
        {"city": "rome", "vehicle_type": VehicleType.BIKE, "available_only": True},
        "ix_vehicles_list_of_type (city=? AND type=? AND status=?)",
    ),
]


@pytest.mark.parametrize(("method", "arguments", "index"), LISTS)
def test_list_is_one_range_of_its_index(movr: MovR, method, arguments, index):
    steps = plan_of(movr, method, **arguments)
    assert len(steps) == 1, steps
    assert f"INDEX {index}" in steps[0]
    assert costly(steps) == []


@pytest.mark.parametrize("cursor", [None, AFTER_VEHICLE], ids=["first", "later"])
def test_vehicles_of_an_owner_are_a_range_of_those_shared_and_one_of_those_paused(
    movr: MovR, cursor
):
    steps = plan_of(movr, "get_vehicles_of_owner", city="rome", owner_id=uuid4(), cursor=cursor)
    key = "(city=? AND owner_id=? AND id>?)" if cursor else "(city=? AND owner_id=?)"
    # Only newer versions say which kind of join it is, and some look up the ride in each range.
    assert {step.removesuffix(" LEFT-JOIN") for step in steps if step.startswith("SEARCH")} == {
        f"SEARCH vehicles USING INDEX ix_vehicles_list_of_owner {key}",
        f"SEARCH vehicles USING INDEX ix_vehicles_paused {key}",
        "SEARCH rides USING INDEX uq_rides_running (city=? AND vehicle_id=?)",
    }
    assert not any(
        step.startswith("SCAN vehicles") or step.startswith("SCAN rides") for step in steps
    )


@pytest.mark.parametrize("cursor", [None, AFTER_RIDE], ids=["first", "later"])
def test_history_of_a_vehicle_is_one_range_of_its_rides(
    movr: MovR, owner: User, vehicle: Vehicle, cursor
):
    steps = plan_of(
        movr,
        "get_history",
        city=vehicle.city,
        vehicle_id=vehicle.id,
        owner_city=owner.city,
        owner_id=owner.id,
        cursor=cursor,
    )
    after = " AND (start_time,id)<(?,?)" if cursor else ""
    assert {step.removesuffix(" LEFT-JOIN") for step in steps if step.startswith("SEARCH")} == {
        f"SEARCH rides USING INDEX ix_rides_of_vehicle (city=? AND vehicle_id=?{after})",
        "SEARCH vehicles USING INDEX sqlite_autoindex_vehicles_1 (city=? AND id=?)",
    }
    # What is read from end to end is the page that this range has given.
    assert all(step.startswith("SCAN anon") for step in costly(steps)), steps


def test_problems_are_a_range_of_those_that_are_open(movr: MovR):
    vehicles = "SEARCH vehicles USING INDEX sqlite_autoindex_vehicles_1 (city=? AND id=?)"
    of_city = plan_of(movr, "get_problems", city="rome")
    assert of_city == ["SEARCH problems USING INDEX uq_problems_open (city=?)", vehicles]
    of_owner = plan_of(
        movr, "get_problems_of_owner", city="rome", owner_id=uuid4(), vehicle_ids=[uuid4()] * 24
    )
    assert of_owner == [
        "SEARCH problems USING INDEX uq_problems_open (city=? AND vehicle_id=?)",
        vehicles,
    ]


def test_report_and_what_resolves_it_look_rows_up_by_their_keys(
    movr: MovR, rider: User, owner: User, vehicle: Vehicle
):
    with recorded(movr.engine) as sent:
        report_problem(movr, rider, vehicle, ride_id=uuid4())
        report_problem(movr, rider, vehicle)
        found = problems_of(movr, owner, vehicle)
        resume_vehicle(movr, owner, vehicle, [each.id for each in found])
        movr.resolve_problems(city=vehicle.city, number=vehicle.number)
    steps = [step for each in sent if " " in each.text for step in plan(movr, each)]
    searches = {step for step in steps if "SEARCH" in step}
    assert costly(steps) == []
    assert {step.split(" USING ")[1].split(" (")[0] for step in searches} == {
        *("INDEX uq_problems_open", "INDEX uq_vehicles_number"),
        *(f"INDEX sqlite_autoindex_{table}_1" for table in ("users", "vehicles", "rides")),
        "INDEX sqlite_autoindex_problems_1",
    }
    # By a key, and never by the city alone.
    assert [step for step in searches if step.count("?") < 2] == []


def test_forgotten_rides_are_among_the_running_ones_of_a_city(movr: MovR):
    assert plan_of(movr, "get_forgotten_rides", city="rome", started_by=NOON) == [
        "SEARCH rides USING INDEX uq_rides_running (city=? AND vehicle_id>?)"
    ]


def test_asking_about_a_ride_looks_it_up_by_its_key(movr: MovR, rider: User, vehicle: Vehicle):
    start_ride(movr, rider, vehicle, mail_in="en")
    (ride,) = movr.get_forgotten_rides(city=vehicle.city, started_by=clock.now())
    with recorded(movr.engine) as sent:
        assert movr.ask_if_riding(ride)
    steps = [step for each in sent if " " in each.text for step in plan(movr, each)]
    assert steps == ["SEARCH rides USING INDEX sqlite_autoindex_rides_1 (city=? AND id=?)"]


@pytest.mark.parametrize("cities", [["rome"], ["rome", "paris", "amsterdam"]], ids=len)
@pytest.mark.parametrize("cursor", [None, AFTER_RIDE], ids=["first", "later"])
def test_rides_are_one_range_of_their_index_for_each_city(movr: MovR, cities, cursor):
    steps = plan_of(movr, "get_rides", cities=cities, cursor=cursor, **ME)
    searches = [step for step in steps if step.startswith("SEARCH")]
    rider = "city=? AND rider_city=? AND rider_id=?"
    after = " AND (start_time,id)<(?,?)" if cursor else ""
    assert searches == [
        f"SEARCH rides USING INDEX ix_rides_list ({rider}{after})",
        "SEARCH vehicles USING INDEX sqlite_autoindex_vehicles_1 (city=? AND id=?)",
    ] * len(cities)
    if len(cities) == 1:
        assert costly(steps) == []
        return
    # What is sorted is the page or so that each city has given, before they become one page.
    assert {step.split("_")[0] for step in costly(steps)} == {
        "SCAN anon",
        "USE TEMP B-TREE FOR ORDER BY",
    }
    assert len(costly(steps)) == 2 * len(cities)


def test_totals_are_a_range_of_the_list_of_rides_for_each_period(movr: MovR):
    steps = plan_of(
        movr, "get_ride_totals", cities=["rome", "paris"], periods=[(NOON, NOON)] * 2, **ME
    )
    searches = [step for step in steps if step.startswith("SEARCH")]
    key = "city=? AND rider_city=? AND rider_id=? AND start_time>? AND start_time<?"
    assert searches == [f"SEARCH rides USING INDEX ix_rides_list ({key})"] * 2


def test_user_is_found_with_the_ride_and_the_reservation_by_primary_keys(movr: MovR, rider: User):
    steps = plan_of(movr, "get_user", city=rider.city, user_id=rider.id)
    assert [step.split(" (")[0] for step in steps] == [
        "SEARCH users USING INDEX sqlite_autoindex_users_1",
        "SEARCH rides USING INDEX sqlite_autoindex_rides_1",
        "SEARCH vehicles USING INDEX sqlite_autoindex_vehicles_1",
        "SEARCH held USING INDEX sqlite_autoindex_vehicles_1",
    ]
    assert all("(city=? AND id=?)" in step for step in steps)


@pytest.mark.parametrize("cities", [["rome", "paris"], list(CITIES)], ids=["region", "world"])
def test_login_is_looked_up_by_the_name(movr: MovR, cities):
    with recorded(movr.engine) as sent:
        movr.authenticate(username="nobody", password="x", cities=cities)
    for statement in sent:
        (step,) = plan(movr, statement)
        assert step.startswith("SEARCH users USING INDEX sqlite_autoindex_users_2 (username=?")


def test_page_of_a_large_city_costs_what_a_page_of_a_small_one_costs(
    movr: MovR, rider: User, owner: User, vehicle: Vehicle
):
    city = rider.city
    mine = {"rider_city": city, "rider_id": rider.id, "cities": [city, "boston"]}
    with recorded(movr.engine) as sent:
        for cursor in (None, f"available~{UUID(int=0)}"):
            movr.get_vehicles(city=city, cursor=cursor)
            movr.get_vehicles(city=city, available_only=True, cursor=cursor)
            for kind in VehicleType:
                movr.get_vehicles(city=city, vehicle_type=kind, cursor=cursor)
            for fleet in (False, True):
                movr.get_vehicles_of_owner(city=city, owner_id=owner.id, cursor=cursor, fleet=fleet)
        for cursor in (None, "a"):
            movr.get_users(city=city, cursor=cursor)
        for cursor in (None, AFTER_RIDE):
            movr.get_rides(**mine, cursor=cursor)
            movr.get_history(
                city=city,
                vehicle_id=vehicle.id,
                owner_city=city,
                owner_id=owner.id,
                cursor=cursor,
            )

    def grow(times: int, letter: str) -> list[int]:
        for kind in VehicleType:
            add_vehicles(movr, owner, 30 * times, kind)
        add_rides(movr, rider, vehicle, [NOON - timedelta(minutes=n) for n in range(30 * times)])
        add_users(movr, city, [f"{letter}-{n}" for n in range(30 * times)])
        return [instructions(movr, statement) for statement in sent]

    small, large = grow(1, "f"), grow(40, "g")
    assert len(small) == 20
    assert min(small) > 24
    assert [
        f"{before} -> {after} for {statement}"
        for before, after, statement in zip(small, large, sent, strict=True)
        if after > before * 1.1
    ] == []
