"""Riders and owners who want a vehicle at the same moment: one of them gets it, or has it kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from movr import clock
from movr.database.engine import Limits
from movr.errors import (
    AlreadyRiding,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
)
from movr.records import Reservation, Ride
from tests.database.actions import (
    cancel_reservation,
    end_ride,
    pause_vehicle,
    reread,
    reserve_vehicle,
    resume_vehicle,
    start_ride,
)
from tests.database.backends import unrehearsed
from tests.database.conftest import CreateRider, CreateVehicle, MakeMovR
from tests.database.race import RACERS, Arena, like, new_riders, only
from tests.database.world import read_world

pytestmark = unrehearsed


@pytest.fixture
def arena(make_movr: MakeMovR) -> Iterator[Arena]:
    """A place to race, where retries come quickly and no transaction is given up."""
    with ThreadPoolExecutor(RACERS) as threads:
        yield Arena(make_movr(Limits(pool_size=RACERS, max_backoff=0.005)), threads)


def kept_for(arena: Arena, rider) -> list:
    """The vehicles that are kept for a rider now."""
    now = clock.now()
    return [
        row.id
        for row in read_world(arena.movr).vehicles.values()
        if (row.reserver_city, row.reserver_id) == (rider.city, rider.id)
        and row.reserved_until > now
    ]


def test_of_eight_riders_one_has_the_vehicle_kept(
    arena: Arena, create_rider: CreateRider, owner, vehicle
):
    riders = [create_rider() for _ in range(RACERS)]
    # A new one each time: nobody reserves the same one twice in a row.
    vehicles = like(vehicle, arena.movr, owner)
    for number in arena.rounds():
        calls = [partial(reserve_vehicle, arena.movr, rider, vehicles[number]) for rider in riders]
        winner, reservation = only(Reservation, arena.race(*calls), VehicleReserved)
        assert reread(arena.movr, riders[winner]).reservation == reservation
        assert kept_for(arena, riders[winner]) == [vehicles[number].id]


def test_of_eight_vehicles_one_is_kept_for_a_rider(arena: Arena, owner, vehicle):
    vehicles = [vehicle, *like(vehicle, arena.movr, owner, RACERS - 1)]
    riders = new_riders(arena.movr)
    for number in arena.rounds():
        rider = riders[number]
        calls = [partial(reserve_vehicle, arena.movr, rider, vehicle) for vehicle in vehicles]
        assert {type(each) for each in arena.race(*calls)} == {Reservation}
        (last,) = kept_for(arena, rider)
        assert reread(arena.movr, rider).reservation.vehicle_id == last
        cancel_reservation(arena.movr, rider, next(each for each in vehicles if each.id == last))


def test_vehicle_is_either_kept_for_one_rider_or_ridden_by_the_other(
    arena: Arena, rider, owner, vehicle
):
    vehicles = like(vehicle, arena.movr, owner)
    rivals = new_riders(arena.movr)
    winners = set()
    for number in arena.rounds():
        reservation, ride = arena.duel(
            partial(reserve_vehicle, arena.movr, rivals[number], vehicles[number]),
            partial(start_ride, arena.movr, rider, vehicles[number]),
            number,
        )
        winners.add(type(ride))
        if isinstance(ride, Ride):
            assert type(reservation) is VehicleUnavailable
            end_ride(arena.movr, rider, ride)
        else:
            assert (type(reservation), type(ride)) == (Reservation, VehicleReserved)
    assert winners == {Ride, VehicleReserved}


def test_vehicle_is_paused_whoever_reserves_it_and_kept_for_nobody(arena: Arena, owner, vehicle):
    vehicles = like(vehicle, arena.movr, owner)
    riders = new_riders(arena.movr)
    winners = set()
    for number in arena.rounds():
        reservation, paused = arena.duel(
            partial(reserve_vehicle, arena.movr, riders[number], vehicles[number]),
            partial(pause_vehicle, arena.movr, owner, vehicles[number]),
            number,
        )
        winners.add(type(reservation))
        assert paused is None
        # Nor does a reservation come back to life.
        resume_vehicle(arena.movr, owner, vehicles[number])
        assert kept_for(arena, riders[number]) == []
        assert reread(arena.movr, riders[number]).reservation is None
    assert winners == {Reservation, VehiclePaused}


def test_rider_who_starts_one_vehicle_and_reserves_another_has_no_reservation_left(
    arena: Arena, owner, vehicle, create_vehicle: CreateVehicle
):
    one, other = vehicle, create_vehicle()
    riders = new_riders(arena.movr)
    for number in arena.rounds():
        rider = riders[number]
        ride, reservation = arena.duel(
            partial(start_ride, arena.movr, rider, one),
            partial(reserve_vehicle, arena.movr, rider, other),
            number,
        )
        assert isinstance(ride, Ride)
        assert type(reservation) in (Reservation, AlreadyRiding)
        assert kept_for(arena, rider) == []
        end_ride(arena.movr, rider, ride)


def test_reserved_vehicle_is_started_while_the_reservation_is_moved_or_cancelled(
    arena: Arena, owner, vehicle, create_vehicle: CreateVehicle
):
    other = create_vehicle()
    riders = new_riders(arena.movr)
    for number in arena.rounds():
        rider = riders[number]
        reserve_vehicle(arena.movr, rider, vehicle)
        ride, moved, cancelled = arena.race(
            partial(start_ride, arena.movr, rider, vehicle),
            partial(reserve_vehicle, arena.movr, rider, other),
            partial(cancel_reservation, arena.movr, rider, vehicle),
        )
        assert isinstance(ride, Ride)
        assert type(moved) in (Reservation, AlreadyRiding)
        assert isinstance(cancelled, bool)
        assert kept_for(arena, rider) == []
        end_ride(arena.movr, rider, ride)
