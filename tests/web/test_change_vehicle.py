"""Owners correct what is said of a vehicle: when they may, and what becomes of its place."""

from uuid import uuid4

import pytest

from movr import MovR
from movr.records import Place
from tests.web.missing import MISSING
from tests.web.site import (
    dump,
    error_at,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    words,
)

SAVE = "Save changes"
NEW = {"color": "Blue", "brand": "Batavus", "location": "Leidseplein"}


@pytest.fixture
def bike(owner):
    """The owner's red bike, which stands at Dam."""
    return the_vehicle(owner)


def the_vehicle(owner):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle


def path_of(vehicle):
    return f"/vehicles/change/{vehicle.id}?city=amsterdam"


def place_of(vehicle):
    return vehicle.last_location, vehicle.latitude, vehicle.longitude


def test_an_owner_corrects_place_colour_and_brand(owner, bike):
    profile = owner.client.get(f"/users/{owner.user.id}")
    page = owner.client.get(links(profile)["Edit"])
    assert heading(page) == "Edit the red bike"
    kept = form_with(page, SAVE).fields
    assert (kept["color"], kept["brand"], kept["location"]) == ("red", "Gazelle", "Dam")
    answer = owner.client.press(page, SAVE, **NEW)
    assert is_redirect(answer, f"/users/{owner.user.id}")
    shown = words(owner.client.get(answer.location))
    assert all(said in shown for said in ("Your changes are saved.", "Blue bike", "Batavus"))
    vehicle = the_vehicle(owner)
    assert (vehicle.color, vehicle.brand) == ("Blue", "Batavus")
    assert place_of(vehicle) == ("Leidseplein", 52.3641, 4.8828)
    assert (vehicle.id, vehicle.type, vehicle.status) == (bike.id, bike.type, bike.status)
    # Once more, as after a lost answer: nothing changes.
    before = dump(owner.movr)
    assert is_redirect(owner.client.press(page, SAVE, **NEW), answer.location)
    assert dump(owner.movr) == before


def test_a_place_whose_name_stays_keeps_its_point(owner):
    # Not the point of a place that MovR knows by its name.
    standing = owner.add_vehicle("scooter", "green", "behind the church")
    page = owner.client.get(f"/vehicles/change/{standing}")
    owner.client.press(page, SAVE, color="blue")
    found = owner.movr.get_vehicle(city="amsterdam", vehicle_id=standing)
    assert (found.color, *place_of(found)) == ("blue", "behind the church", 52.373, 4.893)


def test_the_script_gets_the_point_and_the_form_does_not(owner, bike):
    page = owner.client.get(path_of(bike))
    assert f'data-pin-latitude="{bike.latitude}"' in page.text
    assert f'data-pin-longitude="{bike.longitude}"' in page.text
    kept = form_with(page, SAVE).fields
    assert (kept["latitude"], kept["longitude"], kept["pin_shown"]) == ("", "", "")


def test_a_point_that_was_shown_and_removed_is_gone(owner):
    standing = owner.add_vehicle("scooter", "green", "behind the church")
    page = owner.client.get(f"/vehicles/change/{standing}")
    owner.client.press(page, SAVE, pin_shown="1")
    found = owner.movr.get_vehicle(city="amsterdam", vehicle_id=standing)
    assert place_of(found) == ("behind the church", None, None)


def test_another_place_does_not_keep_the_point_of_the_old_one(owner, bike):
    page = owner.client.get(path_of(bike))
    for _ in range(2):
        owner.client.press(page, SAVE, location="behind the church")
        assert place_of(the_vehicle(owner)) == ("behind the church", None, None)


def test_a_point_that_is_picked_counts(owner, bike):
    point = {"latitude": "52.36", "longitude": "4.88"}
    owner.client.press(owner.client.get(path_of(bike)), SAVE, **point)
    assert place_of(the_vehicle(owner)) == ("Dam", 52.36, 4.88)


def test_a_place_out_of_town_is_refused(owner, bike):
    before = dump(owner.movr)
    page = owner.client.submit(path_of(bike), NEW | {"latitude": "41.9", "longitude": "12.5"})
    assert page.status_code == 422
    assert "from the centre of Amsterdam" in error_at(page, "location")
    assert dump(owner.movr) == before


@pytest.mark.parametrize("wrong", ["color", "brand", "location"])
def test_a_wrong_change_says_where_and_keeps_what_was_typed(owner, bike, wrong):
    before = dump(owner.movr)
    page = owner.client.submit(path_of(bike), NEW | {wrong: "  "})
    assert page.status_code == 422
    assert error_at(page, wrong) == MISSING[wrong]
    assert heading(page) == "Edit the red bike"
    kept = form_with(page, SAVE).fields
    assert all(kept[name] == value for name, value in NEW.items() if name != wrong)
    assert dump(owner.movr) == before


def test_nobody_else_changes_a_vehicle(app, rider, owner, bike):
    foreigner = join(app, city="rome")
    before = dump(owner.movr)
    for person in (rider, foreigner):
        for page in (
            person.client.get(path_of(bike)),
            person.client.submit(path_of(bike), NEW),
            person.client.submit(path_of(bike), NEW | {"color": ""}),
        ):
            assert page.status_code == 403
            assert heading(page) == "This vehicle isn't yours"
    assert dump(owner.movr) == before


def test_a_vehicle_that_is_being_ridden_stays_as_it_is(rider, owner, bike):
    page = owner.client.get(path_of(bike))
    ride = rider.start_ride(bike.id)
    before = dump(owner.movr)
    for refusal in (owner.client.press(page, SAVE, **NEW), owner.client.get(path_of(bike))):
        assert refusal.status_code == 409
        assert heading(refusal) == "Your vehicle is in use"
        assert "You can edit it, pause it or stop sharing it when" in words(refusal)
        assert links(refusal)["Go to your profile"] == "/users/me"
    assert dump(owner.movr) == before
    rider.end_ride(ride)
    assert owner.client.get(path_of(bike)).status_code == 200


def test_a_place_that_was_shown_before_a_ride_does_not_overrule_where_it_ended(rider, owner, bike):
    old = owner.client.get(path_of(bike))
    rider.end_ride(rider.start_ride(bike.id), "Spui")
    before = dump(owner.movr)
    page = owner.client.press(old, SAVE, color="blue")
    assert page.status_code == 409
    assert "now it's parked here" in error_at(page, "location")
    kept = form_with(page, SAVE).fields
    assert (kept["color"], kept["location"]) == ("blue", "Spui")
    assert dump(owner.movr) == before
    assert is_redirect(owner.client.press(page, SAVE), f"/users/{owner.user.id}")
    vehicle = the_vehicle(owner)
    assert (vehicle.color, vehicle.last_location) == ("blue", "Spui")


def test_a_ride_that_ends_at_the_last_moment_is_not_overruled_either(
    rider, owner, bike, monkeypatch
):
    page = owner.client.get(path_of(bike))
    change_vehicle = MovR.change_vehicle

    def change_after_a_ride(self, **change):
        monkeypatch.undo()
        rider.end_ride(rider.start_ride(bike.id), "Spui")
        return change_vehicle(self, **change)

    monkeypatch.setattr(MovR, "change_vehicle", change_after_a_ride)
    answer = owner.client.press(page, SAVE, location="Leidseplein")
    assert answer.status_code == 409
    assert form_with(answer, SAVE).fields["location"] == "Spui"
    assert the_vehicle(owner).last_location == "Spui"


@pytest.mark.parametrize("count", ["", "x", "-1", "1e3", "\u0663", "9" * 30_000])
def test_a_form_that_does_not_say_when_it_was_opened_counts(owner, bike, count):
    page = owner.client.get(path_of(bike))
    assert is_redirect(
        owner.client.press(page, SAVE, color="blue", ride_count=count), f"/users/{owner.user.id}"
    )
    assert the_vehicle(owner).color == "blue"


def test_a_vehicle_out_of_service_cannot_be_changed(owner, bike):
    page = owner.client.get(path_of(bike))
    owner.movr.remove_vehicle(
        city="amsterdam", vehicle_id=bike.id, owner_city="amsterdam", owner_id=owner.user.id
    )
    before = dump(owner.movr)
    assert owner.client.get(path_of(bike)).status_code == 404
    assert owner.client.press(page, SAVE, **NEW).status_code == 404
    assert dump(owner.movr) == before


@pytest.mark.parametrize("query", ["", "?city=amsterdam", "?city="])
def test_a_vehicle_at_home_needs_no_city(owner, bike, query):
    assert owner.client.get(f"/vehicles/change/{bike.id}{query}").status_code == 200


@pytest.mark.parametrize("city", ["rome", "gotham", "%00"])
def test_an_unknown_vehicle_does_not_exist(owner, bike, city):
    before = dump(owner.movr)
    assert owner.client.get(f"/vehicles/change/{uuid4()}").status_code == 404
    assert owner.client.get(f"/vehicles/change/{bike.id}?city={city}").status_code == 404
    assert owner.client.submit(f"/vehicles/change/{bike.id}?city={city}", NEW).status_code == 404
    assert dump(owner.movr) == before


def test_a_vehicle_without_a_point_is_shown_and_kept_without(owner):
    standing = owner.add_vehicle("scooter", "green", "Rokin")
    owner.movr.change_vehicle(
        city="amsterdam",
        vehicle_id=standing,
        owner_city="amsterdam",
        owner_id=owner.user.id,
        color="green",
        brand="Vespa",
        place=Place("behind the church"),
    )
    page = owner.client.get(f"/vehicles/change/{standing}")
    owner.client.press(page, SAVE, brand="Piaggio")
    found = owner.movr.get_vehicle(city="amsterdam", vehicle_id=standing)
    assert (found.brand, *place_of(found)) == ("Piaggio", "behind the church", None, None)
