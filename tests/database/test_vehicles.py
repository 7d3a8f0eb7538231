"""Vehicles: registering, listing, taking out of service."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from movr import MovR
from movr.errors import NotFound, NotYours, VehicleInUse, VehicleUnavailable
from movr.kinds import VehicleStatus, VehicleType
from movr.records import Place, Point
from tests.database.actions import end_ride, remove_vehicle, reread, start_ride
from tests.database.world import read_world


def row_of(movr: MovR, vehicle):
    return read_world(movr).vehicles[vehicle.city, vehicle.id]


def ids(page):
    return {vehicle.id for vehicle in page.rows}


def test_new_vehicle_is_as_it_was_given(movr: MovR, owner):
    vehicle_id = movr.add_vehicle(
        city=owner.city,
        owner_id=owner.id,
        vehicle_type=VehicleType.SKATEBOARD,
        color="deep blue",
        brand="Cruiser",
        place=Place("Bryant Park", Point(40.7536, -73.9832)),
    )
    (vehicle,) = movr.get_vehicles(city=owner.city).rows
    assert (vehicle.city, vehicle.id, vehicle.owner_id) == (owner.city, vehicle_id, owner.id)
    assert vehicle.type is VehicleType.SKATEBOARD
    assert vehicle.status is VehicleStatus.AVAILABLE
    assert (vehicle.color, vehicle.brand) == ("deep blue", "Cruiser")
    assert vehicle.last_location == "Bryant Park"
    assert (vehicle.latitude, vehicle.longitude) == (40.7536, -73.9832)
    assert vehicle.date_added.tzinfo is UTC
    assert abs(datetime.now(UTC) - vehicle.date_added) < timedelta(minutes=1)


def test_vehicle_may_stand_where_no_coordinates_are_known(create_vehicle):
    vehicle = create_vehicle(place=Place("behind the old mill"))
    assert (vehicle.latitude, vehicle.longitude) == (None, None)


def test_rider_becomes_an_owner_with_the_first_vehicle(movr: MovR, rider, create_vehicle):
    assert not reread(movr, rider).is_owner
    create_vehicle(owner=rider)
    assert reread(movr, rider).is_owner
    create_vehicle(owner=rider)
    assert reread(movr, rider).is_owner


def test_vehicle_needs_an_owner_of_its_city(movr: MovR, owner, refused):
    for city, owner_id in [("rome", owner.id), (owner.city, uuid4())]:
        with refused(NotFound):
            movr.add_vehicle(
                city=city,
                owner_id=owner_id,
                vehicle_type=VehicleType.BIKE,
                color="red",
                brand="City",
                place=Place("here"),
            )


def test_vehicle_that_is_registered_again_under_its_id_is_registered_once(
    movr: MovR, owner, create_vehicle
):
    vehicle_id = uuid4()
    vehicle = create_vehicle(owner=owner, vehicle_id=vehicle_id)
    assert vehicle.id == vehicle_id
    before = read_world(movr)
    assert create_vehicle(owner=owner, vehicle_id=vehicle_id, color="blue") == vehicle
    assert read_world(movr) == before
    remove_vehicle(movr, owner, vehicle)
    assert create_vehicle(owner=owner, vehicle_id=vehicle_id).status is VehicleStatus.REMOVED


def test_id_of_another_owners_vehicle_registers_nothing(rider, vehicle, create_vehicle, refused):
    with refused(NotFound):
        create_vehicle(owner=rider, vehicle_id=vehicle.id)


def test_city_shows_its_own_vehicles_in_service_only(movr: MovR, owner, create_vehicle):
    kept, gone = create_vehicle(owner=owner), create_vehicle(owner=owner)
    create_vehicle(city="boston")
    remove_vehicle(movr, owner, gone)
    assert movr.get_vehicles(city=owner.city).rows == (kept,)
    own = movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id).rows
    assert [vehicle.id for vehicle in own] == [kept.id]


def test_filters_by_type_and_availability_combine(movr: MovR, rider, owner, create_vehicle):
    bike, ridden = create_vehicle(owner=owner), create_vehicle(owner=owner)
    scooter = create_vehicle(owner=owner, vehicle_type=VehicleType.SCOOTER)
    start_ride(movr, rider, ridden)

    def listed(**filters):
        return ids(movr.get_vehicles(city=owner.city, **filters))

    assert listed() == {bike.id, ridden.id, scooter.id}
    assert listed(available_only=True) == {bike.id, scooter.id}
    assert listed(vehicle_type=VehicleType.BIKE) == {bike.id, ridden.id}
    assert listed(vehicle_type=VehicleType.BIKE, available_only=True) == {bike.id}
    assert listed(vehicle_type=VehicleType.SKATEBOARD) == set()


def test_owner_sees_own_vehicles_whoever_rides_them(movr: MovR, rider, owner, create_vehicle):
    mine, ridden = create_vehicle(owner=owner), create_vehicle(owner=owner)
    create_vehicle()
    start_ride(movr, rider, ridden)
    assert ids(movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id)) == {
        mine.id,
        ridden.id,
    }


def test_removed_vehicle_keeps_its_row_and_its_place(movr: MovR, owner, vehicle):
    before = row_of(movr, vehicle)
    remove_vehicle(movr, owner, vehicle)
    after = row_of(movr, vehicle)
    assert after.status is VehicleStatus.REMOVED
    assert vars(after) | {"status": before.status} == vars(before)


def test_removing_a_vehicle_again_changes_nothing(movr: MovR, owner, vehicle):
    remove_vehicle(movr, owner, vehicle)
    before = read_world(movr)
    remove_vehicle(movr, owner, vehicle)
    assert read_world(movr) == before


def test_only_the_owner_removes_a_vehicle(movr: MovR, rider, owner, vehicle, refused):
    with refused(NotYours):
        remove_vehicle(movr, rider, vehicle)
    remove_vehicle(movr, owner, vehicle)
    with refused(NotYours):
        remove_vehicle(movr, rider, vehicle)


def test_id_of_the_owner_in_another_city_is_somebody_else(movr: MovR, owner, vehicle, refused):
    with refused(NotYours):
        movr.remove_vehicle(
            city=vehicle.city, vehicle_id=vehicle.id, owner_city="rome", owner_id=owner.id
        )


def test_vehicle_is_found_by_city_and_id_together(movr: MovR, owner, vehicle, refused):
    for city, vehicle_id in [("boston", vehicle.id), (vehicle.city, uuid4())]:
        with refused(NotFound):
            movr.remove_vehicle(
                city=city, vehicle_id=vehicle_id, owner_city=owner.city, owner_id=owner.id
            )


def test_vehicle_is_not_removed_while_it_is_ridden(movr: MovR, rider, owner, vehicle, refused):
    ride = start_ride(movr, rider, vehicle)
    with refused(VehicleInUse):
        remove_vehicle(movr, owner, vehicle)
    end_ride(movr, rider, ride)
    remove_vehicle(movr, owner, vehicle)


def test_stranger_learns_of_a_ridden_vehicle_only_that_it_is_not_theirs(
    movr: MovR, create_rider, rider, vehicle, refused
):
    stranger = create_rider()
    start_ride(movr, rider, vehicle)
    with refused(NotYours):
        remove_vehicle(movr, stranger, vehicle)


def test_removed_vehicle_is_never_ridden(movr: MovR, rider, owner, vehicle, refused):
    remove_vehicle(movr, owner, vehicle)
    with refused(NotFound):
        start_ride(movr, rider, vehicle)


def test_owner_may_ride_the_own_vehicle_and_not_remove_it_meanwhile(
    movr: MovR, owner, vehicle, create_rider, refused
):
    rival = create_rider()
    start_ride(movr, owner, vehicle)
    with refused(VehicleInUse):
        remove_vehicle(movr, owner, vehicle)
    with refused(VehicleUnavailable):
        start_ride(movr, rival, vehicle)
