"""Transactions that lose again and again, wait too long, or fail in ways that no retry mends."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from movr import MovR, clock
from movr.database import Report
from movr.database.engine import Limits
from movr.errors import DatabaseUnavailable, TooMuchContention
from movr.kinds import VehicleType
from movr.records import LoginSession, Place
from tests.database.actions import (
    cancel_reservation,
    cancel_ride,
    change_vehicle,
    end_ride,
    pause_vehicle,
    remove_vehicle,
    report_problem,
    reread,
    reserve_vehicle,
    resume_vehicle,
    start_ride,
)
from tests.database.backends import Backend, on_each_server, unrehearsed
from tests.database.conftest import PASSWORD, CreateRider, CreateVehicle, MakeMovR, Refused
from tests.database.setbacks import (
    COMPLETION_UNKNOWN,
    DEADLOCK,
    SERIALIZATION_FAILURE,
    WRITES,
    Step,
    failure,
    interpose,
    overtaking,
    touch,
)

# SQLite takes its lock at the beginning, so that nothing is ever run again.

RETRIES = 3
# Of one statement, which is sent outside a transaction block first: it cannot fail after it.
AT_ONCE = (
    *("begin_session_txn", "note_session_txn", "end_session_txn"),
    *("claim_mail_txn", "remove_mail_txn", "confirm_email_txn", "issue_reset_txn"),
)

Writes = dict[str, Callable[[MovR], object]]


@pytest.fixture
def impatient(make_movr: MakeMovR) -> MovR:
    """A MovR that tries four times without a pause."""
    return make_movr(Limits(max_retries=RETRIES, max_backoff=0))


@pytest.fixture
def reports(impatient: MovR) -> list[Report]:
    """How the transactions of `impatient` went."""
    reports: list[Report] = []
    impatient.observers.append(reports.append)
    return reports


@pytest.fixture
def writes(movr: MovR, create_rider: CreateRider, create_vehicle: CreateVehicle) -> Writes:
    """Every write of MovR, by the name of its callback; each would succeed."""
    live, another = (
        LoginSession(uuid4(), date(2026, 11, 20), "Firefox on Linux", "rome") for _ in range(2)
    )
    idle, riding, owner = create_rider(session=live), create_rider(), create_rider()
    vehicle, ridden, paused, broken = (create_vehicle(owner=owner) for _ in range(4))
    pause_vehicle(movr, owner, paused)
    report_problem(movr, riding, broken)
    ride = start_ride(movr, riding, ridden, mail_in="en")
    (forgotten,) = movr.get_forgotten_rides(city=ridden.city, started_by=clock.now())
    reserving, reserved = create_rider(), create_vehicle()
    reserve_vehicle(movr, reserving, reserved)
    idle_key = {"city": idle.city, "user_id": idle.id}
    movr.change_password(
        **idle_key, old_password=PASSWORD, new_password=PASSWORD, session=live, mail_in="en"
    )
    movr.confirm_email(**idle_key, email_hash=idle.email_hash)
    idle = reread(movr, idle)
    token = movr.issue_reset(idle) or ""
    (mail,) = movr.get_due_mails(city=idle.city)
    person = {"first_name": "Ada", "last_name": "Rider", "email": "ada@example.com"}
    return {
        "add_user_txn": lambda movr: movr.add_user(
            city="rome", username="ada", password="secret words", **person
        ),
        "begin_session_txn": lambda movr: movr.begin_session(
            **idle_key, session_epoch=1, session=another
        ),
        "note_session_txn": lambda movr: movr.note_session(
            **idle_key, session_id=live.id, day=date(2026, 11, 21)
        ),
        "end_session_txn": lambda movr: movr.end_session(**idle_key, session_id=live.id),
        "end_sessions_txn": lambda movr: movr.end_sessions(**idle_key),
        "change_user_txn": lambda movr: movr.change_user(
            **idle_key, first_name="Grace", last_name="Rider", email=idle.email
        ),
        "change_password_txn": lambda movr: movr.change_password(
            **idle_key, old_password=PASSWORD, new_password="other words"
        ),
        "issue_reset_txn": lambda movr: movr.issue_reset(idle),
        "reset_password_txn": lambda movr: movr.reset_password(
            **idle_key, token=token, new_password="other words"
        ),
        "remove_user_txn": lambda movr: movr.remove_user(**idle_key, password=PASSWORD),
        "confirm_email_txn": lambda movr: movr.confirm_email(
            **idle_key, email_hash=idle.email_hash
        ),
        "add_mail_txn": lambda movr: movr.ask_to_confirm(**idle_key, mail_in="en"),
        "ask_if_riding_txn": lambda movr: movr.ask_if_riding(forgotten),
        "claim_mail_txn": lambda movr: movr.claim_mail(mail),
        "remove_mail_txn": lambda movr: movr.remove_mail(city=mail.city, mail_id=mail.id),
        "add_vehicle_txn": lambda movr: movr.add_vehicle(
            city=idle.city,
            owner_id=idle.id,
            vehicle_type=VehicleType.BIKE,
            color="red",
            brand="City",
            place=Place("here"),
        ),
        "change_vehicle_txn": lambda movr: change_vehicle(movr, owner, vehicle),
        "number_vehicles_txn": lambda movr: movr.number_vehicles(
            city=vehicle.city, vehicle_ids=[vehicle.id]
        ),
        "pause_vehicle_txn": lambda movr: pause_vehicle(movr, owner, vehicle),
        "resume_vehicle_txn": lambda movr: resume_vehicle(movr, owner, paused),
        "remove_vehicle_txn": lambda movr: remove_vehicle(movr, owner, vehicle),
        "reserve_vehicle_txn": lambda movr: reserve_vehicle(movr, idle, vehicle),
        "cancel_reservation_txn": lambda movr: cancel_reservation(movr, reserving, reserved),
        "report_problem_txn": lambda movr: report_problem(movr, idle, vehicle),
        "resolve_problems_txn": lambda movr: movr.resolve_problems(
            city=broken.city, number=broken.number or ""
        ),
        "start_ride_txn": lambda movr: start_ride(movr, idle, vehicle),
        "cancel_ride_txn": lambda movr: cancel_ride(movr, riding, ride),
        "note_cities_txn": lambda movr: movr.note_cities(
            rider_city=riding.city, rider_id=riding.id
        ),
        "end_ride_txn": lambda movr: end_ride(movr, riding, ride),
    }


# Demonstration data is written for operators, who can give their command again.
every_write = pytest.mark.parametrize(
    "name",
    [name for name in WRITES if name != "add_sample_txn"],
)


def fail_each(patch: pytest.MonkeyPatch, name: str, error: Step) -> None:
    """Have the server fail each attempt of a write at the last moment when nothing has changed."""
    interpose(patch, name, **{"before" if name in AT_ONCE else "after": error})


def of(name: str, reports: list[Report]) -> list[Report]:
    """The reports of one callback: a new password is preceded by a look at the old one."""
    return [report for report in reports if report.name == name.removesuffix("_txn")]


@on_each_server
@every_write
def test_write_that_loses_each_time_is_given_up_and_changes_nothing(
    impatient: MovR, reports, backend: Backend, writes: Writes, name, refused: Refused, monkeypatch
):
    with monkeypatch.context() as patch:
        fail_each(patch, name, failure(backend, SERIALIZATION_FAILURE))
        with refused(TooMuchContention):
            writes[name](impatient)
    assert [(report.attempts, report.error) for report in of(name, reports)] == [
        (1 + RETRIES + (name in AT_ONCE), "TooMuchContention")
    ]
    writes[name](impatient)
    assert (reports[-1].attempts, reports[-1].error) == (1, None)


@on_each_server
@every_write
@pytest.mark.parametrize("sqlstate", [COMPLETION_UNKNOWN, DEADLOCK])
def test_write_that_fails_otherwise_is_not_run_again(
    impatient: MovR,
    reports,
    backend: Backend,
    writes: Writes,
    name,
    sqlstate,
    refused: Refused,
    monkeypatch,
):
    with monkeypatch.context() as patch:
        fail_each(patch, name, failure(backend, sqlstate))
        with refused(DatabaseUnavailable):
            writes[name](impatient)
    assert [(report.attempts, report.error) for report in of(name, reports)] == [
        (1, "DatabaseUnavailable")
    ]


@on_each_server
def test_rider_who_is_overtaken_each_time_is_refused(
    impatient: MovR,
    reports,
    make_movr: MakeMovR,
    rider,
    vehicle,
    refused: Refused,
    monkeypatch,
):
    interpose(monkeypatch, "start_ride_txn", before=overtaking(make_movr(), vehicle, 1 + RETRIES))
    with refused(TooMuchContention):
        start_ride(impatient, rider, vehicle)
    assert reports[-1].attempts == 1 + RETRIES


@on_each_server
def test_rider_who_is_overtaken_as_often_as_allowed_rides(
    impatient: MovR, reports, make_movr: MakeMovR, rider, vehicle, monkeypatch
):
    interpose(monkeypatch, "start_ride_txn", before=overtaking(make_movr(), vehicle, RETRIES))
    ride = start_ride(impatient, rider, vehicle)
    assert (reports[-1].attempts, reports[-1].error) == (1 + RETRIES, None)
    assert reread(impatient, rider).active_ride == ride


@on_each_server
def test_pauses_between_attempts_grow_up_to_the_limit(
    make_movr: MakeMovR, backend: Backend, rider, vehicle, refused: Refused, monkeypatch
):
    longest: list[float] = []

    def draw(shortest: float, limit: float) -> float:
        assert shortest == 0
        longest.append(limit)
        return limit / 2

    slept: list[float] = []
    monkeypatch.setattr("sqlalchemy_cockroachdb.transaction.uniform", draw)
    monkeypatch.setattr("sqlalchemy_cockroachdb.transaction.sleep", slept.append)
    interpose(monkeypatch, "start_ride_txn", after=failure(backend, SERIALIZATION_FAILURE))
    with refused(TooMuchContention):
        start_ride(make_movr(Limits(max_retries=6, max_backoff=1.0)), rider, vehicle)
    assert longest == [0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    assert slept == [limit / 2 for limit in longest]


@unrehearsed
def test_rider_does_not_wait_for_ever_for_a_vehicle_that_is_held(
    movr: MovR, make_movr: MakeMovR, rider, vehicle
):
    hurried = make_movr(Limits(statement_timeout=0.1))
    with movr.engine.begin() as connection:
        touch(connection, vehicle)
        with pytest.raises(DatabaseUnavailable) as caught:
            start_ride(hurried, rider, vehicle)
    assert caught.type is DatabaseUnavailable
    assert reread(movr, rider).active_ride is None
    assert start_ride(hurried, rider, vehicle).end_time is None
