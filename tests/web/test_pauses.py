"""Owners pause vehicles and resume them; what riders see of it."""

import pytest

from movr.numbers import full_number
from tests.web.site import form_with, heading, is_redirect, join, words

PAUSE, RESUME = "Pause: red bike, Dam", "Resume: red bike, Dam"


@pytest.fixture
def bike(owner):
    """The owner's red bike, which stands at Dam."""
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle


def test_an_owner_pauses_a_vehicle_and_resumes_it(owner, rider, bike):
    profile = f"/users/{owner.user.id}"
    answer = owner.client.press(owner.client.get(profile), PAUSE)
    assert is_redirect(answer, profile)
    page = owner.client.get(profile)
    assert "The vehicle is paused." in words(page)
    assert "Paused today" in words(page)
    assert "Red bike" not in words(rider.client.get("/vehicles"))
    # A second time, as from another tab.
    assert is_redirect(owner.client.submit(f"/vehicles/pause/{bike.id}"), profile)
    answer = owner.client.press(page, RESUME)
    assert is_redirect(answer, profile)
    assert "Available" in words(owner.client.get(profile))
    assert "Red bike" in words(rider.client.get("/vehicles"))


def test_a_rider_with_an_old_page_is_told_that_the_vehicle_is_paused(owner, rider, bike):
    page = rider.client.get("/vehicles")
    owner.pause_vehicle(bike.id)
    answer = rider.client.press(page, "Start ride: red bike, Dam")
    assert (answer.status_code, heading(answer)) == (409, "This vehicle is paused")
    assert "You haven't started or reserved it" in words(answer)


def test_whoever_stands_before_a_paused_vehicle_is_told_so(app, owner, rider, bike):
    owner.pause_vehicle(bike.id)
    for browser in (rider.client, join(app).client):
        page = browser.get(f"/v/{full_number(bike.city, bike.number)}")
        assert page.status_code == 200
        assert "Paused" in words(page)
        assert "Its owner isn't sharing it right now." in words(page)
        assert "Start ride" not in page.text


def test_a_vehicle_in_use_is_not_paused_and_the_owner_is_told_why(owner, rider, bike):
    page = owner.client.get(f"/users/{owner.user.id}")
    rider.start_ride(bike.id)
    answer = owner.client.press(page, PAUSE)
    assert (answer.status_code, heading(answer)) == (409, "Your vehicle is in use")
    with pytest.raises(AssertionError, match="no form with the button"):
        form_with(owner.client.get(f"/users/{owner.user.id}"), PAUSE)


def test_a_paused_vehicle_is_edited_before_it_is_resumed(owner, rider, bike):
    owner.pause_vehicle(bike.id)
    page = owner.client.get(f"/vehicles/change/{bike.id}?city=amsterdam")
    assert heading(page) == "Edit the red bike"
    changes = {"color": "green", "brand": "Gazelle", "location": "Spui"}
    assert owner.client.press(page, "Save changes", **changes).status_code in (302, 303)
    assert rider.movr.get_vehicles(city="amsterdam").rows == ()
    assert "Resume: green bike, Spui" in owner.client.get(f"/users/{owner.user.id}").text
