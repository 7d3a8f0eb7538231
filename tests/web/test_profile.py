"""A rider's own profile: what it says of the vehicles, and correcting what it says of the rider."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from movr.models import Vehicle as Vehicles
from tests.web.site import (
    PASSWORD,
    dump,
    error_at,
    field,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    words,
)

NEW = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org"}
PROVEN = NEW | {"password": PASSWORD}


def profile(person):
    return person.client.get(f"/users/{person.user.id}")


def path_of(person):
    return f"/users/change/{person.user.id}"


def account(person):
    return person.movr.get_user(city=person.user.city, user_id=person.user.id)


# --- Vehicles ---


@pytest.mark.parametrize(
    ("rides", "time", "said"),
    [
        (0, timedelta(0), "Not ridden yet"),
        (1, timedelta(minutes=5), "Ridden once, 5 min"),
        (12, timedelta(hours=5, minutes=3), "Ridden 12 times, 5 h 3 min"),
    ],
)
def test_owners_see_how_often_and_how_long_each_vehicle_was_ridden(owner, rides, time, said):
    with owner.movr.engine.begin() as connection:
        connection.execute(update(Vehicles).values(ride_count=rides, time_ridden=time))
    assert said in words(profile(owner))


def test_owners_see_what_is_free_and_what_is_being_ridden(owner, rider):
    (bike,) = owner.movr.get_vehicles(city="amsterdam").rows
    page = profile(owner)
    assert "Available" in words(page)
    assert "In use" not in words(page)
    assert links(page)["Edit"] == f"/vehicles/change/{bike.id}?city=amsterdam"
    ride = rider.start_ride(bike.id)
    page = profile(owner)
    assert "In use" in words(page)
    assert "Free" not in words(page)
    assert "Change" not in links(page)
    rider.end_ride(ride)
    assert "Ridden once, under a minute" in words(profile(owner))


# --- Details ---


def test_riders_correct_their_name_and_their_address(rider):
    page = rider.client.get(links(profile(rider))["Edit details"])
    assert heading(page) == "Your details"
    kept = form_with(page, "Save changes").fields
    assert kept["first_name"] == rider.user.first_name
    assert kept["last_name"] == rider.user.last_name
    assert kept["email"] == rider.user.email
    answer = rider.client.press(page, "Save changes", **PROVEN)
    assert is_redirect(answer, f"/users/{rider.user.id}")
    shown = words(rider.client.get(answer.location))
    assert "Your details are saved." in shown
    assert "Grace Hopper" in shown
    assert "grace@example.org" in shown
    changed = account(rider)
    assert (changed.first_name, changed.last_name, changed.email) == tuple(NEW.values())
    assert changed.username == rider.user.username
    # Once more, as after a lost answer: nothing changes.
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, "Save changes", **PROVEN), answer.location)
    assert dump(rider.movr) == before


def test_what_sign_up_would_refuse_is_refused_here_and_the_rest_is_kept(rider):
    before = dump(rider.movr)
    page = rider.client.submit(path_of(rider), NEW | {"email": "ada@example"})
    assert page.status_code == 422
    assert error_at(page, "email") == "Enter an email address such as name@example.com."
    kept = form_with(page, "Save changes").fields
    assert all(kept[other] == NEW[other] for other in NEW if other != "email")
    assert dump(rider.movr) == before


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Enter your password to change your email address."),
        ("not my password", "This isn't your current password. Try again."),
    ],
)
def test_another_address_takes_the_password(rider, password, sentence):
    before = dump(rider.movr)
    page = rider.client.submit(path_of(rider), NEW | {"password": password})
    assert page.status_code == 422
    assert error_at(page, "password") == sentence
    assert dump(rider.movr) == before
    mine = NEW | {"email": rider.user.email}
    assert is_redirect(rider.client.submit(path_of(rider), mine), f"/users/{rider.user.id}")
    assert account(rider).first_name == "Grace"


def test_nobody_else_corrects_an_account(app, rider):
    other = join(app)
    before = dump(rider.movr)
    for path in (path_of(rider), f"/users/change/{uuid4()}"):
        assert other.client.get(path).status_code == 404
        assert other.client.submit(path, NEW).status_code == 404
    assert dump(rider.movr) == before
    assert is_redirect(rider.client.submit(path_of(rider), PROVEN), f"/users/{rider.user.id}")


def test_browsers_can_fill_in_the_form(rider):
    page = rider.client.get(path_of(rider))
    found = {name: field(page, name).get("autocomplete") for name in NEW}
    assert found == {"first_name": "given-name", "last_name": "family-name", "email": "email"}
