"""Each vehicle has a number of its own in its city, and is found by it."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import update

from movr import MovR
from movr.errors import NotFound, NumberTaken
from movr.models import Vehicle
from movr.numbers import CANDIDATES
from movr.records import Place
from movr.records import Vehicle as VehicleRecord
from tests.database.actions import end_ride, get_ride, remove_vehicle, reread, start_ride
from tests.database.backends import on_a_file
from tests.database.plans import plan
from tests.database.wire import recorded
from tests.database.world import read_world

FIRST, SECOND, THIRD, FOURTH = four = ("2222", "3333", "4444", "5555")
Draw = Callable[..., None]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Say which numbers are drawn next; the last ones again and again."""

    def draw(*draws: Sequence[str]) -> None:
        left = list(draws)
        monkeypatch.setattr(
            "movr.numbers.new_numbers", lambda: left.pop(0) if len(left) > 1 else left[0]
        )

    return draw


def number_of(movr: MovR, vehicle: VehicleRecord) -> str | None:
    number: str | None = read_world(movr).vehicles[vehicle.city, vehicle.id].number
    return number


def forget_numbers(movr: MovR) -> None:
    """Leave the vehicles as if the version before had added them."""
    with movr.engine.begin() as connection:
        connection.execute(update(Vehicle).values(number=None))


def test_vehicle_is_found_by_its_number_in_its_city_only(movr: MovR, create_vehicle, draw: Draw):
    draw(four)
    vehicle, far = create_vehicle(city="boston"), create_vehicle(city="rome")
    assert vehicle.number == far.number == FIRST
    assert movr.find_vehicle(city="boston", number=FIRST) == vehicle
    assert movr.find_vehicle(city="rome", number=FIRST, from_afar=True) == far
    for city, number in (("paris", FIRST), ("boston", SECOND)):
        with pytest.raises(NotFound):
            movr.find_vehicle(city=city, number=number)


def test_number_that_is_taken_is_left_to_its_vehicle(movr: MovR, owner, create_vehicle, draw: Draw):
    draw(four)
    vehicles = [create_vehicle() for _ in range(CANDIDATES + 1)]
    assert [vehicle.number for vehicle in vehicles] == [*four, None]
    draw(("6666", *four[1:]))
    movr.number_vehicles(
        city=vehicles[0].city, vehicle_ids=[vehicle.id for vehicle in reversed(vehicles)]
    )
    assert [number_of(movr, vehicle) for vehicle in vehicles] == [*four, "6666"]


def test_number_of_a_vehicle_that_is_no_longer_shared_is_not_given_again(
    movr: MovR, owner, create_vehicle, draw: Draw
):
    draw(four)
    vehicle = create_vehicle(owner=owner)
    remove_vehicle(movr, owner, vehicle)
    with pytest.raises(NotFound):
        movr.find_vehicle(city=vehicle.city, number=FIRST)
    assert create_vehicle(owner=owner).number == SECOND


def test_numbering_again_changes_nothing(movr: MovR, create_vehicle, draw: Draw):
    vehicle = create_vehicle()
    before = read_world(movr)
    draw(four)
    movr.number_vehicles(city=vehicle.city, vehicle_ids=[vehicle.id, UUID(int=7)])
    movr.number_vehicles(city="rome", vehicle_ids=[vehicle.id])
    assert read_world(movr) == before


def test_vehicles_of_the_version_before_are_numbered_by_the_next_upgrade(
    movr: MovR, create_vehicle, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("movr.movr._NUMBERED_AT_ONCE", 2)
    vehicles = [create_vehicle(city="boston") for _ in range(3)] + [create_vehicle(city="rome")]
    forget_numbers(movr)
    steps: list[str] = []
    movr.upgrade(steps.append)
    assert steps == [
        "Numbers given to vehicles in boston: 3",
        "Numbers given to vehicles in rome: 1",
    ]
    assert all(number_of(movr, vehicle) for vehicle in vehicles)
    before = read_world(movr)
    movr.upgrade(steps.append)
    assert len(steps) == 2
    assert read_world(movr) == before


def test_upgrade_ends_where_numbers_run_out(movr: MovR, create_vehicle, draw: Draw):
    draw(four)
    vehicles = [create_vehicle() for _ in range(CANDIDATES + 1)]
    movr.upgrade(lambda _: None)
    assert number_of(movr, vehicles[-1]) is None


def test_vehicle_without_a_number_is_ridden_like_any_other(movr: MovR, rider, vehicle):
    forget_numbers(movr)
    ride = start_ride(movr, rider, vehicle)
    assert ride.vehicle_number is None
    assert end_ride(movr, rider, ride).vehicle_number is None


def test_ride_says_the_number_of_its_vehicle(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    running = reread(movr, rider).active_ride
    ended = end_ride(movr, rider, ride)
    seen = [ride, running, ended, get_ride(movr, rider, ride)]
    assert {each.vehicle_number for each in seen} == {vehicle.number}


def test_numbers_that_others_were_faster_to_take_are_drawn_again(
    movr: MovR, owner, monkeypatch: pytest.MonkeyPatch
):
    failures = [NumberTaken(), NumberTaken()]
    write = movr._write

    def fail_twice(*args, **kwargs):
        if failures:
            raise failures.pop()
        return write(*args, **kwargs)

    monkeypatch.setattr(movr, "_write", fail_twice)
    kind = {"vehicle_type": "bike", "color": "red", "brand": "City", "place": Place("here")}
    vehicle_id = movr.add_vehicle(city=owner.city, owner_id=owner.id, **kind)
    assert read_world(movr).vehicles[owner.city, vehicle_id].number
    failures.extend(NumberTaken() for _ in range(3))
    with pytest.raises(NumberTaken):
        movr.add_vehicle(city=owner.city, owner_id=owner.id, **kind)


@on_a_file
def test_number_is_looked_up_in_its_index(movr: MovR, vehicle):
    with recorded(movr.engine) as sent:
        movr.find_vehicle(city=vehicle.city, number=vehicle.number)
    (steps,) = (plan(movr, statement) for statement in sent)
    assert steps == ["SEARCH vehicles USING INDEX uq_vehicles_number (city=? AND number=?)"]
