"""Vehicles by their numbers: the page behind a code, the form, the sheet, and what riders read."""

import re

import pytest
from sqlalchemy import update

from movr.models import Vehicle
from movr.numbers import full_number
from tests.web.site import (
    field,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    log_in,
    open_account,
    receipt,
    words,
)

UNKNOWN = "We don't know this number"


@pytest.fixture
def bike(owner):
    """The owner's red bike, which stands at Dam."""
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle


@pytest.fixture
def number(bike):
    return full_number(bike.city, bike.number)


def forget_numbers(movr):
    """Leave the vehicles as if the version before had added them."""
    with movr.engine.begin() as connection:
        connection.execute(update(Vehicle).values(number=None))


def test_whoever_reads_the_code_sees_the_vehicle_and_starts_it(rider, bike, number):
    page = rider.client.get(f"/v/{number}")
    assert heading(page) == "Red bike"
    for text in (number, "Gazelle", "Dam, Amsterdam", "Available"):
        assert text in words(page)
    assert is_redirect(rider.client.press(page, "Start ride"), "/rides")
    assert number in words(rider.client.get("/rides"))
    running = rider.movr.get_user(city="amsterdam", user_id=rider.user.id).active_ride
    assert running.vehicle_id == bike.id
    # The same page, sent twice.
    assert is_redirect(rider.client.press(page, "Start ride"), "/rides")
    ended = rider.end_ride(running)
    assert f"Red bike, Gazelle, {number}" in words(rider.client.get(receipt(ended)))


@pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", ""), str.title])
def test_number_is_read_however_it_is_written(visitor, number, typed):
    assert heading(visitor.get(f"/v/{typed(number)}")) == "Red bike"


def test_visitor_logs_in_first_and_then_stands_before_the_vehicle(app, visitor, number):
    page = visitor.get(f"/v/{number}")
    login = links(page)["Log in to ride it"]
    assert login == f"/login?next=/v/{number}"
    user = open_account(app.extensions["movr"])
    assert is_redirect(log_in(visitor, user.username, path=login), f"/v/{number}")
    assert form_with(visitor.get(f"/v/{number}"), "Start ride")


def test_newcomer_signs_up_first_and_then_stands_before_the_vehicle(visitor, number):
    login = visitor.get(links(visitor.get(f"/v/{number}"))["Log in to ride it"])
    sign_up = f"/register?next=/v/{number}"
    assert links(login)["Sign up"] == links(visitor.get(f"/v/{number}"))["Sign up"] == sign_up
    page = visitor.get(sign_up)
    person = {
        "city": "amsterdam",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "username": "ada",
        "password": "an engine of difference",
    }
    assert is_redirect(visitor.press(page, "Sign up", **person), f"/v/{number}")
    for hostile in ("https://example.com", "//example.com", "/\\example.com"):
        assert "example.com" not in links(visitor.get("/register", query_string={"next": hostile}))


def test_what_is_in_use_cannot_be_started_and_the_page_says_why(app, rider, owner, number, bike):
    rider.start_ride(bike.id)
    assert "You're riding it." in words(rider.client.get(f"/v/{number}"))
    other = join(app)
    page = other.client.get(f"/v/{number}")
    assert "Someone is riding it right now." in words(page)
    assert "Start ride" not in page.text
    scooter = owner.add_vehicle("scooter")
    other_number = full_number(
        "amsterdam", owner.movr.get_vehicle(city="amsterdam", vehicle_id=scooter).number
    )
    page = rider.client.get(f"/v/{other_number}")
    assert "You're already on a ride." in words(page)
    assert "Start ride" not in page.text


def test_owner_is_told_that_it_is_the_own_vehicle(owner, rider, number):
    assert "This is your vehicle." in words(owner.client.get(f"/v/{number}"))
    assert "This is your vehicle." not in words(rider.client.get(f"/v/{number}"))


@pytest.mark.parametrize(
    "wrong", ["AM-1111", "XX-2222", "AM", "x" * 500, "AM-2222-", "%00", "%F0%9F%9A%B2"]
)
def test_unknown_number_is_answered_with_a_sentence_and_the_form(visitor, wrong):
    page = visitor.get(f"/v/{wrong}")
    assert page.status_code == 404
    assert heading(page) == UNKNOWN
    assert form_with(page, "Find").action == "/v"
    assert len(page.text) < 8_000


def test_number_of_another_city_or_of_a_vehicle_that_is_gone_is_unknown(owner, visitor, bike):
    assert visitor.get(f"/v/RO-{bike.number}").status_code == 404
    owner.movr.remove_vehicle(
        city=bike.city, vehicle_id=bike.id, owner_city=bike.city, owner_id=owner.user.id
    )
    assert visitor.get(f"/v/AM-{bike.number}").status_code == 404


def test_list_leads_to_the_page_where_a_number_is_entered(rider, visitor, number, bike):
    page = rider.client.get(links(rider.client.get("/vehicles"))["Enter the number"])
    assert form_with(page, "Find").action == "/v"
    assert "required" in field(page, "number").attrib
    for typed in (number, number.lower(), bike.number, f" am {bike.number} "):
        answer = rider.client.get("/v", query_string={"number": typed})
        assert is_redirect(answer, f"/v/{number}"), typed
    # Elsewhere, four characters alone mean a vehicle there.
    there = visitor.get("/v", query_string={"number": bike.number}, headers={"X-City": "Rome"})
    assert is_redirect(there, f"/v/RO-{bike.number}")
    page = rider.client.get("/v", query_string={"number": "tandem"})
    assert (page.status_code, heading(page)) == (404, UNKNOWN)
    assert heading(rider.client.get("/v")) == "Enter the number"


def test_owner_prints_a_code_for_each_vehicle(owner, rider, number):
    page = owner.client.get("/vehicles/codes")
    assert heading(page) == "Codes for your vehicles"
    assert page.text.count("<svg") == 1
    assert f"{number} Scan to ride, or enter the number at movr.example/v Red bike" in words(page)
    nothing = rider.client.get("/vehicles/codes")
    assert "You're not sharing anything yet." in words(nothing)
    assert "<svg" not in nothing.text


def test_sheet_holds_24_and_the_next_one_the_rest(owner):
    for _ in range(25):
        owner.add_vehicle()
    page = owner.client.get("/vehicles/codes")
    assert page.text.count("<svg") == 24
    assert owner.client.get(links(page)["Next sheet"]).text.count("<svg") == 2


def test_code_is_that_of_the_vehicles_address(owner, number, monkeypatch):
    made = []
    monkeypatch.setattr("web.routes.numbers.code_picture", lambda url: made.append(url) or "")
    owner.client.get("/vehicles/codes")
    assert made == [f"https://movr.example/v/{number}"]


def test_code_is_a_sound_picture_without_styles_or_scripts(owner):
    svg = re.search(r"<svg.*?</svg>", owner.client.get("/vehicles/codes").text, re.S)[0]
    assert set(re.findall(r"<(\w+)", svg)) == {"svg", "path"}
    assert "style" not in svg


def test_profile_shows_numbers_and_gives_them_to_vehicles_without(owner, rider, bike, number):
    path = f"/users/{owner.user.id}"
    assert links(owner.client.get(path))[number] == f"/v/{number}"
    forget_numbers(owner.movr)
    assert number not in words(rider.client.get("/vehicles"))
    page = owner.client.get(path)
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    assert vehicle.number
    assert full_number("amsterdam", vehicle.number) in words(page)


def test_owner_finds_one_of_many_by_its_number(app, owner, bike, number):
    path = f"/users/{owner.user.id}"
    assert "Number of your vehicle" not in words(owner.client.get(path))
    for _ in range(7):
        owner.add_vehicle("scooter", "green")
    assert form_with(owner.client.get(path), "Find").action == path
    for typed in (number, bike.number.lower()):
        page = owner.client.get(path, query_string={"number": typed})
        assert "Red bike" in words(page)
        assert "Green scooter" not in words(page)
    other = join(app)
    foreign = other.movr.get_vehicle(city="amsterdam", vehicle_id=other.add_vehicle()).number
    for typed in (foreign, f"RO-{bike.number}", "nonsense", "2222"):
        page = owner.client.get(path, query_string={"number": typed})
        assert "None of the vehicles you share has this number." in words(page)
        assert links(page)["Show all your vehicles"] == path


def test_list_of_riders_leads_to_the_numbers_and_shows_none(rider, number):
    page = rider.client.get("/vehicles")
    assert links(page)["Red bike"] == f"/v/{number}"
    assert number not in words(page)


def test_place_of_a_paused_vehicle_is_shown_to_its_owner_only(owner, rider, bike, number):
    assert "Dam" in words(rider.client.get(f"/v/{number}"))
    owner.pause_vehicle(bike.id)
    assert "Dam" not in words(rider.client.get(f"/v/{number}"))
    assert "Dam" in words(owner.client.get(f"/v/{number}"))
