"""Operators list what riders have reported, and list a vehicle again."""

import re

import pytest
from flask import Flask

from movr import MovR
from movr.kinds import ProblemKind, VehicleType
from movr.numbers import full_number
from movr.records import Place, User, Vehicle
from tests.unit.test_cli import run
from web.config import Config


@pytest.fixture
def app(new_app, config: Config) -> Flask:
    """An application with tables and no rows."""
    app = new_app(config)
    run(app, "init-db")
    return app


def person(movr: MovR, city: str, name: str) -> User:
    return movr.add_user(
        city=city,
        first_name="Ada",
        last_name="Byron",
        email="ada@example.com",
        username=name,
        password="three small boats",
    )


def reported(movr: MovR, city: str, words: str = "") -> Vehicle:
    """A vehicle of this city whose brakes its own owner has reported."""
    owner = person(movr, city, f"owner-{city[:3]}")
    vehicle_id = movr.add_vehicle(
        city=city,
        owner_id=owner.id,
        vehicle_type=VehicleType.BIKE,
        color="red",
        brand="City",
        place=Place("the station"),
    )
    key = {"city": city, "vehicle_id": vehicle_id}
    rider = {"rider_city": city, "rider_id": owner.id}
    movr.report_problem(**key, **rider, kind=ProblemKind.BRAKES, words=words)
    return movr.get_vehicle(**key)


def number_of(vehicle: Vehicle) -> str:
    return full_number(vehicle.city, vehicle.number or "")


def test_open_problems_are_listed_until_they_are_resolved(app, movr):
    vehicle = reported(movr, "rome", "They squeak.")
    number = number_of(vehicle)
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    said = run(app, "problems").output
    assert re.fullmatch(rf"{number}  {when}  brakes, the station: They squeak\.\n", said)
    assert run(app, "problems", "--city", "paris").output == ""
    result = run(app, "resolve-problem", number.lower().replace("-", " "))
    assert result.output == f"Nothing is wrong with {number} any more.\n"
    assert run(app, "problems").output == ""
    assert [each.id for each in movr.get_vehicles(city="rome").rows] == [vehicle.id]


def test_a_container_of_a_region_lists_those_of_its_cities(new_app, config, app, movr):
    vehicles = [reported(movr, city) for city in ("rome", "boston")]
    assert len(run(app, "problems").output.splitlines()) == 2
    app.config["REGION"] = "gcp-us-east1"
    (line,) = run(app, "problems").output.splitlines()
    assert line.startswith(number_of(vehicles[1]))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("problems", "--city", "atlantis"), 2, "MovR knows these cities"),
        (("resolve-problem", "rome"), 2, "A number is one such as NY-4F7K."),
        (("resolve-problem", "RO-2222"), 1, "No vehicle has this number."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(app, movr, arguments, code, said):
    result = run(app, *arguments)
    assert result.exit_code == code
    assert said in result.output


def test_more_than_are_read_are_said_to_be_more(app, movr, monkeypatch):
    reported(movr, "rome")
    monkeypatch.setattr("web.cli.MOST_PROBLEMS", 1)
    assert "These are 1 of Rome; there may be more." in run(app, "problems").output
