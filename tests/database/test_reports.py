"""What MovR tells its observers of each transaction, and how it ends one that cannot win."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from movr import MovR
from movr.database import Report
from movr.database.engine import Limits
from movr.errors import (
    DatabaseUnavailable,
    NotFound,
    TooMuchContention,
    UnexpectedDatabaseError,
    VehicleUnavailable,
)
from movr.models import User
from tests.database.actions import start_ride
from tests.database.backends import STANDIN
from tests.database.world import read_world

standin_only = pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")


@pytest.fixture
def reports(movr: MovR):
    """What the observers of `movr` are told during the test."""
    told: list[Report] = []
    movr.observers.append(told.append)
    yield told
    movr.observers.remove(told.append)


def failing(code: str, times: int) -> Callable[[Session], str]:
    """A callback whose first runs fail in the server with this SQLSTATE."""
    runs = 0

    def callback(session: Session) -> str:
        nonlocal runs
        runs += 1
        if runs <= times:
            raise_it = f"BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{code}'; END"
            session.execute(text(f"DO $$ {raise_it} $$"))
        return f"won in run {runs}"

    return callback


def summary(told: list[Report]) -> list[tuple[Any, ...]]:
    assert all(report.seconds > 0 for report in told)
    return [(report.name, report.attempts, report.error) for report in told]


def test_success_and_refusal_are_reported_by_name(movr: MovR, create_rider, vehicle, reports):
    rider, rival = create_rider(), create_rider()
    reports.clear()
    start_ride(movr, rider, vehicle)
    with pytest.raises(VehicleUnavailable):
        start_ride(movr, rival, vehicle)
    movr.get_users(city="new york")
    with pytest.raises(NotFound):
        movr.get_user(city="rome", user_id=rider.id)
    assert [(report.name, report.error) for report in reports] == [
        ("start_ride", None),
        ("start_ride", "VehicleUnavailable"),
        ("get_users", None),
        ("get_user", "NotFound"),
    ]


def test_connections_in_use_are_counted(movr: MovR):
    with movr.engine.connect(), movr.engine.connect():
        assert movr.connections_in_use == 2
    assert movr.connections_in_use == 0


@standin_only
def test_transaction_that_lost_a_race_is_run_again(movr: MovR, reports):
    assert movr._write(failing("40001", 2)) == "won in run 3"
    assert summary(reports) == [("callback", 3, None)]


@standin_only
def test_transaction_that_always_loses_is_given_up(make_movr):
    movr = make_movr(Limits(max_retries=2, max_backoff=0))
    told: list[Report] = []
    movr.observers.append(told.append)
    with pytest.raises(TooMuchContention):
        movr._write(failing("40001", 99))
    assert summary(told) == [("callback", 3, "TooMuchContention")]
    assert movr.engine.pool.checkedout() == 0


@standin_only
@pytest.mark.parametrize("code", ["40003", "57014", "57P01"])
def test_what_may_have_been_done_is_not_run_again(movr: MovR, reports, code: str):
    with pytest.raises(DatabaseUnavailable) as caught:
        movr._write(failing(code, 1))
    assert caught.type is DatabaseUnavailable
    assert summary(reports) == [("callback", 1, "DatabaseUnavailable")]


@standin_only
@pytest.mark.parametrize("code", ["22012", "42501", "XX000"])
def test_bug_is_no_outage(movr: MovR, reports, code: str):
    with pytest.raises(UnexpectedDatabaseError, match=code):
        movr._write(failing(code, 1))
    assert summary(reports) == [("callback", 1, "UnexpectedDatabaseError")]


def test_broken_rule_is_a_bug_and_nothing_personal_is_told(movr: MovR, create_rider):
    for name in ("ada", "eve"):
        create_rider(username=name, email=f"{name}-private@example.com")
    before = read_world(movr)

    def mix_up(session: Session) -> None:
        session.execute(
            update(User).where(User.username == "ada").values(city="new york", username=None),
            execution_options={"synchronize_session": False},
        )

    with pytest.raises(UnexpectedDatabaseError) as caught:
        movr._write(mix_up)
    assert "private" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert read_world(movr) == before
