"""A rider's rides: starting, ending, the history, and doing each of them twice."""

from uuid import uuid4

import pytest

from tests.web.site import (
    dump,
    error_at,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    receipt,
    words,
)

START = "Start ride: red bike, Dam"


@pytest.fixture
def bike(owner):
    """The id of the owner's red bike."""
    found = owner.movr.get_vehicles_of_owner(city=owner.user.city, owner_id=owner.user.id)
    return found.rows[0].id


def running(person):
    """The ride that a person is on."""
    return person.movr.get_user(city=person.user.city, user_id=person.user.id).active_ride


def past(person, cities=("amsterdam",)):
    """The rides that a person has ended."""
    found = person.movr.get_rides(
        cities=cities, rider_city=person.user.city, rider_id=person.user.id
    )
    return found.rows


def status_of(person, vehicle_id):
    found = person.movr.get_vehicles(city=person.user.city).rows
    return next(str(vehicle.status) for vehicle in found if vehicle.id == vehicle_id)


def test_a_rider_without_rides_is_shown_where_to_find_a_vehicle(rider):
    page = rider.client.get("/rides")
    assert page.status_code == 200
    assert heading(page) == "Your rides"
    assert "No rides yet" in words(page)
    assert links(page)["Find a vehicle"] == "/vehicles"


def test_a_ride_is_started_shown_and_ended(rider, bike):
    started = rider.client.press(rider.client.get("/vehicles"), START)
    assert is_redirect(started, "/rides")
    ride = running(rider)
    assert ride.vehicle_id == bike
    assert status_of(rider, bike) == "unavailable"

    page = rider.client.get("/rides")
    assert "Ride started: Dam. Have a good ride." in words(page)
    assert "You're riding the red bike" in words(page)
    assert "Dam, Amsterdam" in words(page)
    assert '<option value="Leidseplein"' in page.text
    assert "No rides yet" not in words(page)

    ended = rider.client.press(page, "End ride", location="Leidseplein")
    assert is_redirect(ended, receipt(ride))
    assert running(rider) is None
    assert status_of(rider, bike) == "available"
    assert "Ride ended: Leidseplein" in words(rider.client.get(ended.location))
    page = rider.client.get("/rides")
    assert "You're riding" not in words(page)
    assert "Dam to Leidseplein" in words(page)
    assert "under a minute" in words(page)
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    assert (vehicle.last_location, vehicle.latitude) == ("Leidseplein", 52.3641)


def test_past_rides_come_newest_first(rider, bike):
    for place in ("Spui", "Rokin", "Jordaan"):
        rider.end_ride(rider.start_ride(bike), place)
    text = words(rider.client.get("/rides"))
    assert text.index("Rokin to Jordaan") < text.index("Spui to Rokin") < text.index("Dam to Spui")


def test_riders_see_their_own_rides_only(app, rider, bike):
    rider.end_ride(rider.start_ride(bike))
    assert "Dam to Spui" in words(rider.client.get("/rides"))
    assert "No rides yet" in words(join(app).client.get("/rides"))


def test_a_ride_away_from_home_is_shown_with_its_city_and_its_clock(app, rider):
    roman = join(app, city="rome")
    vespa = roman.add_vehicle("scooter", "green", "Pantheon")
    rider.client.submit("/city/rome")
    page = rider.client.get("/vehicles")
    rider.client.press(page, "Start ride: green scooter, Pantheon")
    page = rider.client.get("/rides")
    assert "Pantheon, Rome" in words(page)
    rider.client.press(page, "End ride", location="Colosseo")
    assert [ride.city for ride in past(rider, ["rome"])] == ["rome"]
    assert "Pantheon to Colosseo" in words(rider.client.get("/rides"))
    assert vespa == past(rider, ["rome"])[0].vehicle_id


def test_a_ride_in_another_region_runs_on_the_page_whichever_city_is_shown(app, rider):
    bostonian = join(app, city="boston")
    ride = rider.start_ride(bostonian.add_vehicle(location="Fenway Park"), "boston")
    page = rider.client.get("/rides")
    assert "Fenway Park, Boston" in words(page)
    ended = rider.client.press(page, "End ride", location="Boston Common")
    assert is_redirect(ended, receipt(ride))
    assert running(rider) is None
    assert [ride.end_location for ride in past(rider, ["boston"])] == ["Boston Common"]
    assert "Fenway Park to Boston Common" in words(rider.client.get("/rides"))


def test_a_taken_vehicle_is_not_started_again(app, rider, bike):
    late = join(app)
    page = late.client.get("/vehicles")
    rider.start_ride(bike)
    before = dump(rider.movr)
    # A form that does not say which list it comes from.
    refusal = late.client.submit(form_with(page, START).action)
    assert refusal.status_code == 409
    assert heading(refusal) == "Someone just took that one"
    assert links(refusal)["See the vehicles"] == "/vehicles"
    assert dump(rider.movr) == before
    assert running(late) is None


def test_a_refused_end_is_the_page_of_rides_in_all_it_links_to(rider, owner, bike):
    for _ in range(25):
        rider.end_ride(rider.start_ride(bike))
    rider.start_ride(owner.add_vehicle("scooter", "blue", "Spui"))
    page = rider.client.press(rider.client.get("/rides"), "End ride", location="   ")
    assert page.status_code == 422
    assert "ride-banner" not in page.text
    following = links(page)["Next rides"]
    assert following.startswith("/rides?after=")
    assert rider.client.get(following).status_code == 200


def test_a_rider_on_a_ride_does_not_start_another(rider, owner, bike):
    other = owner.add_vehicle("scooter", "blue", "Spui")
    page = rider.client.get("/vehicles")
    rider.start_ride(bike)
    before = dump(rider.movr)
    refusal = rider.client.press(page, "Start ride: blue scooter, Spui")
    assert refusal.status_code == 409
    assert heading(refusal) == "You're already on a ride"
    assert "/rides" in links(refusal).values()
    assert dump(rider.movr) == before
    assert status_of(rider, other) == "available"


def test_a_ride_ends_at_a_place_and_goes_on_until_there_is_one(rider, bike):
    ride = rider.start_ride(bike)
    before = dump(rider.movr)
    page = rider.client.press(rider.client.get("/rides"), "End ride", location="   ")
    assert page.status_code == 422
    assert error_at(page, "location") == "Describe where the vehicle is."
    assert "You're riding" in words(page)
    assert dump(rider.movr) == before
    assert is_redirect(rider.client.press(page, "End ride", location="Spui"), receipt(ride))


def test_a_place_that_is_too_long_is_kept_to_be_shortened(rider, bike):
    rider.start_ride(bike)
    page = rider.client.press(rider.client.get("/rides"), "End ride", location="x" * 121)
    assert page.status_code == 422
    assert error_at(page, "location") == "Use at most 120 characters."
    assert form_with(page, "End ride").fields["location"] == "x" * 121
    assert running(rider) is not None


def test_a_ride_that_is_not_there_does_not_end_whatever_is_said_of_it(rider, bike):
    rider.start_ride(bike)
    before = dump(rider.movr)
    fields = {"city": "amsterdam", "location": ""}
    assert rider.client.submit(f"/rides/end/{uuid4()}", fields).status_code == 404
    assert dump(rider.movr) == before


def test_starting_twice_starts_one_ride(rider, bike):
    page = rider.client.get("/vehicles")
    rider.client.press(page, START)
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, START), "/rides")
    # From a page that was loaded again, with another id for the ride.
    again = rider.client.submit(f"/rides/start/{bike}", {"city": "amsterdam", "ride_id": uuid4()})
    assert is_redirect(again, "/rides")
    assert is_redirect(rider.client.submit(f"/rides/start/{bike}"), "/rides")
    assert dump(rider.movr) == before


def test_ending_twice_ends_one_ride_where_it_ended_first(rider, bike):
    ride = rider.start_ride(bike)
    page = rider.client.get("/rides")
    rider.client.press(page, "End ride", location="Spui")
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, "End ride", location="Rokin"), receipt(ride))
    assert dump(rider.movr) == before
    assert "Ride ended: Spui" in words(rider.client.get(receipt(ride)))


def test_the_start_of_a_ride_that_has_ended_starts_no_other(app, rider, bike):
    page = rider.client.get("/vehicles")
    rider.client.press(page, START)
    rider.end_ride(running(rider))
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, START), "/rides")
    assert dump(rider.movr) == before
    assert "This ride has already ended." in words(rider.client.get("/rides"))
    # The same while somebody else is riding the vehicle by then.
    ride = join(app, "next").start_ride(bike)
    before = dump(rider.movr)
    assert is_redirect(rider.client.press(page, START), "/rides")
    assert dump(rider.movr) == before
    assert ride.vehicle_id == bike


def test_one_page_starts_a_ride_of_each_vehicle_and_each_once(rider, owner, bike):
    owner.add_vehicle("scooter", "blue", "Rokin")
    page = rider.client.get("/vehicles")
    blue = "Start ride: blue scooter, Rokin"
    for button in (START, blue):
        assert is_redirect(rider.client.press(page, button), "/rides")
        rider.end_ride(running(rider))
    before = dump(rider.movr)
    for button in (START, blue):
        assert is_redirect(rider.client.press(page, button), "/rides")
    assert dump(rider.movr) == before
    assert len(past(rider)) == 2


def test_the_page_of_another_rider_names_none_of_ones_own_rides(app, rider, bike):
    page = rider.client.get("/vehicles")
    fields = form_with(page, START).fields
    rider.client.press(page, START)
    rider.end_ride(running(rider))
    other = join(app, "next")
    copied = {"city": "amsterdam", "form_id": fields["form_id"]}
    assert is_redirect(other.client.submit(f"/rides/start/{bike}", copied), "/rides")
    assert running(other).id != past(rider)[0].id
