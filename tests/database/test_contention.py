"""Riders and owners who get in each other's way, for real: one wins, and nothing breaks.

The threads are released at the same moment, many times for each race. A stand-in gives 40001 where
a transaction meets a row that another one has changed: it is run again, and sees what holds by now.
CockroachDB lets the second one wait and go on, so the count of retries is asked of the stand-in.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest

from movr.database.engine import Limits
from movr.errors import (
    AlreadyRiding,
    NotFound,
    OwnsVehicles,
    RideCancelled,
    RideRunning,
    TooLateToCancel,
    UsernameTaken,
    VehicleInUse,
    VehicleUnavailable,
)
from movr.kinds import VehicleType
from movr.records import Place, Point, Ride, User
from tests.database.actions import (
    cancel_ride,
    change_vehicle,
    end_ride,
    remove_vehicle,
    reread,
    start_ride,
)
from tests.database.backends import SQLITE, STANDIN, Backend, unrehearsed
from tests.database.conftest import PASSWORD, CreateRider, CreateVehicle, MakeMovR
from tests.database.race import MANY_ROUNDS, RACERS, Arena, like, new_riders, only
from tests.database.world import read_world

pytestmark = unrehearsed

# As in production, but for the pause before a retry: thousands of them are made here.
LIMITS = Limits(pool_size=RACERS, max_backoff=0.005)
# One of them writes to a SQLite file at a time, and whoever finds it locked looks again later and
# later. Two connections keep the lock contested, and the others wait for these without sleeping.
LIMITS_OF_A_FILE = replace(LIMITS, pool_size=2)


@pytest.fixture(scope="module")
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(RACERS) as threads:
        yield threads


@pytest.fixture
def arena(
    make_movr: MakeMovR,
    backend: Backend,
    threads: Executor,
    cheap_hash: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Arena]:
    """A place to race, where no transaction is run more often than the limits allow."""
    monkeypatch.setattr("movr.passwords.hash_password", lambda _password: cheap_hash)
    limits = LIMITS_OF_A_FILE if backend.name == SQLITE else LIMITS
    arena = Arena(make_movr(limits), threads)
    yield arena
    assert arena.most_attempts <= 1 + LIMITS.max_retries
    if backend.name == STANDIN:
        assert arena.retries == backend.retries_of(arena.movr)


def assert_some_were_run_again(arena: Arena, backend: Backend) -> None:
    """The stand-in has refused attempts, each of which came to its end later."""
    if backend.name == STANDIN:
        assert arena.retries > 0


def test_of_eight_riders_one_gets_the_vehicle(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    riders = [create_rider() for _ in range(RACERS)]
    vehicle = create_vehicle()
    for _ in arena.rounds(MANY_ROUNDS):
        calls = [partial(start_ride, arena.movr, rider, vehicle) for rider in riders]
        winner, ride = only(Ride, arena.race(*calls), VehicleUnavailable)
        end_ride(arena.movr, riders[winner], ride)
    assert_some_were_run_again(arena, backend)


def test_of_eight_vehicles_a_rider_gets_one(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider = create_rider()
    vehicles = [create_vehicle() for _ in range(RACERS)]
    for _ in arena.rounds():
        calls = [partial(start_ride, arena.movr, rider, vehicle) for vehicle in vehicles]
        winner, ride = only(Ride, arena.race(*calls), AlreadyRiding)
        assert ride.vehicle_id == vehicles[winner].id
        end_ride(arena.movr, rider, ride)
    assert_some_were_run_again(arena, backend)


def test_vehicle_is_either_ridden_or_removed(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, owner = create_rider(), create_rider()
    vehicles = like(create_vehicle(owner=owner), arena.movr, owner)

    def look_and_remove(vehicle):
        # The start has one more statement to make before it reaches the vehicle.
        reread(arena.movr, owner)
        remove_vehicle(arena.movr, owner, vehicle)

    winners = set()
    for number in arena.rounds():
        vehicle = vehicles[number]
        removal = look_and_remove if number % 2 else partial(remove_vehicle, arena.movr, owner)
        ride, removed = arena.duel(
            partial(start_ride, arena.movr, rider, vehicle), partial(removal, vehicle), number
        )
        winners.add(type(ride))
        if isinstance(ride, Ride):
            assert type(removed) is VehicleInUse
            end_ride(arena.movr, rider, ride)
        else:
            assert (type(ride), removed) == (NotFound, None)
    assert winners == {Ride, NotFound}
    assert_some_were_run_again(arena, backend)


def test_vehicle_stands_where_its_ride_has_begun(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, owner = create_rider(), create_rider()
    vehicles = like(create_vehicle(owner=owner), arena.movr, owner)
    for number in arena.rounds():
        vehicle = vehicles[number]
        ride, changed = arena.duel(
            partial(start_ride, arena.movr, rider, vehicle),
            partial(change_vehicle, arena.movr, owner, vehicle, place=Place("moved")),
            number,
        )
        assert isinstance(ride, Ride)
        assert (ride.start_location, type(changed)) in {
            ("here", VehicleInUse),
            ("moved", type(None)),
        }
        end_ride(arena.movr, rider, ride)
    assert_some_were_run_again(arena, backend)


def test_ride_that_is_ended_twice_ends_once(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, vehicle = create_rider(), create_vehicle()
    places = [
        Place("Pier 17", Point(40.7061, -73.9969)),
        Place("Bryant Park", Point(40.7536, -73.9832)),
    ]
    for number in arena.rounds():
        ride = start_ride(arena.movr, rider, vehicle)
        one, other = arena.duel(
            *(partial(end_ride, arena.movr, rider, ride, place) for place in places), number
        )
        assert one == other
        left = arena.movr.get_vehicles(city=vehicle.city).rows[0]
        assert Place(left.last_location, left.point) in places
        assert left.last_location == one.end_location
    assert_some_were_run_again(arena, backend)


def test_ride_is_either_cancelled_or_ended(
    arena: Arena, backend: Backend, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, vehicle = create_rider(), create_vehicle()
    winners = set()
    for number in arena.rounds():
        before = reread(arena.movr, rider).ride_count
        ride = start_ride(arena.movr, rider, vehicle)
        cancelled, ended = arena.duel(
            partial(cancel_ride, arena.movr, rider, ride),
            partial(end_ride, arena.movr, rider, ride),
            number,
        )
        winners.add(type(ended))
        if isinstance(ended, Ride):
            assert type(cancelled) is TooLateToCancel
        else:
            assert (cancelled, type(ended)) == (None, RideCancelled)
        assert reread(arena.movr, rider).ride_count == before + isinstance(ended, Ride)
    assert winners == {Ride, RideCancelled}
    assert_some_were_run_again(arena, backend)


def test_ride_that_is_cancelled_is_not_started_again_with_its_id(
    arena: Arena, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, vehicle = create_rider(), create_vehicle()
    for number in arena.rounds():
        ride = start_ride(arena.movr, rider, vehicle)
        cancelled, again = arena.duel(
            partial(cancel_ride, arena.movr, rider, ride),
            partial(start_ride, arena.movr, rider, vehicle, ride.id),
            number,
        )
        assert cancelled is None
        assert again == ride or type(again) is RideCancelled
        assert reread(arena.movr, rider).active_ride is None


def test_owner_edits_the_vehicle_before_or_after_the_ride_is_cancelled(
    arena: Arena, create_rider: CreateRider, create_vehicle: CreateVehicle
):
    rider, owner = create_rider(), create_rider()
    vehicle = create_vehicle(owner=owner)
    for number in arena.rounds():
        place = Place(f"corner {number}")
        ride = start_ride(arena.movr, rider, vehicle)
        cancelled, changed = arena.duel(
            partial(cancel_ride, arena.movr, rider, ride),
            partial(change_vehicle, arena.movr, owner, vehicle, place=place),
            number,
        )
        assert cancelled is None
        assert changed is None or type(changed) is VehicleInUse
        left = arena.movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)
        assert left.last_location == (place.name if changed is None else ride.start_location)


def test_account_is_either_riding_or_closed(
    arena: Arena, backend: Backend, create_vehicle: CreateVehicle
):
    riders, vehicle = new_riders(arena.movr), create_vehicle()
    winners = set()
    for number in arena.rounds():
        rider = riders[number]
        ride, closed = arena.duel(
            partial(start_ride, arena.movr, rider, vehicle),
            partial(arena.movr.remove_user, city=rider.city, user_id=rider.id, password=PASSWORD),
            number,
        )
        winners.add(type(ride))
        if isinstance(ride, Ride):
            assert type(closed) is RideRunning
            end_ride(arena.movr, rider, ride)
        else:
            assert (type(ride), closed) == (NotFound, None)
    assert winners == {Ride, NotFound}
    assert_some_were_run_again(arena, backend)


def test_name_is_given_to_one_of_two_in_different_cities(arena: Arena):
    # The index refuses the second one without a retry: there is nothing to be seen anew.
    names = set()
    for number in arena.rounds():
        names.add(f"ada-{number}")
        calls = [
            partial(
                arena.movr.add_user,
                city=city,
                first_name="Ada",
                last_name="Rider",
                email="ada@example.com",
                username=f"{name}-{number}",
                password=PASSWORD,
            )
            for city, name in (("new york", "ada"), ("rome", "ADA"))
        ]
        _, user = only(User, arena.duel(*calls, number), UsernameTaken)
        assert user.username == f"ada-{number}"
    assert {row.username for row in read_world(arena.movr).users.values()} == names


def test_account_either_has_a_new_vehicle_or_is_closed(arena: Arena, backend: Backend):
    owners = new_riders(arena.movr)
    winners = set()
    for number in arena.rounds():
        owner = owners[number]
        vehicle_id, closed = arena.duel(
            partial(
                arena.movr.add_vehicle,
                city=owner.city,
                owner_id=owner.id,
                vehicle_type=VehicleType.SCOOTER,
                color="red",
                brand="Glide",
                place=Place("Pier 17"),
            ),
            partial(arena.movr.remove_user, city=owner.city, user_id=owner.id, password=PASSWORD),
            number,
        )
        winners.add(type(vehicle_id))
        if isinstance(vehicle_id, UUID):
            assert type(closed) is OwnsVehicles
        else:
            assert (type(vehicle_id), closed) == (NotFound, None)
    assert winners == {UUID, NotFound}
    assert_some_were_run_again(arena, backend)


def test_vehicles_that_are_added_at_once_get_numbers_of_their_own(
    arena: Arena, owner: User, monkeypatch: pytest.MonkeyPatch
):
    drawn = [""]
    monkeypatch.setattr(
        "movr.numbers.new_numbers", lambda: tuple(f"{drawn[0]}-{letter}" for letter in "ABCD")
    )
    add = partial(
        arena.movr.add_vehicle,
        city=owner.city,
        owner_id=owner.id,
        vehicle_type=VehicleType.BIKE,
        color="red",
        brand="City",
        place=Place("Pier 17"),
    )
    for number in arena.rounds():
        drawn[0] = str(number)
        added = arena.race(add, add, add)
        vehicles = read_world(arena.movr).vehicles
        numbers = [vehicles[owner.city, vehicle_id].number for vehicle_id in added]
        assert sorted(numbers) == [f"{number}-{letter}" for letter in "ABC"]
