"""Rides that go on for long: what the rider is asked and may say, and what the owner reads."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.web.site import dump, error_at, field, form_with, is_redirect, log_in, receipt, words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
ASKED = "Still riding the red bike?"


@pytest.fixture
def bike(owner):
    """The owner's red bike."""
    return owner.movr.get_vehicles(city="amsterdam").rows[0]


@pytest.fixture
def ride_since(rider, bike, monkeypatch):
    """`ride_since(length)`: a ride of the rider that began so long ago."""

    def ride_since(length):
        with monkeypatch.context() as patch:
            began = datetime.now(UTC).replace(microsecond=0) - length
            patch.setattr("movr.clock.now", lambda: began)
            return rider.start_ride(bike.id)

    return ride_since


def local(moment):
    """A moment as a browser writes it, by the clock of Amsterdam."""
    return f"{moment.astimezone(AMSTERDAM):%Y-%m-%dT%H:%M}"


def end(rider, end_time, location="Spui"):
    page = rider.client.get("/rides")
    return rider.client.press(page, "End ride", location=location, end_time=end_time)


def test_of_two_fields_to_correct_the_first_on_the_page_has_the_focus(rider, bike, ride_since):
    ride_since(3 * HOUR)
    page = end(rider, "some time", location="")
    assert error_at(page, "location")
    assert error_at(page, "end_time")
    assert "autofocus" in field(page, "location").attrib
    assert "autofocus" not in field(page, "end_time").attrib


def past(rider):
    me = {"rider_city": "amsterdam", "rider_id": rider.user.id}
    return rider.movr.get_rides(cities=["amsterdam"], **me).rows


@pytest.mark.parametrize("path", ["/rides", "/vehicles"])
def test_after_two_hours_the_rider_is_asked(rider, ride_since, path):
    ride = ride_since(2 * HOUR - timedelta(minutes=1))
    assert ASKED not in words(rider.client.get(path))
    assert "You're riding the red bike" in words(rider.client.get(path))
    rider.end_ride(ride)
    ride_since(2 * HOUR)
    assert ASKED in words(rider.client.get(path))
    assert "You're riding" not in words(rider.client.get(path))


def test_the_settings_say_when(app, rider, owner, ride_since):
    app.config["STILL_RIDING_AFTER"] = 0.5
    app.config["FORGOTTEN_AFTER"] = 1.0
    ride_since(HOUR)
    assert ASKED in words(rider.client.get("/rides"))
    assert "may have forgotten" in words(owner.client.get(f"/users/{owner.user.id}"))


def test_after_twelve_hours_the_owner_is_told(rider, owner, ride_since):
    def profile():
        return words(owner.client.get(f"/users/{owner.user.id}"))

    ride = ride_since(12 * HOUR - timedelta(minutes=1))
    assert "may have forgotten" not in profile()
    rider.end_ride(ride)
    ride_since(12 * HOUR + timedelta(minutes=5))
    assert "On a ride for 12 h 5 min: the rider may have forgotten to end it." in profile()


def test_a_rider_says_when_the_ride_has_ended_and_all_follows(rider, bike, ride_since):
    ride = ride_since(20 * HOUR)
    ended = end(rider, local(ride.start_time + 2 * HOUR))
    assert is_redirect(ended, receipt(ride))
    (past_ride,) = past(rider)
    said = (ride.start_time + 2 * HOUR).replace(second=0)
    assert past_ride.end_time == said
    assert past_ride.length == said - ride.start_time
    assert past_ride.end_location == "Spui"
    user = rider.movr.get_user(city="amsterdam", user_id=rider.user.id)
    left = rider.movr.get_vehicle(city="amsterdam", vehicle_id=bike.id)
    assert user.time_ridden == left.time_ridden == past_ride.length
    assert left.last_location == "Spui"
    assert f'datetime="{said.isoformat()}"' in rider.client.get(receipt(ride)).text


def test_who_says_nothing_ends_it_now(rider, ride_since):
    ride_since(3 * HOUR)
    end(rider, "")
    (ride,) = past(rider)
    assert abs(datetime.now(UTC) - ride.end_time) < timedelta(minutes=1)


def test_the_minute_in_which_the_ride_began_gives_a_ride_of_no_length(rider, ride_since):
    ride = ride_since(3 * HOUR)
    end(rider, local(ride.start_time))
    assert [each.length for each in past(rider)] == [timedelta(0)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (lambda ride: local(ride.start_time - timedelta(minutes=1)), "Choose a time between"),
        (lambda _: local(datetime.now(UTC) + timedelta(minutes=2)), "Choose a time between"),
        (lambda _: "0001-01-01T00:00", "Choose a time between"),
        (lambda _: "9999-12-31T23:59", "Choose a time between"),
        (lambda _: "yesterday", "Enter a date and a time."),
        (lambda _: "2026-13-45T99:99", "Enter a date and a time."),
    ],
    ids=["before", "after", "first year", "last year", "words", "no date"],
)
def test_a_ride_does_not_end_before_its_start_nor_in_the_future(rider, ride_since, typed, said):
    ride = ride_since(3 * HOUR)
    before = dump(rider.movr)
    wrong = typed(ride)
    page = end(rider, wrong)
    assert page.status_code == 422
    assert said in error_at(page, "end_time")
    assert form_with(page, "End ride").fields["end_time"] == wrong
    assert dump(rider.movr) == before


def test_the_field_is_there_without_scripts_and_knows_its_limits(rider, ride_since):
    ride = ride_since(3 * HOUR)
    page = rider.client.get("/rides")
    control = field(page, "end_time")
    assert control.get("type") == "datetime-local"
    assert control.get("min") == local(ride.start_time)
    assert local(ride.start_time + 2 * HOUR) < control.get("max") <= local(datetime.now(UTC))
    assert "Times are those of Amsterdam." in words(page)


def test_who_may_have_left_the_vehicle_already_is_asked_where_that_was(rider, ride_since):
    ride = ride_since(HOUR)
    assert "Where are you leaving it?" in words(rider.client.get("/rides"))
    rider.end_ride(ride)
    ride_since(3 * HOUR)
    asked = words(rider.client.get("/rides"))
    assert "Where did you leave it?" in asked
    assert "Where are you leaving it?" not in asked
    page = end(rider, "", location="")
    assert "Where did you leave it?" in words(page)
    assert error_at(page, "location") == "Describe where the vehicle is."


def test_a_ride_that_has_just_begun_ends_now_whatever_is_sent(rider, ride_since):
    ride = ride_since(HOUR)
    assert "end_time" not in form_with(rider.client.get("/rides"), "End ride").fields
    fields = {"city": "amsterdam", "location": "Spui", "end_time": local(ride.start_time)}
    assert is_redirect(rider.client.submit(f"/rides/end/{ride.id}", fields), receipt(ride))
    assert past(rider)[0].length >= HOUR


def test_ending_it_again_with_another_time_changes_nothing(rider, ride_since):
    ride = ride_since(5 * HOUR)
    page = rider.client.get("/rides")
    rider.client.press(page, "End ride", location="Spui", end_time=local(ride.start_time + HOUR))
    before = dump(rider.movr)
    again = rider.client.press(page, "End ride", location="Rokin", end_time="")
    assert is_redirect(again, receipt(ride))
    assert dump(rider.movr) == before


@pytest.mark.parametrize(("minute", "length"), [(5, 25), (45, 45)])
def test_where_clocks_were_set_back_the_hour_that_can_be_is_meant(
    rider, bike, monkeypatch, minute, length
):
    # In Amsterdam, 26 October 2025 had 2:30 twice: at 0:30 and at 1:30 in UTC.
    began = datetime(2025, 10, 26, 1 if minute == 5 else 0, minute, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setattr("movr.clock.now", lambda: began)
        rider.start_ride(bike.id)
    end(rider, "2025-10-26T02:30")
    assert [ride.length for ride in past(rider)] == [timedelta(minutes=length)]


def test_what_was_typed_survives_a_login(rider, ride_since):
    ride = ride_since(5 * HOUR)
    form = form_with(rider.client.get("/rides"), "End ride")
    rider.movr.end_sessions(city="amsterdam", user_id=rider.user.id)
    said = local(ride.start_time + HOUR)
    typed = {**form.fields, "location": "Spui", "end_time": said}
    late = rider.client.post(form.action, data=typed)
    log_in(rider.client, rider.user.username, path=late.location)
    again = form_with(rider.client.get("/rides"), "End ride").fields
    assert (again["location"], again["end_time"]) == ("Spui", said)
