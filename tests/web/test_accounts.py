"""Signing up, the riders of a city, one's own profile, and closing an account."""

from uuid import uuid4

import pytest

from movr.vehicles.queries import FLEET_SIZE
from tests.web.site import (
    PASSWORD,
    asks_for_login,
    dump,
    error_at,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    log_in,
    new_browser,
    next_link,
    open_account,
    words,
)

NEW = {
    "city": "rome",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}


# --- Signing up ---


def test_a_visitor_signs_up_and_is_logged_in_at_once(visitor, movr):
    page = visitor.get("/register", headers={"X-City": "Rome"})
    assert page.status_code == 200
    assert heading(page) == "Sign up"
    # The city that the visitor is in comes chosen.
    assert form_with(page, "Sign up").fields["city"] == "rome"
    typed = {name: value for name, value in NEW.items() if name != "city"}
    assert is_redirect(visitor.press(page, "Sign up", **typed), "/vehicles")
    page = visitor.get("/vehicles")
    assert "Welcome to MovR, Ada." in words(page)
    assert heading(page) == "Vehicles in Rome"
    city, user_id, _ = movr.authenticate(username="ada", password=NEW["password"], cities=["rome"])
    user = movr.get_user(city=city, user_id=user_id)
    assert (user.first_name, user.last_name, user.email) == ("Ada", "Lovelace", "ada@example.com")
    assert not user.is_owner


def test_a_new_account_may_be_in_any_city(visitor, movr):
    page = visitor.get("/register", headers={"X-City": "Rome"})
    assert is_redirect(visitor.press(page, "Sign up", **NEW | {"city": "seattle"}), "/vehicles")
    assert "Seattle, your home city" in words(visitor.get("/vehicles"))


def test_what_stands_around_a_text_is_left_out_of_it(visitor, movr):
    visitor.submit("/register", NEW | {"first_name": " Ada ", "username": " ADA\n"})
    city, user_id, _ = movr.authenticate(username="ada", password=NEW["password"], cities=["rome"])
    user = movr.get_user(city=city, user_id=user_id)
    assert (user.first_name, user.username) == ("Ada", "ada")


def test_the_password_is_taken_as_it_was_typed_and_not_kept_as_such(visitor, movr):
    visitor.submit("/register", NEW | {"password": "  blanks count  "})
    assert movr.authenticate(username="ada", password="  blanks count  ", cities=["rome"])
    assert not movr.authenticate(username="ada", password="blanks count", cities=["rome"])
    assert "blanks count" not in str(dump(movr))


@pytest.mark.parametrize("name", ["ada", "Ada", "ADA"])
def test_a_taken_username_is_refused_in_any_capitals_and_in_any_city(visitor, movr, name):
    open_account(movr, "ada", "seattle")
    before = dump(movr)
    page = visitor.submit("/register", NEW | {"username": name})
    assert page.status_code == 409
    assert "is taken" in error_at(page, "username")
    kept = form_with(page, "Sign up").fields
    assert {field: kept[field] for field in NEW if field != "password"} == {
        field: value for field, value in (NEW | {"username": name}).items() if field != "password"
    }
    assert NEW["password"] not in page.text
    assert dump(movr) == before
    assert asks_for_login(visitor.get("/rides"))


def test_a_wrong_form_keeps_what_was_typed_but_the_password(visitor, movr):
    page = visitor.submit("/register", NEW | {"email": "ada at example"})
    assert page.status_code == 422
    assert "name@example.com" in error_at(page, "email")
    kept = form_with(page, "Sign up").fields
    assert [kept[name] for name in ("city", "first_name", "last_name", "email", "username")] == [
        "rome",
        "Ada",
        "Lovelace",
        "ada at example",
        "ada",
    ]
    assert NEW["password"] not in page.text
    assert dump(movr)["users"] == []


def test_who_is_logged_in_has_no_need_to_sign_up(rider):
    before = dump(rider.movr)
    assert is_redirect(rider.client.get("/register"), "/vehicles")
    assert is_redirect(rider.client.submit("/register", NEW), "/vehicles")
    assert dump(rider.movr) == before


# --- The riders of the city ---


def test_riders_see_the_riders_of_the_city_and_who_shares_vehicles(app, rider, owner):
    join(app, "giulia", "rome")
    page = rider.client.get("/users")
    assert page.status_code == 200
    assert heading(page) == "Riders in Amsterdam"
    text = words(page)
    assert rider.user.username in text
    assert owner.user.username in text
    assert text.count("Shares vehicles") == 1
    assert "giulia" not in text


def test_riders_do_not_see_each_others_names_and_addresses(rider, owner):
    page = rider.client.get("/users")
    assert owner.user.last_name not in page.text
    assert owner.user.email not in page.text
    assert str(owner.user.id) not in page.text


def test_a_city_without_riders_says_so(rider):
    rider.client.submit("/city/seattle")
    page = rider.client.get("/users")
    assert "No riders here yet" in words(page)
    assert heading(page) == "Riders in Seattle"


# --- The profile ---


def test_a_rider_without_vehicles_is_asked_to_share_one(rider):
    page = rider.client.get(f"/users/{rider.user.id}")
    assert page.status_code == 200
    text = words(page)
    user = rider.user
    assert all(part in text for part in (user.first_name, user.last_name, user.email, "Amsterdam"))
    assert "You're not sharing anything yet" in text
    assert links(page)["Share a vehicle"] == "/vehicles/add"


def test_an_owner_sees_own_vehicles_wherever_the_city_shown(owner, rider):
    rider.add_vehicle("scooter", "blue")
    owner.client.submit("/city/rome")
    text = words(owner.client.get(f"/users/{owner.user.id}"))
    assert "Red bike" in text
    assert "Blue scooter" not in text


def test_the_profile_of_another_rider_does_not_exist(rider, owner):
    assert rider.client.get(f"/users/{owner.user.id}").status_code == 404
    assert rider.client.get(f"/users/{uuid4()}").status_code == 404
    assert rider.client.get(f"/users/{rider.user.id}").status_code == 200


def test_ones_own_profile_can_be_found_without_its_id(rider):
    assert is_redirect(rider.client.get("/users/me"), f"/users/{rider.user.id}")


# --- Closing the account ---


def close(person, password=PASSWORD):
    return person.client.submit(f"/users/remove/{person.user.id}", {"password": password})


def test_a_rider_closes_the_account_and_leaves_nothing_personal(rider, owner, app):
    vehicle = owner.movr.get_vehicles(city="amsterdam").rows[0]
    rider.end_ride(rider.start_ride(vehicle.id))
    page = rider.client.get(f"/users/{rider.user.id}")
    closed = rider.client.press(page, "Yes, close my account", password=PASSWORD)
    assert is_redirect(closed, "/")
    assert "Your account is closed" in words(rider.client.get("/"))
    assert asks_for_login(rider.client.get("/rides"))
    rows = dump(owner.movr)
    for personal in (rider.user.username, rider.user.last_name, rider.user.email):
        assert personal not in str(rows)
    assert len(rows["users"]) == 2
    assert len(rows["rides"]) == 1
    assert log_in(new_browser(app), rider.user.username).status_code == 422
    assert rider.user.username not in words(owner.client.get("/users"))


def test_the_name_of_a_closed_account_can_be_taken_again(rider, visitor):
    close(rider)
    again = NEW | {"username": rider.user.username, "password": PASSWORD}
    assert is_redirect(visitor.submit("/register", again), "/vehicles")


def test_a_wrong_password_closes_nothing_and_says_so_where_it_was_typed(rider):
    before = dump(rider.movr)
    for wrong, sentence in (
        ("", "Enter your password."),
        ("not my password", "This isn't your current password. Try again."),
        ("x" * 129, "Use at most 128 characters."),
    ):
        page = close(rider, wrong)
        assert page.status_code == 422
        assert heading(page) == f"{rider.user.first_name} {rider.user.last_name}"
        assert error_at(page, "password") == sentence
        assert '<details class="confirm" open>' in page.text
        assert form_with(page, "Yes, close my account").fields["password"] == ""
    assert dump(rider.movr) == before
    assert rider.client.get("/rides").status_code == 200


def test_a_profile_that_is_shown_again_goes_on_to_further_vehicles(rider):
    for _ in range(FLEET_SIZE + 1):
        rider.add_vehicle()
    following = next_link(close(rider, "not my password"))
    assert following.startswith(f"/users/{rider.user.id}?after=")
    assert rider.client.get(following).status_code == 200


def test_an_account_with_a_running_ride_stays_open(rider, owner):
    vehicle = owner.movr.get_vehicles(city="amsterdam").rows[0]
    rider.start_ride(vehicle.id)
    before = dump(rider.movr)
    page = close(rider)
    assert page.status_code == 409
    assert heading(page) == "You're still on a ride"
    assert "/rides" in links(page).values()
    assert dump(rider.movr) == before
    assert rider.client.get("/rides").status_code == 200


def test_an_account_with_vehicles_stays_open(owner):
    before = dump(owner.movr)
    page = close(owner)
    assert page.status_code == 409
    assert heading(page) == "You're still sharing vehicles"
    assert "/users/me" in links(page).values()
    assert dump(owner.movr) == before
