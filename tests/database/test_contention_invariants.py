"""The check that every race ends with: each invariant, once broken, is noticed."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, text

from movr import MovR
from movr.models import Ride
from tests.database.actions import reserve_vehicle, start_ride
from tests.database.backends import on_a_file
from tests.database.invariants import broken_invariants, check_invariants

# SQLite can be told to forget its constraints for a while, so that any rule can be broken.
pytestmark = on_a_file

CLOSE_ALL = (
    "UPDATE users SET username = NULL, password_hash = NULL,"
    " first_name = NULL, last_name = NULL, email = NULL"
)
SECOND_RIDE = (
    "INSERT INTO rides SELECT city, 'second', rider_city, rider_id, {vehicle},"
    " start_location, end_location, start_time, end_time, length, cancelled,"
    " start_latitude, start_longitude, end_latitude, end_longitude, note_in FROM rides"
)
REPORT = (
    "INSERT INTO problems SELECT city, id, vehicle_id, rider_city, rider_id, 'lock', '',"
    " start_time, NULL FROM rides"
)
FREE_VEHICLE = "(SELECT id FROM vehicles WHERE status = 'available')"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE vehicles SET status = 'available'", "vehicle is unavailable without"),
        ("UPDATE vehicles SET status = 'removed'", "vehicle is unavailable without"),
        ("UPDATE vehicles SET status = 'unavailable'", "vehicle is unavailable without"),
        (SECOND_RIDE.format(vehicle="vehicle_id"), "vehicle is unavailable without"),
        (SECOND_RIDE.format(vehicle=FREE_VEHICLE), "rider has the note"),
        ("UPDATE users SET active_ride_city = NULL, active_ride_id = NULL", "rider has the note"),
        ("UPDATE rides SET end_time = start_time", "rider has the note"),
        ("UPDATE users SET active_ride_id = 'unknown'", "running ride is not the one"),
        ("UPDATE users SET active_ride_city = 'rome'", "running ride is not the one"),
        ("UPDATE vehicles SET paused_since = date_added", "vehicle is paused and shared"),
        (
            "UPDATE vehicles SET problem_since = date_added",
            "vehicle has a problem that is not open",
        ),
        (REPORT, "vehicle has a problem that is not open"),
        (
            "UPDATE vehicles SET problem_since = date_added",
            "vehicle has a problem and is available",
        ),
        (CLOSE_ALL, "closed account has a running ride"),
        (CLOSE_ALL, "closed account has a vehicle in service"),
        (
            "UPDATE vehicles SET reserved_until = date_added, reserver_id = id,"
            " reserver_city = city",
            "vehicle is ridden and reserved",
        ),
        ("UPDATE vehicles SET reserver_id = id", "vehicle is ridden and reserved, or half"),
        ("UPDATE users SET reserved_until = '2026-11-20'", "rider has reserved a vehicle and is"),
        (
            "UPDATE users SET reserved_until = '2026-11-20' WHERE reserved_until IS NOT NULL",
            "vehicle is not reserved as",
        ),
    ],
)
def test_broken_invariant_is_noticed(
    movr: MovR, rider, vehicle, create_vehicle, create_rider, change: str, complaint: str
):
    reserve_vehicle(movr, create_rider(), create_vehicle())
    start_ride(movr, rider, vehicle)
    check_invariants(movr)
    with movr.engine.connect() as connection:
        connection.execute(text("DROP INDEX uq_rides_running"))
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.execute(text(change))
        found = broken_invariants(connection)
        connection.execute(text("PRAGMA ignore_check_constraints = OFF"))
        connection.rollback()
    assert any(each.startswith(complaint) for each in found), found
    check_invariants(movr)


def test_deleted_row_is_noticed(movr: MovR, rider, vehicle):
    start_ride(movr, rider, vehicle, ride_id := uuid4())
    known = check_invariants(movr)
    with movr.engine.begin() as connection:
        connection.execute(text("UPDATE users SET active_ride_city = NULL, active_ride_id = NULL"))
        connection.execute(text("UPDATE vehicles SET status = 'available'"))
        connection.execute(delete(Ride))
    with pytest.raises(AssertionError, match=f"deleted.*rides.*{ride_id.hex}"):
        check_invariants(movr, known)
