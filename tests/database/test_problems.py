"""A rider reports a problem: the vehicle is out of the list until somebody has dealt with it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import update

from movr import MovR
from movr.errors import NotFound, NotYours, ProblemReported, VehiclePaused
from movr.kinds import ProblemKind, VehicleStatus
from movr.models import Vehicle as Vehicles
from movr.records import Ride
from tests.database.actions import (
    cancel_ride,
    end_ride,
    pause_vehicle,
    problems_of,
    remove_vehicle,
    report_problem,
    resume_vehicle,
    start_ride,
)
from tests.database.backends import unrehearsed
from tests.database.conftest import PASSWORD
from tests.database.race import Arena, like
from tests.database.test_pauses import shown
from tests.database.world import read_world


def resolve(movr: MovR, vehicle) -> None:
    """An operator has dealt with it."""
    movr.resolve_problems(city=vehicle.city, number=vehicle.number)


def state(movr: MovR, vehicle) -> tuple[VehicleStatus, bool, bool]:
    """The status of a vehicle, whether it is paused and whether it has a problem."""
    row = read_world(movr).vehicles[vehicle.city, vehicle.id]
    return row.status, row.paused_since is not None, row.problem_since is not None


LISTED = (VehicleStatus.AVAILABLE, False, False)
RIDDEN = (VehicleStatus.UNAVAILABLE, False, False)
RIDDEN_WITH_PROBLEM = (VehicleStatus.UNAVAILABLE, False, True)
PAUSED = (VehicleStatus.REMOVED, True, False)
REPORTED = (VehicleStatus.REMOVED, True, True)
GONE = (VehicleStatus.REMOVED, False, False)


def test_reported_vehicle_is_out_of_the_list_until_its_owner_lists_it_again(
    movr: MovR, rider, owner, vehicle, refused
):
    report_problem(movr, rider, vehicle, words="The left one rubs.")
    assert shown(movr, vehicle.city) == []
    assert state(movr, vehicle) == REPORTED
    with refused(VehiclePaused):
        start_ride(movr, rider, vehicle)
    (problem,) = problems_of(movr, owner, vehicle)
    assert (problem.kind, problem.words) == (ProblemKind.BRAKES, "The left one rubs.")
    assert not hasattr(problem, "rider_id")
    resume_vehicle(movr, owner, vehicle, [problem.id])
    assert shown(movr, vehicle.city) == [vehicle] * 4
    assert problems_of(movr, owner, vehicle) == ()
    end_ride(movr, rider, start_ride(movr, rider, vehicle))


@pytest.mark.parametrize("leave", [end_ride, cancel_ride])
def test_vehicle_that_is_ridden_leaves_the_list_when_the_ride_ends(
    movr: MovR, rider, owner, vehicle, leave
):
    ride = start_ride(movr, rider, vehicle)
    report_problem(movr, rider, vehicle)
    assert state(movr, vehicle) == RIDDEN_WITH_PROBLEM
    leave(movr, rider, ride)
    assert state(movr, vehicle) == REPORTED
    assert shown(movr, vehicle.city) == []
    resolve(movr, vehicle)
    assert state(movr, vehicle) == LISTED


def test_problem_that_is_resolved_during_the_ride_leaves_the_vehicle_available(
    movr: MovR, rider, owner, vehicle
):
    ride = start_ride(movr, rider, vehicle)
    report_problem(movr, rider, vehicle)
    before = read_world(movr)
    # The owner's button comes when the ride has ended; one from before it changes nothing.
    resume_vehicle(movr, owner, vehicle, [each.id for each in problems_of(movr, owner, vehicle)])
    assert read_world(movr) == before
    resolve(movr, vehicle)
    assert state(movr, vehicle) == RIDDEN
    end_ride(movr, rider, ride)
    assert state(movr, vehicle) == LISTED


def test_reporting_again_changes_nothing(movr: MovR, rider, create_rider, vehicle, refused):
    first, other = uuid4(), create_rider()
    report_problem(movr, rider, vehicle, problem_id=first)
    before = read_world(movr)
    # The same form, and the same from another page.
    assert not report_problem(movr, rider, vehicle, problem_id=first)
    assert not report_problem(movr, rider, vehicle, ProblemKind.LOCK, problem_id=first)
    assert not report_problem(movr, rider, vehicle, words="Really.")
    assert read_world(movr) == before
    with refused(NotFound):
        report_problem(movr, other, vehicle, problem_id=first)
    resolve(movr, vehicle)
    resolved = read_world(movr)
    # A form that comes late takes nothing off the street again; a new report does.
    assert not report_problem(movr, rider, vehicle, problem_id=first)
    assert read_world(movr) == resolved
    assert report_problem(movr, rider, vehicle)
    assert state(movr, vehicle) == REPORTED


def test_only_who_has_ridden_it_reports_a_vehicle_that_is_not_shared_now(
    movr: MovR, rider, owner, vehicle, create_vehicle, refused
):
    ride = start_ride(movr, rider, vehicle)
    end_ride(movr, rider, ride)
    other = create_vehicle(owner=owner)
    undone = start_ride(movr, rider, vehicle, uuid4())
    cancel_ride(movr, rider, undone)
    for each in (vehicle, other):
        pause_vehicle(movr, owner, each)
    for who, what, ride_id in (
        (rider, vehicle, None),
        (rider, vehicle, uuid4()),
        (rider, vehicle, undone.id),
        (rider, other, ride.id),
        (owner, vehicle, ride.id),
    ):
        with refused(VehiclePaused):
            report_problem(movr, who, what, ride_id=ride_id)
    report_problem(movr, rider, vehicle, ride_id=ride.id)
    assert state(movr, vehicle) == REPORTED


def test_nobody_reports_what_is_gone_or_from_an_account_that_is(
    movr: MovR, rider, create_rider, owner, vehicle, refused
):
    closed = create_rider()
    movr.remove_user(city=closed.city, user_id=closed.id, password=PASSWORD)
    with refused(NotFound):
        report_problem(movr, closed, vehicle)
    remove_vehicle(movr, owner, vehicle)
    with refused(NotFound):
        report_problem(movr, rider, vehicle)
    with refused(NotFound):
        resolve(movr, vehicle)


def test_owner_resolves_only_what_the_owner_has_seen(
    movr: MovR, rider, create_rider, owner, vehicle, refused
):
    ride = start_ride(movr, rider, vehicle)
    report_problem(movr, create_rider(), vehicle)
    (seen,) = problems_of(movr, owner, vehicle)
    end_ride(movr, rider, ride)
    report_problem(movr, rider, vehicle, ProblemKind.LOCK, ride_id=ride.id)
    for ids in ([], [seen.id]):
        with refused(ProblemReported):
            resume_vehicle(movr, owner, vehicle, ids)
    both = [each.id for each in problems_of(movr, owner, vehicle)]
    assert len(both) == 2
    with refused(NotYours):
        resume_vehicle(movr, rider, vehicle, both)
    resume_vehicle(movr, owner, vehicle, both)
    assert state(movr, vehicle) == LISTED
    assert {each.resolved_time is None for each in read_world(movr).problems.values()} == {False}


def test_problems_are_read_by_the_owner_alone(movr: MovR, rider, owner, vehicle):
    report_problem(movr, rider, vehicle)
    assert len(problems_of(movr, owner, vehicle)) == 1
    assert problems_of(movr, rider, vehicle) == ()
    assert [each.vehicle_id for each in movr.get_problems(city=vehicle.city)] == [vehicle.id]
    assert movr.get_problems(city="rome") == ()


def test_vehicle_that_its_owner_paused_before_is_not_listed_by_an_operator(
    movr: MovR, rider, owner, vehicle
):
    ride = start_ride(movr, rider, vehicle)
    end_ride(movr, rider, ride)
    pause_vehicle(movr, owner, vehicle)
    report_problem(movr, rider, vehicle, ride_id=ride.id)
    resolve(movr, vehicle)
    assert state(movr, vehicle) == PAUSED
    before = read_world(movr)
    resolve(movr, vehicle)
    assert read_world(movr) == before


def test_vehicle_that_the_version_before_has_listed_is_reported_and_resolved_as_any(
    movr: MovR, rider, create_rider, owner, vehicle
):
    report_problem(movr, rider, vehicle)
    with movr.engine.begin() as connection:
        # As that version resumes it, and ends a ride of it.
        listed = {"status": VehicleStatus.AVAILABLE, "paused_since": None}
        connection.execute(update(Vehicles).values(**listed))
    end_ride(movr, rider, start_ride(movr, rider, vehicle))
    assert state(movr, vehicle) == REPORTED
    with movr.engine.begin() as connection:
        connection.execute(update(Vehicles).values(**listed))
    report_problem(movr, create_rider(), vehicle)
    assert state(movr, vehicle) == REPORTED
    resolve(movr, vehicle)
    assert state(movr, vehicle) == LISTED


def test_vehicle_that_is_no_longer_shared_has_no_open_problems(movr: MovR, rider, owner, vehicle):
    report_problem(movr, rider, vehicle)
    remove_vehicle(movr, owner, vehicle)
    assert state(movr, vehicle) == GONE
    assert movr.get_problems(city=vehicle.city) == ()


@unrehearsed
def test_problem_is_never_lost_when_somebody_starts_or_leaves_meanwhile(
    movr: MovR, rider, create_rider, owner, vehicle
):
    vehicles = like(vehicle, movr, owner)
    other, outcomes = create_rider(), set()
    with ThreadPoolExecutor(2) as threads:
        arena = Arena(movr, threads)
        for number in arena.rounds():
            each = vehicles[number]
            ride, reported = arena.duel(
                partial(start_ride, movr, rider, each),
                partial(report_problem, movr, other, each),
                number,
            )
            assert reported is True
            outcomes.add(type(ride))
            if isinstance(ride, Ride):
                assert state(movr, each) == RIDDEN_WITH_PROBLEM
                ended, again = arena.duel(
                    partial(end_ride, movr, rider, ride),
                    partial(report_problem, movr, rider, each, ride_id=ride.id),
                    number,
                )
                assert (type(ended), again) == (Ride, True)
                assert len(problems_of(movr, owner, each)) == 2
            assert state(movr, each) == REPORTED
    movr.observers.remove(arena.reports.append)
    assert outcomes <= {Ride, VehiclePaused}


@unrehearsed
def test_owner_and_riders_at_once_leave_no_problem_unseen(movr: MovR, create_rider, owner, vehicle):
    vehicles = like(vehicle, movr, owner)
    one, other = create_rider(), create_rider()
    rides = []
    for each in vehicles:
        ride = start_ride(movr, other, each)
        end_ride(movr, other, ride)
        rides.append(ride.id)
    outcomes = set()
    with ThreadPoolExecutor(2) as threads:
        arena = Arena(movr, threads)
        for number in arena.rounds():
            each = vehicles[number]
            report_problem(movr, one, each)
            ids = [problem.id for problem in problems_of(movr, owner, each)]
            resumed, reported = arena.duel(
                partial(resume_vehicle, movr, owner, each, ids),
                partial(report_problem, movr, other, each, ride_id=rides[number]),
                number,
            )
            outcomes.add(type(resumed))
            # Whichever came first: the second report has taken it off the list, or kept it off.
            assert reported is True
            assert state(movr, each) == REPORTED
            assert len(problems_of(movr, owner, each)) == (1 if resumed is None else 2)
    movr.observers.remove(arena.reports.append)
    assert outcomes <= {type(None), ProblemReported}
