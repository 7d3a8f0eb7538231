"""An owner pauses a vehicle and resumes it: who sees it meanwhile, and who may do what with it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from movr import MovR
from movr.errors import (
    NotFound,
    NotYours,
    OwnsVehicles,
    VehicleInUse,
    VehiclePaused,
)
from movr.kinds import VehicleStatus
from movr.records import Box, Place, Point, Ride
from tests.database.actions import (
    change_vehicle,
    end_ride,
    pause_vehicle,
    remove_vehicle,
    resume_vehicle,
    start_ride,
)
from tests.database.backends import unrehearsed
from tests.database.bulk import add_vehicles
from tests.database.conftest import PASSWORD
from tests.database.race import Arena, like
from tests.database.world import read_world


def shown(movr: MovR, city: str) -> list[Any]:
    """The vehicles that riders are shown, by all ways to them."""
    box = Box(40, -75, 41, -73)
    return [
        *movr.get_vehicles(city=city).rows,
        *movr.get_vehicles(city=city, available_only=True).rows,
        *movr.get_vehicles_in_view(city=city, box=box).vehicles,
        *movr.get_vehicles_near(city=city, point=Point(40.7359, -73.9908)).rows,
    ]


def test_paused_vehicle_is_shown_to_its_owner_only(movr: MovR, owner, vehicle):
    assert shown(movr, vehicle.city) == [vehicle] * 4
    pause_vehicle(movr, owner, vehicle)
    assert shown(movr, vehicle.city) == []
    (own,) = movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id).rows
    assert own.id == vehicle.id
    assert own.paused_since is not None
    # Whoever stands before it is told why it cannot be ridden.
    found = movr.find_vehicle(city=vehicle.city, number=vehicle.number)
    assert (found.id, found.paused_since) == (own.id, own.paused_since)
    resume_vehicle(movr, owner, vehicle)
    assert shown(movr, vehicle.city) == [vehicle] * 4


def test_pausing_and_resuming_changes_nothing_else_and_again_nothing(movr: MovR, owner, vehicle):
    before = read_world(movr)
    pause_vehicle(movr, owner, vehicle)
    paused = read_world(movr)
    assert paused.vehicles[vehicle.city, vehicle.id].status is VehicleStatus.REMOVED
    pause_vehicle(movr, owner, vehicle)
    assert read_world(movr) == paused
    resume_vehicle(movr, owner, vehicle)
    assert read_world(movr) == before
    resume_vehicle(movr, owner, vehicle)
    assert read_world(movr) == before


def test_paused_vehicle_is_not_started(movr: MovR, rider, owner, vehicle, refused):
    pause_vehicle(movr, owner, vehicle)
    for person in (rider, owner):
        with refused(VehiclePaused):
            start_ride(movr, person, vehicle)
    resume_vehicle(movr, owner, vehicle)
    end_ride(movr, rider, start_ride(movr, rider, vehicle))


def test_vehicle_is_not_paused_while_it_is_ridden(movr: MovR, rider, owner, vehicle, refused):
    ride = start_ride(movr, rider, vehicle)
    with refused(VehicleInUse):
        pause_vehicle(movr, owner, vehicle)
    before = read_world(movr)
    # A button that was pressed before somebody else was faster.
    resume_vehicle(movr, owner, vehicle)
    assert read_world(movr) == before
    end_ride(movr, rider, ride)
    pause_vehicle(movr, owner, vehicle)


@pytest.mark.parametrize("act", [pause_vehicle, resume_vehicle])
def test_only_the_owner_pauses_and_resumes(movr: MovR, rider, owner, vehicle, refused, act):
    for _ in range(2):
        with refused(NotYours):
            act(movr, rider, vehicle)
        pause_vehicle(movr, owner, vehicle)


@pytest.mark.parametrize("act", [pause_vehicle, resume_vehicle, change_vehicle])
def test_vehicle_that_is_gone_stays_gone(movr: MovR, owner, vehicle, refused, act):
    pause_vehicle(movr, owner, vehicle)
    remove_vehicle(movr, owner, vehicle)
    assert movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id).rows == ()
    with refused(NotFound):
        act(movr, owner, vehicle)
    with pytest.raises(NotFound):
        movr.find_vehicle(city=vehicle.city, number=vehicle.number)


def test_owner_corrects_a_paused_vehicle(movr: MovR, owner, vehicle):
    pause_vehicle(movr, owner, vehicle)
    change_vehicle(movr, owner, vehicle, place=Place("the workshop"), ride_count=0)
    assert shown(movr, vehicle.city) == []
    resume_vehicle(movr, owner, vehicle)
    (listed,) = movr.get_vehicles(city=vehicle.city).rows
    assert listed.last_location == "the workshop"


def test_account_with_a_paused_vehicle_is_not_closed(movr: MovR, owner, vehicle, refused):
    pause_vehicle(movr, owner, vehicle)
    closing = {"city": owner.city, "user_id": owner.id, "password": PASSWORD}
    with refused(OwnsVehicles):
        movr.remove_user(**closing)
    remove_vehicle(movr, owner, vehicle)
    movr.remove_user(**closing)


def test_pages_of_an_owner_hold_shared_and_paused_vehicles_in_one_order(movr: MovR, owner, vehicle):
    ids = sorted([vehicle.id, *add_vehicles(movr, owner, 60)])
    for vehicle_id in ids[::2]:
        movr.pause_vehicle(
            city=owner.city, vehicle_id=vehicle_id, owner_city=owner.city, owner_id=owner.id
        )
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id, cursor=cursor)
        found += [each.id for each in page.rows]
        cursor, pages = page.next_cursor, pages + 1
    assert (found, pages) == (ids, 3)


@unrehearsed
def test_vehicle_is_either_ridden_or_paused(movr: MovR, rider, owner, vehicle):
    vehicles = like(vehicle, movr, owner)
    winners = set()
    with ThreadPoolExecutor(2) as threads:
        arena = Arena(movr, threads)
        for number in arena.rounds():
            ride, paused = arena.duel(
                partial(start_ride, movr, rider, vehicles[number]),
                partial(pause_vehicle, movr, owner, vehicles[number]),
                number,
            )
            winners.add(type(ride))
            if isinstance(ride, Ride):
                assert type(paused) is VehicleInUse
                end_ride(movr, rider, ride)
            else:
                assert (type(ride), paused) == (VehiclePaused, None)
    movr.observers.remove(arena.reports.append)
    assert winners == {Ride, VehiclePaused}
