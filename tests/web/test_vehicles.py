"""The vehicles of a city: browsing, filtering, registering and taking out of service."""

import pytest

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

AMSTERDAM = {"X-City": "Amsterdam"}
START = "Start ride: red bike, Dam"
NEW = {"type": "scooter", "color": "Blue", "brand": "Vespa", "location": "Leidseplein"}


def vehicles(person):
    """The vehicles in service of a person, as the database has them."""
    found = person.movr.get_vehicles_of_owner(city=person.user.city, owner_id=person.user.id)
    return found.rows


# --- Browsing ---


def test_a_city_without_vehicles_asks_for_the_first_one(visitor):
    page = visitor.get("/vehicles", headers=AMSTERDAM)
    assert page.status_code == 200
    assert heading(page) == "Vehicles in Amsterdam"
    assert "No vehicles in Amsterdam yet" in words(page)
    assert links(page)["Share a vehicle"] == "/vehicles/add"


def test_a_visitor_sees_vehicles_and_is_led_to_the_login_and_back(visitor, owner):
    page = visitor.get("/vehicles?type=bike", headers=AMSTERDAM)
    assert all(text in words(page) for text in ("Red bike", "Dam", "Gazelle"))
    (vehicle,) = vehicles(owner)
    assert links(page)["Ride"] == f"/login?next=/vehicles?type%3Dbike%23v{vehicle.id}"
    assert "/rides/start/" not in page.text


def test_a_rider_sees_a_button_for_each_free_vehicle(rider, owner):
    page = rider.client.get("/vehicles")
    form = form_with(page, START)
    (vehicle,) = vehicles(owner)
    assert form.action == f"/rides/start/{vehicle.id}"
    assert form.fields["city"] == "amsterdam"


def test_a_taken_vehicle_is_shown_as_such_and_cannot_be_started(app, rider, owner):
    rider.start_ride(vehicles(owner)[0].id)
    page = join(app).client.get("/vehicles")
    assert "Red bike" in words(page)
    assert "In use" in words(page)
    assert "/rides/start/" not in page.text


def test_a_rider_on_a_ride_sees_no_button_to_start_another(rider, owner):
    owner.add_vehicle("scooter", "blue")
    rider.start_ride(vehicles(owner)[0].id)
    page = rider.client.get("/vehicles")
    assert "/rides/start/" not in page.text
    assert "You're riding" in words(page)
    assert "/rides" in links(page).values()


def test_vehicles_are_filtered_by_type_and_by_being_free(rider, owner, visitor):
    scooter = owner.add_vehicle("scooter", "blue", "Spui")
    owner.add_vehicle("skateboard", "green", "Rokin")
    rider.start_ride(scooter)

    def shown(query):
        text = words(visitor.get(f"/vehicles{query}", headers=AMSTERDAM))
        names = ("Red bike", "Blue scooter", "Green skateboard")
        return [name for name in names if name in text]

    assert shown("") == ["Red bike", "Blue scooter", "Green skateboard"]
    assert shown("?type=") == shown("?available=") == shown("?available=0") == shown("")
    assert shown("?type=bike") == ["Red bike"]
    assert shown("?type=scooter") == ["Blue scooter"]
    assert shown("?available=1") == ["Red bike", "Green skateboard"]
    assert shown("?type=skateboard&available=1") == ["Green skateboard"]


def test_filters_that_nothing_fits_say_so_and_lead_to_all_vehicles(rider, owner, visitor):
    rider.start_ride(vehicles(owner)[0].id)
    for query in ("type=scooter", "available=1", "type=bike&available=1"):
        page = visitor.get(f"/vehicles?{query}", headers=AMSTERDAM)
        assert page.status_code == 200
        assert "No matching vehicles" in words(page)
        assert links(page)["Show all vehicles"] == "/vehicles"


def test_the_vehicles_of_other_cities_are_not_shown(owner, visitor):
    page = visitor.get("/vehicles", headers={"X-City": "Paris"})
    assert "Red bike" not in words(page)


# --- Registering ---


def test_the_form_says_where_the_vehicle_will_be_and_suggests_places(rider):
    page = rider.client.get("/vehicles/add")
    assert page.status_code == 200
    assert "Amsterdam" in words(page)
    assert '<option value="Leidseplein"' in page.text


def test_a_rider_registers_a_vehicle_and_becomes_an_owner(rider, visitor):
    page = rider.client.get("/vehicles/add")
    answer = rider.client.press(page, "Share vehicle", **NEW)
    profile = f"/users/{rider.user.id}"
    assert is_redirect(answer, profile)
    text = words(rider.client.get(profile))
    assert "Your vehicle is listed: blue scooter." in text
    assert "Blue scooter" in text
    (vehicle,) = vehicles(rider)
    assert (vehicle.city, vehicle.brand, vehicle.last_location) == (
        "amsterdam",
        "Vespa",
        "Leidseplein",
    )
    # A known place has its coordinates.
    assert (vehicle.latitude, vehicle.longitude) == (52.3641, 4.8828)
    assert rider.movr.get_user(city="amsterdam", user_id=rider.user.id).is_owner
    assert "Blue scooter" in words(visitor.get("/vehicles", headers=AMSTERDAM))


def test_a_vehicle_stays_at_home_whichever_city_its_owner_looks_at(rider):
    rider.client.submit("/city/rome")
    rider.client.submit("/vehicles/add", NEW)
    assert [vehicle.city for vehicle in vehicles(rider)] == ["amsterdam"]


@pytest.mark.parametrize("wrong", ["color", "brand", "location"])
def test_a_wrong_registration_says_where_and_keeps_what_was_typed(rider, wrong):
    before = dump(rider.movr)
    page = rider.client.submit("/vehicles/add", NEW | {wrong: "  "})
    assert page.status_code == 422
    assert error_at(page, wrong) == MISSING[wrong]
    kept = form_with(page, "Share vehicle").fields
    assert {name: kept[name] for name in NEW if name != wrong} == {
        name: value for name, value in NEW.items() if name != wrong
    }
    assert dump(rider.movr) == before


# --- Taking out of service ---


def test_an_owner_takes_a_vehicle_out_of_service_for_good(owner, visitor):
    profile = owner.client.get(f"/users/{owner.user.id}")
    button = "Yes, stop sharing the red bike, Dam"
    answer = owner.client.press(profile, button)
    assert is_redirect(answer, f"/users/{owner.user.id}")
    page = owner.client.get(answer.location)
    assert "You've stopped sharing the vehicle." in words(page)
    assert "You're not sharing anything yet" in words(page)
    assert "Red bike" not in words(visitor.get("/vehicles", headers=AMSTERDAM))
    # Once more, as after a lost answer: nothing changes.
    before = dump(owner.movr)
    form = form_with(profile, button)
    assert is_redirect(owner.client.submit(form.action, {"city": "amsterdam"}), answer.location)
    assert dump(owner.movr) == before


def test_a_vehicle_that_is_being_ridden_stays_in_service(rider, owner):
    (vehicle,) = vehicles(owner)
    rider.start_ride(vehicle.id)
    assert "In use" in words(owner.client.get(f"/users/{owner.user.id}"))
    before = dump(owner.movr)
    page = owner.client.submit(f"/vehicles/remove/{vehicle.id}", {"city": "amsterdam"})
    assert page.status_code == 409
    assert heading(page) == "Your vehicle is in use"
    assert dump(owner.movr) == before
