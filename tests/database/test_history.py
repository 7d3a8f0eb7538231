"""An owner reads when a vehicle was ridden, and for how long, page by page."""

from datetime import timedelta
from uuid import uuid4

import pytest

from movr import MovR
from movr.errors import InvalidCursor, NotFound, NotYours
from tests.database.actions import (
    cancel_ride,
    end_ride,
    pause_vehicle,
    remove_vehicle,
    start_ride,
)
from tests.database.bulk import NOON, add_rides


def history(movr: MovR, owner, vehicle, cursor=None):
    """What the owner, or somebody who claims to be, reads."""
    return movr.get_history(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        owner_city=owner.city,
        owner_id=owner.id,
        cursor=cursor,
    )


def test_rides_come_newest_first_page_by_page(movr: MovR, rider, owner, vehicle):
    moments = [NOON - timedelta(minutes=11 * number) for number in range(50)]
    keys = add_rides(movr, rider, vehicle, moments)
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        read = history(movr, owner, vehicle, cursor)
        assert read.vehicle.ride_count == 50
        found += [(use.start_time, use.ride_id) for use in read.uses.rows]
        assert {use.length for use in read.uses.rows} == {timedelta(minutes=10)}
        cursor, pages = read.uses.next_cursor, pages + 1
    assert (found, pages) == (keys, 3)


def test_only_what_has_ended_counts_and_nobody_is_named(movr: MovR, rider, owner, vehicle):
    assert history(movr, owner, vehicle).uses.rows == ()
    ended = end_ride(movr, rider, start_ride(movr, rider, vehicle))
    cancel_ride(movr, rider, start_ride(movr, rider, vehicle))
    start_ride(movr, rider, vehicle)
    (use,) = history(movr, owner, vehicle).uses.rows
    assert (use.ride_id, use.start_time, use.length) == (
        ended.id,
        ended.start_time,
        ended.length,
    )
    # A place would tell the trail of a rider.
    for name in ("rider_id", "start_location", "start_point", "end_point", "end_latitude"):
        assert not hasattr(use, name)


def test_history_is_for_the_owner_of_a_vehicle_that_is_kept(
    movr: MovR, rider, owner, vehicle, refused
):
    pause_vehicle(movr, owner, vehicle)
    assert history(movr, owner, vehicle).vehicle.id == vehicle.id
    with refused(NotYours):
        history(movr, rider, vehicle)
    remove_vehicle(movr, owner, vehicle)
    for somebody in (owner, rider):
        with refused(NotFound):
            history(movr, somebody, vehicle)


@pytest.mark.parametrize("cursor", ["x", f"available~{uuid4()}"], ids=["words", "another"])
def test_a_cursor_that_is_none_is_refused(movr: MovR, owner, vehicle, cursor):
    with pytest.raises(InvalidCursor):
        history(movr, owner, vehicle, cursor)
