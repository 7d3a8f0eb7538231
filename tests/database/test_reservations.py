"""A vehicle is kept for a rider for ten minutes: who may do what with it, and how that ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from movr import MovR, clock
from movr.errors import (
    AlreadyRiding,
    NotFound,
    ReservedBefore,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
)
from movr.records import Box, Place, Point, User, Vehicle
from movr.rules import RESERVED_AGAIN_AFTER, RESERVED_FOR
from tests.database.actions import (
    CORNER,
    cancel_reservation,
    cancel_ride,
    change_vehicle,
    end_ride,
    pause_vehicle,
    remove_vehicle,
    reread,
    reserve_vehicle,
    resume_vehicle,
    start_ride,
)
from tests.database.conftest import PASSWORD, CreateRider, CreateVehicle, Refused
from tests.database.world import read_world

INSTANT = timedelta(milliseconds=1)

Wait = Callable[[timedelta], None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """The clock of MovR stands still until somebody waits."""
    moments = [clock.now()]
    monkeypatch.setattr("movr.clock.now", lambda: moments[-1])
    return lambda time: moments.append(moments[-1] + time)


@pytest.fixture
def rival(create_rider: CreateRider) -> User:
    """Another rider, who would like the same vehicle."""
    return create_rider()


@pytest.fixture
def other(create_vehicle: CreateVehicle) -> Vehicle:
    """Another available vehicle."""
    return create_vehicle()


@pytest.mark.parametrize("city", ["new york", "rome"], ids=["home", "away"])
def test_rider_reserves_a_vehicle_and_starts_it(
    movr: MovR, rider, create_vehicle, wait: Wait, city: str
):
    vehicle = create_vehicle(city=city)
    reservation = reserve_vehicle(movr, rider, vehicle)
    assert (reservation.city, reservation.vehicle_id) == (vehicle.city, vehicle.id)
    assert reservation.vehicle_number == vehicle.number
    assert reservation.location == vehicle.last_location
    assert reservation.until == clock.now() + RESERVED_FOR
    assert reread(movr, rider).reservation == reservation
    ride = start_ride(movr, rider, vehicle)
    after = reread(movr, rider)
    assert (after.active_ride, after.reservation) == (ride, None)
    end_ride(movr, rider, ride)
    assert not movr.get_vehicle(city=city, vehicle_id=vehicle.id).is_reserved(clock.now())


def test_nobody_else_starts_or_reserves_it_until_the_time_is_over(
    movr: MovR, rider, rival, owner, vehicle, wait: Wait, refused: Refused
):
    reserve_vehicle(movr, rider, vehicle)
    for time in (timedelta(0), RESERVED_FOR - INSTANT):
        wait(time)
        for person in (rival, owner):
            with refused(VehicleReserved):
                start_ride(movr, person, vehicle)
            with refused(VehicleReserved):
                reserve_vehicle(movr, person, vehicle)
    wait(INSTANT)
    assert reread(movr, rider).reservation is None
    reserve_vehicle(movr, rival, vehicle)
    with refused(VehicleReserved):
        start_ride(movr, rider, vehicle)


def test_vehicle_whose_reservation_is_over_is_anybodys(
    movr: MovR, rider, rival, vehicle, wait: Wait
):
    reserve_vehicle(movr, rider, vehicle)
    wait(RESERVED_FOR)
    end_ride(movr, rival, start_ride(movr, rival, vehicle))
    end_ride(movr, rider, start_ride(movr, rider, vehicle))


def test_reserving_again_changes_nothing(movr: MovR, rider, vehicle, wait: Wait):
    first = reserve_vehicle(movr, rider, vehicle)
    before = read_world(movr)
    wait(timedelta(minutes=9))
    assert reserve_vehicle(movr, rider, vehicle) == first
    assert read_world(movr) == before


def test_reservation_that_is_cancelled_leaves_the_vehicle_to_others(
    movr: MovR, rider, rival, vehicle, wait: Wait
):
    reserve_vehicle(movr, rider, vehicle)
    assert cancel_reservation(movr, rider, vehicle) is True
    assert reread(movr, rider).reservation is None
    before = read_world(movr)
    wait(INSTANT)
    assert cancel_reservation(movr, rider, vehicle) is False
    assert read_world(movr) == before
    start_ride(movr, rival, vehicle)


def test_nobody_cancels_the_reservation_of_another_rider(
    movr: MovR, rider, rival, owner, vehicle, wait: Wait
):
    reserve_vehicle(movr, rider, vehicle)
    before = read_world(movr)
    unknown = replace(rider, city="rome")
    for person in (rival, owner, unknown):
        assert cancel_reservation(movr, person, vehicle) is False
    assert read_world(movr) == before


def test_rider_has_one_reservation_the_last_one(
    movr: MovR, rider, rival, vehicle, create_vehicle, wait: Wait
):
    for city in ("new york", "rome"):
        other = create_vehicle(city=city)
        reserve_vehicle(movr, rider, other)
        assert reread(movr, rider).reservation.vehicle_id == other.id
    moved = reserve_vehicle(movr, rider, vehicle)
    assert reread(movr, rider).reservation == moved
    # The ones before are free.
    reserve_vehicle(movr, rival, other)


def test_ride_on_another_vehicle_ends_the_reservation(
    movr: MovR, rider, rival, vehicle, other, wait: Wait
):
    reserve_vehicle(movr, rider, vehicle)
    start_ride(movr, rider, other)
    assert reread(movr, rider).reservation is None
    reserve_vehicle(movr, rival, vehicle)


def test_rider_on_a_ride_reserves_nothing(
    movr: MovR, rider, vehicle, other, wait: Wait, refused: Refused
):
    ride = start_ride(movr, rider, vehicle)
    for each in (vehicle, other):
        with refused(AlreadyRiding):
            reserve_vehicle(movr, rider, each)
    end_ride(movr, rider, ride)
    # Who has ridden it has used it, and may have it kept while they are in the shop.
    reserve_vehicle(movr, rider, vehicle)


def test_refused_ride_and_refused_reservation_leave_the_own_one_alone(
    movr: MovR, rider, rival, vehicle, other, wait: Wait, refused: Refused
):
    own = reserve_vehicle(movr, rider, vehicle)
    reserve_vehicle(movr, rival, other)
    for act in (reserve_vehicle, start_ride):
        with refused(VehicleReserved):
            act(movr, rider, other)
    assert reread(movr, rider).reservation == own


@pytest.mark.parametrize("how", ["cancelled", "over", "moved", "ride cancelled"])
def test_same_rider_waits_before_reserving_it_again(
    movr: MovR, rider, rival, vehicle, other, wait: Wait, refused: Refused, how: str
):
    reserve_vehicle(movr, rider, vehicle)
    if how == "over":
        wait(RESERVED_FOR)
    elif how == "moved":
        reserve_vehicle(movr, rider, other)
    elif how == "ride cancelled":
        cancel_ride(movr, rider, start_ride(movr, rider, vehicle))
    else:
        cancel_reservation(movr, rider, vehicle)
    for time in (timedelta(0), RESERVED_AGAIN_AFTER - INSTANT):
        wait(time)
        with refused(ReservedBefore):
            reserve_vehicle(movr, rider, vehicle)
    wait(INSTANT)
    reserve_vehicle(movr, rider, vehicle)


def test_who_waits_may_start_it_or_reserve_another_one(
    movr: MovR, rider, vehicle, other, wait: Wait
):
    reserve_vehicle(movr, rider, vehicle)
    cancel_reservation(movr, rider, vehicle)
    reserve_vehicle(movr, rider, other)
    start_ride(movr, rider, vehicle)


def test_what_is_not_available_is_not_reserved(
    movr: MovR, rider, rival, owner, vehicle, refused: Refused
):
    ride = start_ride(movr, rival, vehicle)
    with refused(VehicleUnavailable):
        reserve_vehicle(movr, rider, vehicle)
    end_ride(movr, rival, ride)
    pause_vehicle(movr, owner, vehicle)
    with refused(VehiclePaused):
        reserve_vehicle(movr, rider, vehicle)
    remove_vehicle(movr, owner, vehicle)
    with refused(NotFound):
        reserve_vehicle(movr, rider, vehicle)
    with refused(NotFound):
        reserve_vehicle(movr, replace(rider, city="rome"), vehicle)
    with refused(NotFound):
        reserve_vehicle(movr, rider, replace(vehicle, city="rome"))


@pytest.mark.parametrize("act", [pause_vehicle, remove_vehicle])
def test_owner_who_stops_sharing_it_ends_the_reservation(
    movr: MovR, rider, owner, vehicle, other, wait: Wait, act
):
    reserve_vehicle(movr, rider, vehicle)
    act(movr, owner, vehicle)
    assert reread(movr, rider).reservation is None
    if act is pause_vehicle:
        resume_vehicle(movr, owner, vehicle)
        # It isn't the rider's fault, so there is nothing to wait for.
        assert reread(movr, rider).reservation is None
        reserve_vehicle(movr, rider, vehicle)
    reserve_vehicle(movr, rider, other)


def test_owner_edits_a_reserved_vehicle_which_stays_so(
    movr: MovR, rider, owner, vehicle, wait: Wait
):
    reservation = reserve_vehicle(movr, rider, vehicle)
    change_vehicle(movr, owner, vehicle, color="blue")
    resume_vehicle(movr, owner, vehicle)
    found = reread(movr, rider).reservation
    assert (found.vehicle_color, found.until) == ("blue", reservation.until)


def test_account_with_a_reservation_is_closed_and_the_vehicle_is_free_in_time(
    movr: MovR, rider, rival, vehicle, wait: Wait, refused: Refused
):
    reserve_vehicle(movr, rider, vehicle)
    movr.remove_user(city=rider.city, user_id=rider.id, password=PASSWORD)
    with refused(VehicleReserved):
        start_ride(movr, rival, vehicle)
    with refused(NotFound):
        start_ride(movr, rider, vehicle)
    wait(RESERVED_FOR)
    start_ride(movr, rival, vehicle)


def test_reserved_vehicle_is_listed_but_not_as_available(
    movr: MovR, rider, vehicle, create_vehicle, wait: Wait
):
    free = create_vehicle(place=Place("here", Point(40.7360, -73.9909)))

    def listed(available_only: bool) -> list[set[bool]]:
        wanted = {"city": vehicle.city, "available_only": available_only}
        found = (
            movr.get_vehicles(**wanted).rows,
            movr.get_vehicles_in_view(**wanted, box=Box(40, -75, 41, -73)).vehicles,
            movr.get_vehicles_near(**wanted, point=Point(40.7359, -73.9908)).rows,
        )
        assert all(free.id in {each.id for each in rows} for rows in found)
        now = clock.now()
        return [{each.is_reserved(now) for each in rows} for rows in found]

    reserve_vehicle(movr, rider, vehicle)
    assert listed(available_only=False) == [{True, False}] * 3
    assert listed(available_only=True) == [{False}] * 3
    wait(RESERVED_FOR)
    assert listed(available_only=False) == [{False}] * 3
    rows = movr.get_vehicles(city=vehicle.city, available_only=True).rows
    assert {each.id for each in rows} == {vehicle.id, free.id}


def test_ride_that_was_started_twice_or_ended_does_not_end_a_later_reservation(
    movr: MovR, rider, vehicle, other, wait: Wait
):
    ride = start_ride(movr, rider, vehicle)
    end_ride(movr, rider, ride)
    reservation = reserve_vehicle(movr, rider, other)
    start_ride(movr, rider, vehicle, ride.id)
    end_ride(movr, rider, ride, CORNER)
    assert reread(movr, rider).reservation == reservation
