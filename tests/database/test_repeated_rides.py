"""Starting and ending again, as a double click or a retry after a lost answer does: harmless."""

from datetime import timedelta
from uuid import uuid4

from movr import MovR
from movr.errors import AlreadyRiding, NotFound, VehicleUnavailable
from movr.records import Place, Point
from tests.database.actions import CORNER, end_ride, remove_vehicle, reread, start_ride
from tests.database.world import read_world

ELSEWHERE = Place("Pier 17", Point(40.7061, -73.9969))


def test_second_start_with_the_same_id_returns_the_same_ride(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle, ride_id := uuid4())
    assert ride.id == ride_id
    before = read_world(movr)
    assert start_ride(movr, rider, vehicle, ride_id) == ride
    assert read_world(movr) == before


def test_second_start_of_the_ridden_vehicle_returns_the_running_ride(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle, uuid4())
    before = read_world(movr)
    for other_id in (None, uuid4()):
        assert start_ride(movr, rider, vehicle, other_id) == ride
    assert read_world(movr) == before


def test_second_start_away_from_home_returns_the_running_ride(movr: MovR, rider, create_vehicle):
    vehicle = create_vehicle(city="rome")
    ride = start_ride(movr, rider, vehicle)
    before = read_world(movr)
    assert start_ride(movr, rider, vehicle) == ride
    assert start_ride(movr, rider, vehicle, ride.id) == ride
    assert read_world(movr) == before


def test_late_retry_of_a_start_returns_the_ended_ride_and_starts_nothing(
    movr: MovR, rider, vehicle
):
    ride_id = uuid4()
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle, ride_id))
    before = read_world(movr)
    assert start_ride(movr, rider, vehicle, ride_id) == ended
    assert read_world(movr) == before
    assert reread(movr, rider).active_ride is None


def test_late_retry_of_a_start_leaves_the_next_rides_alone(
    movr: MovR, rider, create_rider, vehicle, create_vehicle
):
    ride_id = uuid4()
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle, ride_id))
    start_ride(movr, create_rider(), vehicle)
    start_ride(movr, rider, create_vehicle())
    before = read_world(movr)
    assert start_ride(movr, rider, vehicle, ride_id) == ended
    assert read_world(movr) == before


def test_late_retry_returns_the_ride_though_the_vehicle_is_gone(movr: MovR, rider, owner, vehicle):
    ride_id = uuid4()
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle, ride_id))
    remove_vehicle(movr, owner, vehicle)
    assert start_ride(movr, rider, vehicle, ride_id) == ended


def test_id_of_another_riders_ride_starts_nothing(
    movr: MovR, rider, create_rider, vehicle, create_vehicle, refused
):
    ride = start_ride(movr, rider, vehicle, uuid4())
    rival = create_rider()
    for wanted in (vehicle, create_vehicle()):
        with refused(NotFound):
            start_ride(movr, rival, wanted, ride.id)
    end_ride(movr, rider, ride)
    with refused(NotFound):
        start_ride(movr, rival, vehicle, ride.id)


def test_refused_start_may_be_tried_again_with_its_id(
    movr: MovR, rider, create_rider, vehicle, refused
):
    rival = create_rider()
    ride = start_ride(movr, rival, vehicle)
    ride_id = uuid4()
    with refused(VehicleUnavailable):
        start_ride(movr, rider, vehicle, ride_id)
    end_ride(movr, rival, ride)
    assert start_ride(movr, rider, vehicle, ride_id).id == ride_id


def test_busy_rider_is_refused_whatever_the_new_id(
    movr: MovR, rider, vehicle, create_vehicle, refused
):
    other = create_vehicle()
    start_ride(movr, rider, vehicle, uuid4())
    with refused(AlreadyRiding):
        start_ride(movr, rider, other, uuid4())


def test_second_end_changes_nothing(movr: MovR, rider, vehicle):
    ended = end_ride(movr, rider, ride := start_ride(movr, rider, vehicle), CORNER)
    before = read_world(movr)
    assert end_ride(movr, rider, ride, ELSEWHERE) == ended
    assert read_world(movr) == before


def test_second_end_leaves_alone_who_rides_the_vehicle_by_then(
    movr: MovR, rider, create_rider, vehicle
):
    ended = end_ride(movr, rider, ride := start_ride(movr, rider, vehicle), CORNER)
    next_rider = create_rider()
    running = start_ride(movr, next_rider, vehicle)
    before = read_world(movr)
    assert end_ride(movr, rider, ride, ELSEWHERE) == ended
    assert read_world(movr) == before
    assert reread(movr, next_rider).active_ride == running


def test_second_end_leaves_the_riders_next_ride_running(movr: MovR, rider, vehicle, create_vehicle):
    ended = end_ride(movr, rider, ride := start_ride(movr, rider, vehicle))
    running = start_ride(movr, rider, create_vehicle())
    before = read_world(movr)
    assert end_ride(movr, rider, ride) == ended
    assert read_world(movr) == before
    assert reread(movr, rider).active_ride == running


def test_second_end_keeps_the_first_length(movr: MovR, rider, vehicle, monkeypatch):
    ended = end_ride(movr, rider, ride := start_ride(movr, rider, vehicle))
    monkeypatch.setattr("movr.clock.now", lambda: ended.end_time + timedelta(hours=1))
    assert end_ride(movr, rider, ride) == ended
