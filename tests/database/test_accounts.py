"""Accounts: opening, logging in, logging out everywhere, closing."""

from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import NotFound, OwnsVehicles, RideRunning, UsernameTaken
from movr.kinds import VehicleType
from movr.passwords import password_matches
from movr.records import Place, Rider
from movr.regions import CITIES, REGIONS
from tests.database.actions import end_ride, remove_vehicle, reread, start_ride
from tests.database.conftest import PASSWORD
from tests.database.world import read_world

EVERYWHERE = list(CITIES)
EUROPE = [city.name for city in REGIONS["gcp-europe-west1"]]


def close(movr: MovR, user):
    movr.remove_user(city=user.city, user_id=user.id, password=PASSWORD)


def test_new_account_is_as_it_was_given(movr: MovR):
    user = movr.add_user(
        city="rome",
        first_name="Ada",
        last_name="Lovelace",
        email="Ada@example.com",
        username="Ada.L",
        password=PASSWORD,
    )
    assert reread(movr, user) == user
    assert (user.city, user.username, user.email) == ("rome", "ada.l", "Ada@example.com")
    assert (user.first_name, user.last_name) == ("Ada", "Lovelace")
    assert (user.is_owner, user.session_epoch, user.active_ride) == (False, 0, None)


def test_password_is_kept_as_a_slow_hash_only(movr: MovR):
    user = movr.add_user(
        city="rome",
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.com",
        username="ada",
        password=PASSWORD,
    )
    kept = read_world(movr).users[user.city, user.id].password_hash
    assert kept.startswith("scrypt:")
    assert password_matches(kept, PASSWORD)
    assert not password_matches(kept, PASSWORD.upper())


def test_account_in_an_unknown_city_is_refused(create_rider, refused):
    with refused(NotFound):
        create_rider(city="atlantis")


@pytest.mark.parametrize("city", ["new york", "rome"])
@pytest.mark.parametrize("username", ["ada", "ADA"])
def test_username_is_taken_in_all_cities_and_capitals(create_rider, refused, city, username):
    create_rider(username="Ada")
    with refused(UsernameTaken):
        create_rider(city=city, username=username)


def test_right_password_signs_in_whatever_the_capitals_of_the_name(movr: MovR, create_rider):
    user = create_rider(username="ada")
    expected = (user.city, user.id, 0)
    for name in ("ada", "ADA"):
        assert movr.authenticate(username=name, password=PASSWORD, cities=EVERYWHERE) == expected


def test_rider_away_from_home_can_log_in(movr: MovR, create_rider):
    user = create_rider(city="new york")
    found = movr.authenticate(username=user.username, password=PASSWORD, cities=EUROPE)
    assert found == (user.city, user.id, 0)


@pytest.mark.parametrize("cities", [EVERYWHERE, EUROPE], ids=["at-home", "away"])
def test_wrong_password_and_unknown_name_sign_nobody_in(movr: MovR, rider, cities):
    for name, password in [(rider.username, "wrong"), ("nobody", PASSWORD), ("", "")]:
        assert movr.authenticate(username=name, password=password, cities=cities) is None


@pytest.mark.parametrize("cities", [EVERYWHERE, ["new york"], EUROPE], ids=["all", "home", "away"])
def test_wrong_password_and_unknown_name_cost_one_check_each(
    movr: MovR, rider, monkeypatch, cities
):
    checked = []

    def check(password_hash: str, password: str) -> bool:
        checked.append(password)
        return False

    monkeypatch.setattr("movr.passwords.check_password_hash", check)
    movr.authenticate(username=rider.username, password="wrong", cities=cities)
    movr.authenticate(username="nobody", password="any", cities=cities)
    assert checked == ["wrong", "any"]


def test_signing_out_makes_older_cookies_void(movr: MovR, create_rider):
    user, other = create_rider(), create_rider()
    movr.end_sessions(city=user.city, user_id=user.id)
    assert reread(movr, user).session_epoch == 1
    assert reread(movr, other).session_epoch == 0
    logged_in = movr.authenticate(username=user.username, password=PASSWORD, cities=EVERYWHERE)
    assert logged_in == (user.city, user.id, 1)


def test_user_is_found_by_city_and_id_together(movr: MovR, create_rider):
    user = create_rider(city="rome")
    assert reread(movr, user) == user
    for city, user_id in [("paris", user.id), ("rome", uuid4())]:
        with pytest.raises(NotFound):
            movr.get_user(city=city, user_id=user_id)


def test_user_shows_the_running_ride(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    assert reread(movr, rider).active_ride == ride
    end_ride(movr, rider, ride)
    assert reread(movr, rider).active_ride is None


def test_riders_see_names_and_nothing_private(movr: MovR, create_rider):
    create_rider(username="zoe", first_name="Zoe")
    create_rider(username="ada", first_name="Ada")
    create_rider(username="elsewhere", city="rome")
    page = movr.get_users(city="new york")
    assert page.rows == (Rider("ada", "Ada", False), Rider("zoe", "Zoe", False))
    assert page.next_cursor is None


def test_closed_account_keeps_its_row_and_past_rides_and_nothing_personal(
    movr: MovR, rider, vehicle
):
    ride = end_ride(movr, rider, start_ride(movr, rider, vehicle))
    close(movr, rider)
    world = read_world(movr)
    row = world.users[rider.city, rider.id]
    personal = (row.first_name, row.last_name, row.email, row.username, row.password_hash)
    assert personal == (None,) * 5
    assert row.session_epoch == rider.session_epoch + 1
    assert (ride.city, ride.id) in world.rides
    assert len(world.users) == 2


def test_closing_an_account_leaves_the_others_open(movr: MovR, create_rider):
    user, other = create_rider(), create_rider()
    close(movr, user)
    assert reread(movr, other) == other
    assert [each.username for each in movr.get_users(city="new york").rows] == [other.username]


def test_closed_account_can_do_nothing(movr: MovR, rider, vehicle, refused):
    close(movr, rider)
    with refused(NotFound):
        reread(movr, rider)
    with refused(NotFound):
        start_ride(movr, rider, vehicle)
    with refused(NotFound):
        movr.add_vehicle(
            city=rider.city,
            owner_id=rider.id,
            vehicle_type=VehicleType.BIKE,
            color="red",
            brand="City",
            place=Place("here"),
        )
    with refused(NotFound):
        close(movr, rider)
    before = read_world(movr)
    movr.end_sessions(city=rider.city, user_id=rider.id)
    assert read_world(movr) == before
    for name in (rider.username, ""):
        found = movr.authenticate(username=name, password=PASSWORD, cities=EVERYWHERE)
        assert found is None


def test_username_of_a_closed_account_is_free_again(movr: MovR, create_rider):
    first = create_rider(username="ada")
    close(movr, first)
    second = create_rider(username="ada")
    assert (second.username, second.id != first.id) == ("ada", True)


def test_account_with_a_running_ride_is_not_closed(movr: MovR, rider, vehicle, refused):
    ride = start_ride(movr, rider, vehicle)
    with refused(RideRunning):
        close(movr, rider)
    end_ride(movr, rider, ride)
    close(movr, rider)


def test_account_with_a_ride_away_from_home_is_not_closed(
    movr: MovR, rider, create_vehicle, refused
):
    start_ride(movr, rider, create_vehicle(city="rome"))
    with refused(RideRunning):
        close(movr, rider)


def test_account_with_vehicles_in_service_is_not_closed(movr: MovR, rider, owner, vehicle, refused):
    with refused(OwnsVehicles):
        close(movr, owner)
    ride = start_ride(movr, rider, vehicle)
    with refused(OwnsVehicles):
        close(movr, owner)
    end_ride(movr, rider, ride)
    remove_vehicle(movr, owner, vehicle)
    close(movr, owner)


def test_account_is_closed_by_city_and_id_together(movr: MovR, rider, refused):
    for city, user_id in [("rome", rider.id), (rider.city, uuid4())]:
        with refused(NotFound):
            movr.remove_user(city=city, user_id=user_id, password=PASSWORD)
    close(movr, rider)
