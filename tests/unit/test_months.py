"""Months as a city has them: where they begin, and which of them a year has had so far."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from movr.kinds import VehicleType
from movr.months import Month, by_month, month_of, months_until, year_in
from movr.records import Ride


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ride_at(time: datetime) -> Ride:
    vehicle = (uuid4(), VehicleType.BIKE, "red", "City", None)
    return Ride("rome", uuid4(), *vehicle, "here", None, None, start_time=time)


@pytest.mark.parametrize(
    ("city", "begin"),
    [
        ("rome", "2026-10-31 23:00"),
        ("boston", "2026-11-01 04:00"),  # Summer time ends on that day, two hours later.
        ("seattle", "2026-11-01 07:00"),
    ],
)
def test_a_month_begins_at_midnight_in_the_city(city, begin):
    assert Month(2026, 11).begin(city) == at(begin)


def test_a_month_ends_where_the_next_one_begins():
    assert Month(2026, 11).next() == Month(2026, 12)
    assert Month(2026, 12).next() == Month(2027, 1)


def test_one_moment_is_in_different_months_in_different_cities():
    new_year = at("2027-01-01 00:00")
    assert month_of(new_year, "rome") == Month(2027, 1)
    assert month_of(new_year, "boston") == Month(2026, 12)
    for city in ("rome", "boston"):
        assert month_of(Month(2026, 3).begin(city), city) == Month(2026, 3)


@pytest.mark.parametrize("city", ["rome", "boston", "seattle"])
def test_rides_stand_under_the_month_in_which_they_began(city):
    begin = Month(2026, 4).begin(city)
    times = [begin + timedelta(hours=12 * number) for number in range(-800, 800)]
    times += [begin + timedelta(microseconds=number) for number in (-1, 1)]
    rides = [ride_at(time) for time in sorted(times, reverse=True)]
    found = by_month(rides, city)
    assert [ride for _, group in found for ride in group] == rides
    assert [month for month, _ in found] == sorted(
        {month_of(time, city) for time in times}, key=lambda month: month.first_day, reverse=True
    )
    for month, group in found:
        assert {month_of(ride.start_time, city) for ride in group} == {month}
    assert by_month([], city) == []


def test_a_year_has_its_months_but_for_those_to_come():
    assert [month.number for month in months_until(2026, Month(2026, 3))] == [1, 2, 3]
    assert [month.number for month in months_until(2025, Month(2026, 3))] == list(range(1, 13))
    assert months_until(2026, Month(2026, 12))[-1] == Month(2026, 12)
    assert months_until(2027, Month(2026, 12)) == ()


@pytest.mark.parametrize(("text", "year"), [("2026", 2026), ("2025", 2025), ("2000", 2000)])
def test_a_year_is_read(text, year):
    assert year_in(text, 2026) == year


@pytest.mark.parametrize(
    "text",
    [
        *("", "1999", "2027", "9999", "10000", "26", "02026", "-2026", "+2026", " 2026", "2026.0"),
        *("2_26", "0x7ea", "MMXXVI", "0000", "x" * 5000),
        # Digits to Unicode, and to int() as well.
        *("\u0662\u0660\u0662\u0666", "\u00b2026"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_year_of_ours_is_none(text):
    assert year_in(text, 2026) is None
