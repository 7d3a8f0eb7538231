"""Corrections: what a vehicle and an account say, a new password, and who may correct it."""

from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import NotFound, NotYours, VehicleInUse, VehicleMoved, WrongPassword
from movr.records import Place, Point
from tests.database.actions import change_vehicle, end_ride, remove_vehicle, reread, start_ride
from tests.database.conftest import PASSWORD
from tests.database.world import read_world


def said_of(vehicle):
    return vehicle.color, vehicle.brand, vehicle.last_location, vehicle.latitude, vehicle.longitude


def test_owner_corrects_a_free_vehicle_and_nothing_else_changes(movr: MovR, owner, vehicle):
    before = vars(read_world(movr).vehicles[vehicle.city, vehicle.id])
    place = Place("Pier 17", Point(40.7061, -73.9969))
    change_vehicle(movr, owner, vehicle, color="deep blue", brand="Folding", place=place)
    after = movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)
    assert said_of(after) == ("deep blue", "Folding", "Pier 17", 40.7061, -73.9969)
    row = vars(read_world(movr).vehicles[vehicle.city, vehicle.id])
    assert row["cell"] == place.point.cell != before["cell"]
    assert {name for name in row if row[name] != before[name]} == {
        *("color", "brand", "last_location", "latitude", "longitude", "cell")
    }


def test_place_may_be_known_in_words_only(movr: MovR, owner, vehicle):
    change_vehicle(movr, owner, vehicle, place=Place("behind the church"))
    row = read_world(movr).vehicles[vehicle.city, vehicle.id]
    assert (row.last_location, row.latitude, row.longitude, row.cell) == (
        *("behind the church", None),
        *(None, None),
    )


def test_correcting_a_vehicle_again_changes_nothing(movr: MovR, owner, vehicle):
    change_vehicle(movr, owner, vehicle)
    before = read_world(movr)
    change_vehicle(movr, owner, vehicle)
    assert read_world(movr) == before


def test_only_the_owner_corrects_a_vehicle(movr: MovR, rider, owner, vehicle, refused):
    with refused(NotYours):
        change_vehicle(movr, rider, vehicle)
    start_ride(movr, rider, vehicle)
    with refused(NotYours):
        change_vehicle(movr, rider, vehicle)


def test_vehicle_is_not_corrected_while_it_is_ridden(movr: MovR, rider, owner, vehicle, refused):
    ride = start_ride(movr, rider, vehicle)
    with refused(VehicleInUse):
        change_vehicle(movr, owner, vehicle)
    end_ride(movr, rider, ride)
    change_vehicle(movr, owner, vehicle)


def test_place_of_before_a_ride_does_not_overrule_where_it_ended(
    movr: MovR, rider, owner, vehicle, refused
):
    end_ride(movr, rider, start_ride(movr, rider, vehicle), Place("Pier 17"))
    with refused(VehicleMoved):
        change_vehicle(movr, owner, vehicle, ride_count=0)
    with refused(NotYours):
        change_vehicle(movr, rider, vehicle, ride_count=0)
    change_vehicle(movr, owner, vehicle, ride_count=1)
    start_ride(movr, rider, vehicle)
    with refused(VehicleInUse):
        change_vehicle(movr, owner, vehicle, ride_count=0)


def test_vehicle_out_of_service_is_gone(movr: MovR, owner, vehicle, refused):
    remove_vehicle(movr, owner, vehicle)
    with refused(NotFound):
        change_vehicle(movr, owner, vehicle)
    with refused(NotFound):
        movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)


def test_vehicle_is_found_by_city_and_id_together(movr: MovR, vehicle):
    assert movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id) == vehicle
    for city, vehicle_id in (("boston", vehicle.id), (vehicle.city, uuid4())):
        with pytest.raises(NotFound):
            movr.get_vehicle(city=city, vehicle_id=vehicle_id)


def test_account_says_what_its_holder_has_corrected(movr: MovR, rider, create_rider):
    other = create_rider()
    corrected = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com"}
    movr.change_user(city=rider.city, user_id=rider.id, password=PASSWORD, **corrected)
    after = reread(movr, rider)
    assert {name: getattr(after, name) for name in corrected} == corrected
    assert (after.username, after.session_epoch) == (rider.username, rider.session_epoch)
    assert reread(movr, other) == other


def test_address_is_changed_with_the_password_only(movr: MovR, rider, refused):
    key = {"city": rider.city, "user_id": rider.id}
    names = {"first_name": "Grace", "last_name": "Hopper"}
    for password in (None, "not my password"):
        with refused(WrongPassword):
            movr.change_user(**key, **names, email="grace@example.com", password=password)
    movr.change_user(**key, **names, email=rider.email)
    assert reread(movr, rider).first_name == "Grace"


def test_closed_account_is_not_corrected(movr: MovR, rider, refused):
    key = {"city": rider.city, "user_id": rider.id}
    movr.remove_user(**key, password=PASSWORD)
    with refused(NotFound):
        movr.change_user(**key, first_name="A", last_name="B", email="a@example.com")
    with refused(NotFound):
        movr.change_password(**key, old_password=PASSWORD, new_password="another one")


def test_new_password_counts_at_once_and_ends_every_session(movr: MovR, rider):
    key = {"city": rider.city, "user_id": rider.id}
    epoch = movr.change_password(**key, old_password=PASSWORD, new_password="another one")
    assert epoch == reread(movr, rider).session_epoch == rider.session_epoch + 1
    login = {"username": rider.username, "cities": [rider.city]}
    assert movr.authenticate(password=PASSWORD, **login) is None
    assert movr.authenticate(password="another one", **login) == (rider.city, rider.id, epoch)


def test_password_is_not_changed_without_the_old_one(movr: MovR, rider, refused):
    for wrong in ("", PASSWORD.upper(), "another one"):
        with refused(WrongPassword):
            movr.change_password(
                city=rider.city, user_id=rider.id, old_password=wrong, new_password="another one"
            )


def test_password_that_was_changed_meanwhile_is_not_changed_back(
    movr: MovR, rider, monkeypatch, refused
):
    # The thief's page was right when it was checked, a moment before the holder was faster.
    monkeypatch.setattr("movr.passwords.password_matches", lambda _hash, _password: True)
    movr.change_password(
        city=rider.city, user_id=rider.id, old_password=PASSWORD, new_password="another one"
    )
    stale = read_world(movr).users[rider.city, rider.id].password_hash + "-before"
    monkeypatch.setattr(
        "movr.accounts.queries.get_password_hash_txn", lambda _session, **_key: stale, raising=True
    )
    with refused(WrongPassword):
        movr.change_password(
            city=rider.city, user_id=rider.id, old_password=PASSWORD, new_password="a third one"
        )
