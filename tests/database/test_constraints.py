"""The rules that the database itself holds: each named constraint, broken with plain SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Executable, delete, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from movr import MovR
from movr.database.engine import broken_constraint
from movr.kinds import ProblemKind
from movr.models import Base, Mail, Problem, Ride, User, Vehicle
from movr.records import Vehicle as VehicleRecord
from tests.database.actions import end_ride, report_problem, start_ride
from tests.database.backends import Backend
from tests.database.conftest import PASSWORD
from tests.database.world import read_world

USERS, MAILS, VEHICLES, RIDES, PROBLEMS = (
    model.__table__ for model in (User, Mail, Vehicle, Ride, Problem)
)
AFTERNOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
NOBODY = uuid4()


@dataclass(frozen=True)
class Scene:
    """Rows of each kind, as they lie in the tables."""

    rider: dict[str, Any]
    bystander: dict[str, Any]
    vehicle: dict[str, Any]
    ended: dict[str, Any]
    running: dict[str, Any]
    mail: dict[str, Any]
    problem: dict[str, Any]


def key(row: dict[str, Any], table: Any) -> tuple[Any, Any]:
    return table.c.city == row["city"], table.c.id == row["id"]


def change(table: Any, who: str, **values: Any) -> Callable[[Scene], Executable]:
    return lambda scene: update(table).where(*key(getattr(scene, who), table)).values(**values)


def copy(table: Any, who: str, **values: Any) -> Callable[[Scene], Executable]:
    return lambda scene: insert(table).values(**getattr(scene, who) | values)


def remove(table: Any, who: str) -> Callable[[Scene], Executable]:
    return lambda scene: delete(table).where(*key(getattr(scene, who), table))


# What the columns' own types would refuse before it reaches the database.
CAR = literal_column("'car'")

BREACHES: list[tuple[str, Callable[[Scene], Executable]]] = [
    ("pk_users", copy(USERS, "rider", username="another")),
    ("uq_users_username", copy(USERS, "rider", id=uuid4())),
    ("uq_users_username", copy(USERS, "rider", city="rome")),
    ("ck_users_active_ride", change(USERS, "rider", active_ride_id=None)),
    ("ck_users_active_ride", change(USERS, "bystander", active_ride_city="rome")),
    *(
        ("ck_users_open_or_closed", change(USERS, "bystander", **{column: None}))
        for column in ("username", "password_hash", "first_name", "last_name", "email")
    ),
    (
        "ck_users_open_or_closed",
        change(
            *(USERS, "rider"),
            **dict.fromkeys(["username", "password_hash", "first_name", "last_name", "email"]),
        ),
    ),
    ("pk_mails", copy(MAILS, "mail", language="it")),
    ("fk_mails_city_user_id", change(MAILS, "mail", user_id=NOBODY)),
    ("fk_mails_city_user_id", copy(MAILS, "mail", city="rome", id=uuid4())),
    ("pk_vehicles", copy(VEHICLES, "vehicle", number=None)),
    ("ck_vehicles_type", change(VEHICLES, "vehicle", type=CAR)),
    ("ck_vehicles_status", change(VEHICLES, "vehicle", status=CAR)),
    ("fk_vehicles_city_owner_id", change(VEHICLES, "vehicle", owner_id=NOBODY)),
    ("fk_vehicles_city_owner_id", copy(VEHICLES, "vehicle", city="rome", id=uuid4())),
    ("ck_vehicles_coordinates", change(VEHICLES, "vehicle", latitude=None)),
    ("ck_vehicles_coordinates", change(VEHICLES, "vehicle", longitude=None)),
    ("ck_vehicles_coordinates", change(VEHICLES, "vehicle", latitude=90.001)),
    ("ck_vehicles_coordinates", change(VEHICLES, "vehicle", longitude=-180.001)),
    ("uq_vehicles_number", copy(VEHICLES, "vehicle", id=uuid4())),
    ("pk_rides", copy(RIDES, "ended", start_location="elsewhere")),
    ("fk_rides_city_vehicle_id", change(RIDES, "ended", vehicle_id=NOBODY)),
    ("fk_rides_city_vehicle_id", copy(RIDES, "ended", city="rome", id=uuid4())),
    ("fk_rides_city_vehicle_id", remove(VEHICLES, "vehicle")),
    ("fk_rides_rider_city_rider_id", change(RIDES, "ended", rider_id=NOBODY)),
    ("fk_rides_rider_city_rider_id", change(RIDES, "ended", rider_city="rome")),
    ("fk_rides_rider_city_rider_id", remove(USERS, "rider")),
    (
        "ck_rides_running_or_ended",
        change(RIDES, "ended", **dict.fromkeys(["end_time", "end_latitude", "end_longitude"])),
    ),
    ("ck_rides_running_or_ended", change(RIDES, "ended", end_location=None)),
    ("ck_rides_running_or_ended", change(RIDES, "ended", length=None)),
    ("ck_rides_running_or_ended", change(RIDES, "running", end_location="here")),
    ("ck_rides_running_or_ended", change(RIDES, "running", length=timedelta(1))),
    (
        "ck_rides_running_or_ended",
        change(RIDES, "ended", start_time=AFTERNOON, end_time=AFTERNOON - timedelta(seconds=1)),
    ),
    *(
        ("ck_rides_points", change(RIDES, "ended", **{f"{side}_{name}": value}))
        for side in ("start", "end")
        for name, value in (
            *(("latitude", None), ("latitude", -90.001), ("latitude", 90.001)),
            *(("longitude", None), ("longitude", -180.001), ("longitude", 180.001)),
        )
    ),
    ("ck_rides_points", change(RIDES, "running", end_latitude=40.7, end_longitude=-73.9)),
    ("uq_rides_running", copy(RIDES, "running", id=uuid4())),
    ("pk_problems", copy(PROBLEMS, "problem", kind=ProblemKind.LOCK)),
    ("uq_problems_open", copy(PROBLEMS, "problem", id=uuid4())),
    ("ck_problems_kind", change(PROBLEMS, "problem", kind=CAR)),
    ("fk_problems_city_vehicle_id", change(PROBLEMS, "problem", vehicle_id=NOBODY)),
    ("fk_problems_city_vehicle_id", copy(PROBLEMS, "problem", city="rome", id=uuid4())),
    ("fk_problems_rider_city_rider_id", change(PROBLEMS, "problem", rider_id=NOBODY)),
    ("fk_problems_rider_city_rider_id", change(PROBLEMS, "problem", rider_city="rome")),
]


@pytest.fixture
def scene(movr: MovR, create_rider, create_vehicle, vehicle: VehicleRecord) -> Scene:
    rider, bystander = create_rider(), create_rider()
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle))
    running = start_ride(movr, rider, vehicle)
    about = {"city": bystander.city, "user_id": bystander.id}
    movr.change_password(**about, old_password=PASSWORD, new_password=PASSWORD, mail_in="en")
    with movr.engine.connect() as connection:
        mail = dict(connection.execute(select(MAILS)).mappings().one())
    report_problem(movr, bystander, create_vehicle())
    world = read_world(movr)
    (problem,) = world.problems.values()
    return Scene(
        vars(world.users[rider.city, rider.id]),
        vars(world.users[bystander.city, bystander.id]),
        vars(world.vehicles[vehicle.city, vehicle.id]),
        vars(world.rides[ended.city, ended.id]),
        vars(world.rides[running.city, running.id]),
        mail,
        vars(problem),
    )


def name_of(error: IntegrityError) -> str:
    """What the database calls the broken rule. SQLite never says which foreign key it is."""
    name = broken_constraint(error)
    if name is None:
        kind, _, name = str(error.orig).partition(" constraint failed")
        return "fk" if kind == "FOREIGN KEY" else name.removeprefix(": ")
    return name


def test_breaches_are_refused_by_name_and_change_nothing(
    movr: MovR, scene: Scene, backend: Backend
):
    before = read_world(movr)
    for name, breach in BREACHES:
        with pytest.raises(IntegrityError) as caught, movr.engine.begin() as connection:
            connection.execute(breach(scene))
        expected = "fk" if "sqlite" in backend.name and name.startswith("fk_") else name
        assert name_of(caught.value) == expected
        assert read_world(movr) == before


def test_no_named_rule_is_left_out():
    tables = Base.metadata.tables.values()
    rules = {str(rule.name) for table in tables for rule in table.constraints}
    keys = {str(index.name) for table in tables for index in table.indexes if index.unique}
    assert {name for name, _ in BREACHES} == rules | keys
