"""The suite's own means: a broken rule is noticed, a careless callback too."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from movr import MovR
from movr.errors import AlreadyRiding
from movr.models import Ride, User, Vehicle
from tests.database.actions import end_ride, start_ride
from tests.database.backends import REHEARSED, on_a_file
from tests.database.world import broken_rules, read_world, world_of

rehearsed_only = pytest.mark.parametrize("backend", [REHEARSED], indirect=True, scope="session")


@on_a_file
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (update(Vehicle).values(status="available"), "is available with 1 running rides"),
        (update(User).values(active_ride_city=None, active_ride_id=None), "has a note of"),
        (update(User).values(is_owner=False), "does not count as one"),
        (
            update(Ride).values(end_location="here", end_time=Ride.start_time, length=timedelta(1)),
            "is not as long as",
        ),
    ],
)
def test_broken_rules_are_noticed(movr: MovR, rider, vehicle, change, complaint):
    start_ride(movr, rider, vehicle)
    with movr.engine.connect() as connection:
        connection.execute(change)
        complaints = broken_rules(world_of(connection))
        connection.rollback()
    assert any(complaint in each for each in complaints)
    assert broken_rules(read_world(movr)) == []


@on_a_file
def test_rows_of_a_refusal_are_compared(movr: MovR, rider, vehicle, refused):
    def start_and_refuse():
        start_ride(movr, rider, vehicle)
        raise AlreadyRiding

    with pytest.raises(AssertionError), refused(AlreadyRiding):
        start_and_refuse()


@rehearsed_only
def test_callback_that_ends_differently_when_run_again_is_found(movr: MovR):
    with pytest.raises(AssertionError, match="ends differently"):
        movr._write(lambda session: uuid4())
    names = iter(["only one"])
    with pytest.raises(AssertionError, match="ends differently"):
        movr._write(lambda session: next(names, None))


@rehearsed_only
def test_rehearsal_leaves_no_rows(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    end_ride(movr, rider, ride)
    assert len(read_world(movr).rides) == 1
