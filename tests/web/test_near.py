"""The list by distance: /vehicles?near=latitude,longitude."""

import re

import pytest

from movr.kinds import VehicleType
from movr.records import Place, Point
from tests.web.site import (
    Person,
    SiteClient,
    form_with,
    heading,
    is_redirect,
    links,
    next_link,
    words,
)

AMSTERDAM = {"X-City": "Amsterdam"}
# Dam, and some way from it.
NEAR = "52.3730,4.8930"
STREETS = {"Dam": (52.3730, 4.8931), "Spui": (52.3693, 4.8889), "Zuid": (52.3389, 4.8732)}


@pytest.fixture
def street(rider: Person) -> Person:
    """An owner of vehicles that stand ever further from Dam, and of one without coordinates."""
    for name, point in reversed(STREETS.items()):
        add(rider, Place(name, Point(*point)))
    add(rider, Place("somewhere"))
    return rider


def add(owner: Person, place: Place, kind: VehicleType = VehicleType.BIKE) -> None:
    owner.movr.add_vehicle(
        city=owner.user.city,
        owner_id=owner.user.id,
        vehicle_type=kind,
        color="red",
        brand="Gazelle",
        place=place,
    )


def order(page) -> list[str]:
    """The places of a list in the order in which they stand there."""
    return re.findall(r"red (?:bike|scooter|skateboard), (\w+)", page.text)


def test_the_nearest_vehicle_comes_first_and_each_says_how_far_it_is(
    visitor: SiteClient, street: Person
):
    page = visitor.get(f"/vehicles?near={NEAR}", headers=AMSTERDAM)
    assert order(page) == ["Dam", "Spui", "Zuid"]
    text = words(page)
    assert "nearest first" in text
    for far in ("Gazelle · under 20 m", "Gazelle · 500 m", "Gazelle · 4.0 km"):
        assert far in text
    assert links(page)["Clear “Near me”"] == "/vehicles"
    assert next_link(page) is None


def test_the_usual_order_says_no_distances(visitor: SiteClient, street: Person):
    page = visitor.get("/vehicles", headers=AMSTERDAM)
    assert sorted(order(page)) == ["Dam", "Spui", "Zuid", "somewhere"]
    assert "vehicle-card-distance" not in page.text
    assert "Nearest first" not in words(page)


def test_filters_keep_the_place_and_the_place_keeps_the_filters(
    visitor: SiteClient, street: Person
):
    add(street, Place("Rokin", Point(52.3700, 4.8920)), VehicleType.SCOOTER)
    page = visitor.get(f"/vehicles?near={NEAR}&type=scooter&available=1", headers=AMSTERDAM)
    assert order(page) == ["Rokin"]
    to = links(page)
    assert to["Bikes"] == "/vehicles?type=bike&available=1&near=52.3730,4.8930"
    assert to["All"] == "/vehicles?available=1&near=52.3730,4.8930"
    assert to["Clear “Near me”"] == "/vehicles?type=scooter&available=1"


def test_another_city_is_shown_in_the_usual_order(visitor: SiteClient, street: Person):
    page = visitor.get(f"/vehicles?near={NEAR}&type=bike", headers=AMSTERDAM)
    assert form_with(page, "Paris").fields["next"] == "/vehicles?type=bike"


def test_place_far_from_the_city_is_left_out_and_the_page_says_so(
    visitor: SiteClient, street: Person
):
    page = visitor.get("/vehicles?near=48.8566,2.3522", headers=AMSTERDAM)
    assert page.status_code == 200
    assert sorted(order(page)) == ["Dam", "Spui", "Zuid", "somewhere"]
    assert "You're far from Amsterdam" in words(page)
    assert "vehicle-card-distance" not in page.text
    # And no filter carries it on.
    assert links(page)["Bikes"] == "/vehicles?type=bike"


def test_place_that_cannot_be_read_is_refused(visitor: SiteClient):
    for near in ("here", "52.373", "91,4.89", "52.37,4.89,1", "nan,4", "52;4"):
        answer = visitor.get("/vehicles", query_string={"near": near}, headers=AMSTERDAM)
        assert answer.status_code == 400, near
        assert heading(answer) == "This request is incomplete"


def test_place_with_no_vehicle_around_it_does_not_say_that_the_city_has_none(
    visitor: SiteClient, rider: Person
):
    add(rider, Place("somewhere"))
    for query, said in (
        ("", "There are none near you right now."),
        ("&type=bike", "None near you matches these filters right now."),
    ):
        page = visitor.get(f"/vehicles?near={NEAR}{query}", headers=AMSTERDAM)
        text = words(page)
        assert said in text
        assert "No vehicles in Amsterdam yet" not in text
        assert links(page)["Show all vehicles"] == "/vehicles"


def test_place_from_which_the_vehicles_are_too_far_to_be_found_is_far(
    visitor: SiteClient, street: Person
):
    # Some 90 km north of Amsterdam.
    page = visitor.get("/vehicles?near=53.18,4.85", headers=AMSTERDAM)
    assert len(order(page)) == 4
    assert "You're far from Amsterdam" in words(page)


def test_no_place_is_the_usual_order(visitor: SiteClient, street: Person):
    assert len(order(visitor.get("/vehicles?near=", headers=AMSTERDAM))) == 4


def test_login_leads_back_to_the_list_by_distance(visitor: SiteClient, street: Person):
    page = visitor.get(f"/vehicles?near={NEAR}", headers=AMSTERDAM)
    assert links(page)["Ride"].startswith("/login?next=/vehicles?near%3D52.3730,4.8930%23v")


def test_ride_is_started_off_the_list_by_distance(app, street: Person):
    page = street.client.get(f"/vehicles?near={NEAR}")
    assert is_redirect(street.client.press(page, "Start ride: red bike, Dam"), "/rides")
