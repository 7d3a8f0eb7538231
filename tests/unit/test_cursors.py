"""Cursors: what is written can be read, everything else is refused; pages and their ends."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movr.cursors import (
    PAGE_SIZE,
    page_of,
    read_ride_cursor,
    read_rider_cursor,
    read_vehicle_cursor,
    write_cursor,
)
from movr.errors import InvalidCursor
from movr.kinds import VehicleStatus

VEHICLE = UUID("6f919b4a-446f-4bee-8b65-535bb1e3388a")


@given(st.sampled_from(VehicleStatus), st.uuids())
def test_vehicle_cursor_is_read_as_it_was_written(status, vehicle_id):
    assert read_vehicle_cursor(write_cursor(status, vehicle_id)) == (status, vehicle_id)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_ride_cursor_is_read_as_it_was_written(moment, ride_id):
    assert read_ride_cursor(write_cursor(moment, ride_id)) == (moment, ride_id)


def test_time_of_a_cursor_is_in_utc_whatever_its_offset():
    noon = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=-5)))
    moment, _ = read_ride_cursor(write_cursor(noon, VEHICLE))
    assert (moment, moment.tzinfo) == (noon, UTC)


def test_cursor_needs_no_more_than_an_address_may_have():
    written = write_cursor(VehicleStatus.AVAILABLE, VEHICLE)
    assert written == f"available~{VEHICLE}"
    assert len(write_cursor(datetime.max.replace(tzinfo=UTC), VEHICLE)) < 100


@pytest.mark.parametrize("written", ["{%s}", "urn:uuid:%s", "-%s-", "%s" + "-" * 5000])
def test_id_is_written_in_one_way_only(written):
    with pytest.raises(InvalidCursor):
        read_vehicle_cursor(f"available~{written % VEHICLE}")


@given(st.text())
@pytest.mark.parametrize("read", [read_vehicle_cursor, read_ride_cursor])
def test_any_text_is_refused_as_no_cursor(read, text):
    with pytest.raises(InvalidCursor):
        read(text)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-20T12:00:00",
        "2026-02-30T12:00:00+00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "now",
        "",
    ],
)
def test_moment_that_is_none_is_refused(moment):
    with pytest.raises(InvalidCursor):
        read_ride_cursor(f"{moment}~{VEHICLE}")


def test_error_quotes_a_short_piece_of_a_long_text():
    with pytest.raises(InvalidCursor) as caught:
        read_vehicle_cursor("x" * 10_000)
    assert str(caught.value) == "x" * 100
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", ["ada", "a.b-c_9"])
def test_name_is_a_cursor_of_riders(name):
    assert read_rider_cursor(name) == name


@pytest.mark.parametrize("text", ["a\0", "a\n", "\ud800", "\x7f"], ids=ascii)
def test_what_no_name_has_is_no_cursor_of_riders(text):
    with pytest.raises(InvalidCursor):
        read_rider_cursor(text)


@pytest.mark.parametrize(
    ("count", "shown", "cursor"),
    [(0, 0, None), (1, 1, None), (PAGE_SIZE, PAGE_SIZE, None), (PAGE_SIZE + 1, PAGE_SIZE, "23")],
)
def test_row_too_many_says_that_more_follow(count, shown, cursor):
    page = page_of(range(count), str)
    assert page.rows == tuple(range(shown))
    assert page.next_cursor == cursor
