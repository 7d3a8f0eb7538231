"""Where a vehicle stands: in words, and by a point that was picked on a map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movr.places import PLACES, place_near
from movr.records import Point
from tests.database.world import read_world
from tests.web.site import Person, dump, error_at, field, form_with, words

NEW = {"type": "scooter", "color": "Blue", "brand": "Vespa"}
# Beside Leidseplein, and a point on the other side of Europe.
POINT = {"latitude": "52.36321", "longitude": "4.88310"}
ROME = {"latitude": "41.90000", "longitude": "12.50000"}
NO_POINT = {"latitude": "", "longitude": ""}


def vehicle_of(person: Person):
    """The one vehicle of a person, as the database has it."""
    (vehicle,) = [
        each
        for each in read_world(person.movr).vehicles.values()
        if each.owner_id == person.user.id
    ]
    return vehicle


def share(person: Person, **fields: str):
    return person.client.submit("/vehicles/add", NEW | fields)


@pytest.fixture
def ending(rider: Person, owner: Person):
    """Ends the ride of a rider on the owner's bike, with these fields."""
    ride = rider.start_ride(vehicle_of(owner).id)

    def end(**fields: str):
        return rider.client.submit(f"/rides/end/{ride.id}", {"city": ride.city} | fields)

    return end


def where(vehicle) -> tuple:
    return vehicle.last_location, vehicle.latitude, vehicle.longitude


def test_point_that_an_owner_picks_is_kept_with_the_words(rider: Person):
    assert share(rider, location="by the canal", **POINT).status_code == 302
    vehicle = vehicle_of(rider)
    assert where(vehicle) == ("by the canal", 52.36321, 4.8831)
    assert vehicle.cell is not None


def test_point_that_a_rider_picks_is_kept_with_the_words(owner: Person, ending):
    assert ending(location="by the canal", **POINT).status_code == 302
    assert where(vehicle_of(owner)) == ("by the canal", 52.36321, 4.8831)


def test_picked_point_is_more_exact_than_a_known_place(rider: Person):
    share(rider, location="Leidseplein", **POINT)
    assert where(vehicle_of(rider)) == ("Leidseplein", 52.36321, 4.8831)


def test_without_a_point_a_known_place_has_its_own(owner: Person, ending):
    assert ending(location="leidseplein", **NO_POINT).status_code == 302
    assert where(vehicle_of(owner)) == ("leidseplein", 52.3641, 4.8828)


def test_words_for_no_known_place_have_no_point(owner: Person, ending):
    assert ending(location="behind the church", **NO_POINT).status_code == 302
    vehicle = vehicle_of(owner)
    assert (*where(vehicle), vehicle.cell) == ("behind the church", None, None, None)


def test_point_without_words_is_named_after_what_is_near(owner: Person, ending):
    assert ending(location="", **POINT).status_code == 302
    assert where(vehicle_of(owner)) == ("near Leidseplein", 52.36321, 4.8831)


def test_point_without_words_that_is_near_nothing_known_needs_them(rider: Person):
    before = dump(rider.movr)
    answer = share(rider, location="", latitude="52.60000", longitude="4.90000")
    assert answer.status_code == 422
    assert error_at(answer, "location") == "Describe where it's parked."
    # What was picked is still there.
    assert field(answer, "latitude").get("value") == "52.60000"
    assert dump(rider.movr) == before


def test_point_outside_the_city_is_refused_and_nothing_changes(owner: Person, ending):
    before = dump(owner.movr)
    answer = ending(location="Colosseo", **ROME)
    assert answer.status_code == 422
    assert "more than 50 km from the centre of Amsterdam" in error_at(answer, "location")
    assert "You're riding the red bike" in words(answer)
    assert dump(owner.movr) == before


def test_point_that_cannot_be_read_is_refused_and_nothing_changes(rider: Person):
    before = dump(rider.movr)
    for latitude, longitude in (
        ("52.3", ""),
        ("", "4.9"),
        ("north", "east"),
        ("91", "4.9"),
        ("52.3", "181"),
        ("nan", "nan"),
        ("52.3,4.9", "0"),
        ("1e400", "4.9"),
        ("0", "0"),
    ):
        answer = share(rider, location="Dam", latitude=latitude, longitude=longitude)
        assert answer.status_code == 422, (latitude, longitude)
        said = error_at(answer, "location")
        assert said == "The place on the map can't be read. Pick it again."
    assert dump(rider.movr) == before


def test_same_form_with_another_point_is_another_vehicle(rider: Person):
    form = form_with(rider.client.get("/vehicles/add"), "Share vehicle")
    for point in (POINT, POINT, {"latitude": "52.36400", "longitude": "4.88310"}):
        fields = form.fields | NEW | {"location": "by the canal"} | point
        assert rider.client.post(form.action, data=fields).status_code == 302
    assert len(rider.movr.get_vehicles(city="amsterdam").rows) == 2


def test_forms_that_ask_for_a_place_offer_a_map(rider: Person, owner: Person):
    bike = vehicle_of(owner)
    rider.start_ride(bike.id)
    for person, path in ((rider, "/rides"), (rider, "/vehicles/add")):
        page = person.client.get(path)
        assert "/js/place-picker.js" in page.text
        assert 'data-latitude="52.3676"' in page.text
        assert field(page, "latitude").get("value") == ""
    # Without a running ride there is nothing to pick.
    assert "place-picker" not in owner.client.get("/rides").text


@given(st.sampled_from(sorted(PLACES)), st.data())
def test_known_place_is_near_itself(city: str, data: st.DataObject):
    place = data.draw(st.sampled_from(PLACES[city]))
    assert place_near(city, place.point) == place
    assert place_near(city, Point(place.point.latitude + 1, place.point.longitude)) is None
