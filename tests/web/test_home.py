"""The front page, and the choice of a city."""

import pytest

from tests.web.site import form_with, heading, is_redirect, links, next_link, words


def test_a_visitor_sees_where_it_is_and_how_to_sign_up(visitor):
    page = visitor.get("/", headers={"X-City": "Rome"})
    assert page.status_code == 200
    assert "Rome" in heading(page)
    assert "Rome, where you seem to be" in words(page)
    assert "Nothing to ride here right now" in words(page)
    assert {"/register", "/login", "/vehicles"} <= set(links(page).values())


def test_a_visitor_sees_some_of_the_vehicles_that_can_be_ridden(visitor, owner, rider):
    taken = owner.add_vehicle("scooter", "blue", "Spui")
    rider.start_ride(taken)
    page = visitor.get("/", headers={"X-City": "Amsterdam"})
    assert "Red bike" in page.text
    assert "Dam" in page.text
    assert "Blue scooter" not in page.text
    for number in range(9):
        owner.add_vehicle("skateboard", "green", f"Quay {number}")
    page = visitor.get("/", headers={"X-City": "Amsterdam"})
    shown = page.text.count("Green skateboard") + page.text.count("Red bike")
    assert 3 <= shown <= 24


def test_a_rider_goes_straight_to_the_vehicles(rider):
    assert is_redirect(rider.client.get("/"), "/vehicles")


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"X-City": "Seattle"}, "Seattle, where you seem to be"),
        ({"X-City-Lat-Long": "37.386051,-122.083851"}, "San Francisco, the city nearest to you"),
        ({}, "Showing New York"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/vehicles"])
def test_a_visitor_is_told_which_city_is_shown_and_why(visitor, path, headers, why):
    assert why in words(visitor.get(path, headers=headers))


def test_a_rider_is_told_that_the_city_is_home_or_was_chosen(rider):
    assert "Amsterdam, your home city" in words(rider.client.get("/vehicles"))
    rider.client.submit("/city/rome")
    assert "Vehicles in Rome Rome Change city" in words(rider.client.get("/vehicles"))


def test_every_city_can_be_chosen_with_a_button(visitor):
    page = visitor.get("/vehicles")
    answer = visitor.press(page, "Rome")
    assert is_redirect(answer, "/vehicles")
    page = visitor.get(answer.location, headers={"X-City": "Boston"})
    assert heading(page) == "Vehicles in Rome"


@pytest.mark.parametrize("path", ["/", "/vehicles?type=bike&available=1", "/vehicles?type=bike"])
def test_choosing_a_city_leads_back_to_the_page_and_its_filters(visitor, path):
    answer = visitor.press(visitor.get(path), "Paris")
    assert answer.location == path


def test_the_place_in_a_list_is_not_carried_into_another_city(visitor, owner):
    for number in range(30):
        owner.add_vehicle(location=f"Quay {number}")
    first = visitor.get("/vehicles", headers={"X-City": "Amsterdam"})
    second = visitor.get(next_link(first), headers={"X-City": "Amsterdam"})
    assert "after" not in form_with(second, "Paris").fields.get("next", "")
    assert "after" not in visitor.press(second, "Paris").location


def test_a_choice_is_kept_in_this_browser_only(visitor, rider):
    visitor.submit("/city/seattle")
    assert heading(visitor.get("/vehicles")) == "Vehicles in Seattle"
    assert heading(rider.client.get("/vehicles")) == "Vehicles in Amsterdam"


def test_the_name_of_a_city_may_be_written_in_capitals(visitor):
    assert is_redirect(visitor.submit("/city/New%20York"), "/vehicles")
    assert heading(visitor.get("/vehicles")) == "Vehicles in New York"
    assert "Showing" not in words(visitor.get("/vehicles"))


def test_an_unknown_city_does_not_exist_and_nothing_is_chosen(visitor):
    assert visitor.submit("/city/gotham").status_code == 404
    assert "Showing New York" in words(visitor.get("/vehicles"))
