"""A place that no map can show: the rider is asked once for a pin, and decides."""

import pytest

from tests.web.site import dump, error_at, form_with, is_redirect, receipt, words

ASKED = "Riders won't see it on the map."
NEW = {"type": "bike", "color": "red", "brand": "Cargo"}
SOMEWHERE = "behind the church"


@pytest.fixture
def ride(rider, owner):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return rider.start_ride(vehicle.id)


def test_ending_a_ride_at_words_alone_asks_once_and_then_does_it(rider, ride):
    before = dump(rider.movr)
    asked = rider.client.press(rider.client.get("/rides"), "End ride", location=SOMEWHERE)
    assert asked.status_code == 422
    assert ASKED in words(asked)
    assert dump(rider.movr) == before
    assert error_at(asked, "location") == ""
    assert form_with(asked, "End ride anyway").fields["location"] == SOMEWHERE
    assert is_redirect(rider.client.press(asked, "End ride anyway"), receipt(ride))
    vehicle = rider.movr.get_vehicle(city=ride.city, vehicle_id=ride.vehicle_id)
    assert (vehicle.last_location, vehicle.point) == (SOMEWHERE, None)


def test_sharing_a_vehicle_at_words_alone_asks_once_and_then_does_it(rider):
    page = rider.client.get("/vehicles/add")
    asked = rider.client.press(page, "Share vehicle", location=SOMEWHERE, **NEW)
    assert asked.status_code == 422
    assert ASKED in words(asked)
    again = form_with(asked, "Share vehicle anyway")
    assert rider.client.post(again.action, data=again.fields | NEW).status_code == 302
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    assert (vehicle.last_location, vehicle.point) == (SOMEWHERE, None)


@pytest.mark.parametrize(
    "where",
    [
        {"location": "leidseplein"},
        {"location": SOMEWHERE, "latitude": "52.36", "longitude": "4.88"},
    ],
)
def test_nobody_is_asked_whose_place_has_a_point(rider, ride, where):
    ended = rider.client.press(rider.client.get("/rides"), "End ride", **where)
    assert is_redirect(ended, receipt(ride))


def test_client_that_knows_of_no_question_is_not_asked(rider, ride):
    answer = rider.client.submit(f"/rides/end/{ride.id}", {"location": SOMEWHERE})
    assert is_redirect(answer, receipt(ride))


def test_ride_that_has_ended_already_raises_no_question(rider, ride):
    page = rider.client.get("/rides")
    rider.end_ride(ride)
    answer = rider.client.press(page, "End ride", location=SOMEWHERE)
    assert is_redirect(answer, receipt(ride))


def test_list_says_which_vehicles_are_not_on_the_map(rider, ride):
    page = rider.client.get("/vehicles")
    assert "No exact place" not in words(page)
    rider.client.submit(f"/rides/end/{ride.id}", {"location": SOMEWHERE})
    page = rider.client.get("/vehicles")
    assert "No exact place" in words(page)
    assert "1 vehicle on this page isn't on the map: it has no exact place." in words(page)
