"""Times and lengths as riders read them."""

from datetime import UTC, datetime, timedelta

import pytest

from movr.months import Month
from movr.regions import CITIES
from web.filters import city_label, duration, local_time, month_and_year, month_name, so_far

pytestmark = pytest.mark.usefixtures("page")


@pytest.mark.parametrize(
    ("moment", "city", "shown"),
    [
        # One moment on the clocks of three zones.
        ("2026-11-20 18:49", "new york", "Fri 20 Nov 2026, 13:49 EST"),
        ("2026-11-20 18:49", "seattle", "Fri 20 Nov 2026, 10:49 PST"),
        ("2026-11-20 18:49", "rome", "Fri 20 Nov 2026, 19:49 CET"),
        # Midnight passes at other moments elsewhere.
        ("2026-01-01 00:30", "los angeles", "Wed 31 Dec 2025, 16:30 PST"),
        ("2026-01-01 00:30", "amsterdam", "Thu 1 Jan 2026, 01:30 CET"),
        # Summer time begins in America on 8 March 2026, in Europe on 29 March.
        ("2026-03-08 06:59", "new york", "Sun 8 Mar 2026, 01:59 EST"),
        ("2026-03-08 07:00", "new york", "Sun 8 Mar 2026, 03:00 EDT"),
        ("2026-03-08 07:00", "paris", "Sun 8 Mar 2026, 08:00 CET"),
        ("2026-03-29 00:59", "paris", "Sun 29 Mar 2026, 01:59 CET"),
        ("2026-03-29 01:00", "paris", "Sun 29 Mar 2026, 03:00 CEST"),
        # It ends on 1 November and 25 October: an hour comes twice.
        ("2026-11-01 05:30", "boston", "Sun 1 Nov 2026, 01:30 EDT"),
        ("2026-11-01 06:30", "boston", "Sun 1 Nov 2026, 01:30 EST"),
        ("2026-11-01 07:30", "boston", "Sun 1 Nov 2026, 02:30 EST"),
        ("2026-10-25 00:30", "rome", "Sun 25 Oct 2026, 02:30 CEST"),
        ("2026-10-25 01:30", "rome", "Sun 25 Oct 2026, 02:30 CET"),
        ("2026-10-25 02:30", "rome", "Sun 25 Oct 2026, 03:30 CET"),
    ],
)
def test_a_time_is_shown_as_a_clock_in_the_city_shows_it(moment, city, shown):
    assert local_time(datetime.fromisoformat(moment).replace(tzinfo=UTC), city) == shown


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "under a minute"),
        (timedelta(seconds=59, milliseconds=999), "under a minute"),
        (timedelta(minutes=1), "1~min"),
        (timedelta(minutes=1, seconds=59), "1~min"),
        (timedelta(minutes=59, seconds=59), "59~min"),
        (timedelta(hours=1), "1~h"),
        (timedelta(hours=1, seconds=30), "1~h"),
        (timedelta(hours=1, minutes=5), "1~h~5~min"),
        (timedelta(hours=23, minutes=59), "23~h~59~min"),
        (timedelta(days=2, hours=1), "49~h"),
    ],
)
def test_a_length_is_shown_in_words_that_stay_in_one_line(length, words):
    assert duration(length).replace("\N{NO-BREAK SPACE}", "~") == words


def test_a_month_has_a_name():
    assert month_name(Month(2026, 3)) == "March"
    assert month_and_year(Month(2026, 3)) == "March 2026"


def test_what_another_clock_says_is_to_come_has_lasted_no_time():
    now = datetime.now(UTC)
    assert so_far(now + timedelta(minutes=1)) == timedelta(0)
    assert so_far(now - timedelta(minutes=1)) >= timedelta(minutes=1)


def test_cities_are_shown_with_their_capitals():
    assert [city_label(city) for city in CITIES] == [
        "New York",
        "Boston",
        "Washington DC",
        "San Francisco",
        "Seattle",
        "Los Angeles",
        "Amsterdam",
        "Paris",
        "Rome",
    ]
