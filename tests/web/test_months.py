"""Totals of rides: in all, under the months of the history, and month by month of a year."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from movr.models import Ride as Rides
from tests.web.site import heading, join, links, words

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def spring(monkeypatch):
    """The year has had two months and a bit."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return NOW.astimezone(tz)

    monkeypatch.setattr("web.routes.rides.datetime", Clock)


@pytest.fixture
def bike(owner):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle.id


@pytest.fixture
def ride_at(rider):
    """Make a ride that has begun at a time, in UTC, and lasted so long."""

    def ride(vehicle_id, start, minutes, city="amsterdam"):
        length = timedelta(minutes=minutes)
        begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
        ended = rider.end_ride(rider.start_ride(vehicle_id, city))
        with rider.movr.engine.begin() as connection:
            connection.execute(
                update(Rides)
                .where(Rides.id == ended.id)
                .values(start_time=begun, end_time=begun + length, length=length)
            )

    return ride


def test_each_month_has_its_rides_and_their_time(rider, bike, ride_at):
    ride_at(bike, "2026-01-05 10:00", 50)
    ride_at(bike, "2026-01-20 10:00", 25)
    ride_at(bike, "2026-03-01 10:00", 5)
    page = rider.client.get("/rides/months?year=2026")
    assert page.status_code == 200
    assert heading(page) == "Your rides in 2026"
    text = words(page)
    assert "January 2 1 h 15 min" in text
    assert "February 0 none" in text
    assert "March 1 5 min" in text
    assert "Total 2026 3 1 h 20 min" in text
    assert "April" not in text
    # The longest bar is that of the month with most time, the others are in proportion.
    assert [part.split('"')[0] for part in page.text.split('<rect width="')[1:]] == [
        "1000",
        "0",
        "67",
    ]


def test_without_a_year_it_is_the_one_that_runs(rider, bike, ride_at):
    ride_at(bike, "2026-01-05 10:00", 50)
    assert heading(rider.client.get("/rides/months")) == "Your rides in 2026"
    assert heading(rider.client.get("/rides/months?year=")) == "Your rides in 2026"


def test_a_month_begins_where_the_rider_is_at_home(rider, bike, ride_at):
    # New year in Amsterdam, and an hour before it.
    ride_at(bike, "2025-12-31 23:00", 10)
    ride_at(bike, "2025-12-31 22:59", 20)
    assert "January 1 10 min" in words(rider.client.get("/rides/months?year=2026"))
    assert "December 1 20 min" in words(rider.client.get("/rides/months?year=2025"))
    history = words(rider.client.get("/rides"))
    assert history.index("January 2026") < history.index("December 2025")


def test_months_begin_with_the_first_ride(rider, bike, ride_at):
    ride_at(bike, "2026-02-05 10:00", 50)
    text = words(rider.client.get("/rides/months?year=2026"))
    assert "January" not in text
    assert "February 1 50 min March 0 none" in text


def test_years_lead_to_each_other_as_far_as_there_are_rides(rider, bike, ride_at):
    ride_at(bike, "2026-01-05 10:00", 10)
    ways = links(rider.client.get("/rides/months?year=2026"))
    assert "2025" not in ways
    assert "2027" not in ways
    ride_at(bike, "2025-06-05 10:00", 10)
    ways = links(rider.client.get("/rides/months?year=2026"))
    assert ways["2025"] == "/rides/months?year=2025"
    back = rider.client.get(ways["2025"])
    assert "June 1 10 min" in words(back)
    assert links(back)["2026"] == "/rides/months?year=2026"


def test_rides_in_other_regions_are_counted_as_well(app, rider, bike, ride_at):
    bostonian = join(app, city="boston")
    ride_at(bike, "2026-01-05 10:00", 10)
    ride_at(bostonian.add_vehicle(location="Fenway Park"), "2026-01-06 10:00", 25, "boston")
    page = rider.client.get("/rides/months")
    assert "January 2 35 min" in words(page)
    assert "all cities" not in words(page)


def test_rides_of_others_and_rides_that_run_do_not_count(rider, owner, bike, ride_at):
    ride_at(bike, "2026-01-05 10:00", 10)
    rider.start_ride(owner.add_vehicle())
    assert "Total 2026 1 10 min" in words(rider.client.get("/rides/months"))
    assert "No rides in 2026" in words(owner.client.get("/rides/months"))


def test_a_year_without_rides_says_what_to_do(rider, bike, ride_at):
    page = rider.client.get("/rides/months")
    assert "No rides in 2026" in words(page)
    assert links(page)["Find a vehicle"] == "/vehicles"
    assert "<table" not in page.text
    ride_at(bike, "2026-01-05 10:00", 10)
    page = rider.client.get("/rides/months?year=2024")
    assert "No rides in 2024" in words(page)
    assert "Your rides were in other years." in words(page)
    assert "Find a vehicle" not in links(page)


def test_a_year_that_is_none_of_ours_leads_nowhere(rider):
    for year in ("2027", "1999", "0", "-1", "x", "20%2026", "%00", "9" * 3000):
        page = rider.client.get(f"/rides/months?year={year}")
        assert page.status_code == 404, year
        assert heading(page) == "This page doesn't exist"


# --- The history ---


def test_the_history_has_its_months_as_headings_and_a_total(rider, bike, ride_at):
    ride_at(bike, "2026-01-05 10:00", 10)
    assert "1 ride, under a minute" in words(rider.client.get("/rides"))
    ride_at(bike, "2026-01-20 10:00", 10)
    ride_at(bike, "2025-11-20 10:00", 10)
    page = rider.client.get("/rides")
    text = words(page)
    assert "3 rides, under a minute" in text
    assert text.count("January 2026") == text.count("November 2025") == 1
    assert text.index("January 2026") < text.index("November 2025")
    assert links(page)["By month"] == "/rides/months"


def test_who_has_not_ridden_is_told_no_total(rider):
    assert "under a minute" not in words(rider.client.get("/rides"))


def test_an_address_that_is_no_ride_is_not_taken_for_months(rider):
    assert rider.client.get(f"/rides/{uuid4()}").status_code == 404
    assert rider.client.get("/rides/month").status_code == 404
