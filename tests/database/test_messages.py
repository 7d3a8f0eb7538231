"""What a transaction sends to its server when it is refused, fails or is run again.

A refusal has written nothing and ends like a success. Nothing goes back to the savepoint but a new
attempt: on CockroachDB, whoever goes back and then rolls back keeps the locks for seconds.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from psycopg2.errors import FeatureNotSupported
from sqlalchemy.orm import Session

from movr import MovR
from movr.database.batching import BatchingConnection
from movr.database.engine import Limits
from movr.errors import (
    AlreadyRiding,
    DatabaseUnavailable,
    MovRError,
    NotFound,
    NotYours,
    OwnsVehicles,
    ResetVoid,
    RideRunning,
    TooMuchContention,
    UnexpectedDatabaseError,
    UsernameTaken,
    VehicleInUse,
    VehicleMoved,
    VehicleUnavailable,
    WrongPassword,
)
from movr.kinds import VehicleType
from movr.records import Place
from tests.database.actions import change_vehicle, end_ride, remove_vehicle, reread, start_ride
from tests.database.backends import Backend, on_each_server
from tests.database.conftest import PASSWORD, CreateRider, CreateVehicle, MakeMovR, Refused
from tests.database.setbacks import SERIALIZATION_FAILURE, failure, interpose
from tests.database.wire import messages

pytestmark = on_each_server

DECIDES = "BEGIN; SAVEPOINT; UPDATE"
ENDS = "RELEASE; COMMIT"


@pytest.fixture
def refusals(
    movr: MovR, create_rider: CreateRider, create_vehicle: CreateVehicle, monkeypatch
) -> dict[str, tuple[type[MovRError], Any]]:
    """Every way in which a write is refused, with the error that says so."""
    rider, other, owner = create_rider(), create_rider(), create_rider()
    free, ridden, gone = (create_vehicle(owner=owner) for _ in range(3))
    ride = start_ride(movr, other, ridden)
    remove_vehicle(movr, owner, gone)
    closed = create_rider()
    movr.remove_user(city=closed.city, user_id=closed.id, password=PASSWORD)
    key, person = {"city": rider.city, "user_id": rider.id}, ("Ada", "Rider", "ada@example.com")
    nobody = {"city": rider.city, "user_id": uuid4()}
    names = dict(zip(("first_name", "last_name", "email"), person, strict=True))

    def with_a_password_that_is_changed_meanwhile(
        method: Callable[..., Any], key: dict[str, Any] = key, **passwords: str
    ) -> Callable[[], None]:
        def call() -> None:
            with monkeypatch.context() as patch:
                patch.setattr("movr.passwords.password_matches", lambda _hash, _password: True)
                patch.setattr(
                    "movr.accounts.queries.get_password_hash_txn", lambda _session, **_key: "old"
                )
                method(**key, **passwords)

        return call

    def new_vehicle_of(owner_id: Any) -> None:
        movr.add_vehicle(
            city="new york",
            owner_id=owner_id,
            vehicle_type=VehicleType.BIKE,
            color="red",
            brand="City",
            place=Place("here"),
        )

    return {
        "ridden": (VehicleUnavailable, lambda: start_ride(movr, rider, ridden)),
        "out of service": (NotFound, lambda: start_ride(movr, rider, gone)),
        "on a ride": (AlreadyRiding, lambda: start_ride(movr, other, free)),
        "another's ride": (NotFound, lambda: start_ride(movr, rider, free, ride.id)),
        "closed": (NotFound, lambda: start_ride(movr, closed, free)),
        "not one's ride": (NotFound, lambda: end_ride(movr, rider, ride)),
        "no owner": (NotFound, lambda: new_vehicle_of(uuid4())),
        "changed while ridden": (VehicleInUse, lambda: change_vehicle(movr, owner, ridden)),
        "changed by another": (NotYours, lambda: change_vehicle(movr, rider, free)),
        "changed too late": (NotFound, lambda: change_vehicle(movr, owner, gone)),
        "moved": (VehicleMoved, lambda: change_vehicle(movr, owner, free, ride_count=7)),
        "removed while ridden": (VehicleInUse, lambda: remove_vehicle(movr, owner, ridden)),
        "removed by another": (NotYours, lambda: remove_vehicle(movr, rider, free)),
        "no user": (NotFound, lambda: movr.change_user(**nobody, **names)),
        "another address": (
            WrongPassword,
            with_a_password_that_is_changed_meanwhile(movr.change_user, password=PASSWORD, **names),
        ),
        "wrong password": (
            WrongPassword,
            with_a_password_that_is_changed_meanwhile(
                movr.change_password, old_password=PASSWORD, new_password="other words"
            ),
        ),
        "void link": (
            ResetVoid,
            lambda: movr.reset_password(
                city=rider.city, user_id=rider.id, token="", new_password="other words"
            ),
        ),
        "riding": (
            RideRunning,
            lambda: movr.remove_user(city=other.city, user_id=other.id, password=PASSWORD),
        ),
        "owner": (
            OwnsVehicles,
            lambda: movr.remove_user(city=owner.city, user_id=owner.id, password=PASSWORD),
        ),
        "closed by a stale page": (
            WrongPassword,
            with_a_password_that_is_changed_meanwhile(movr.remove_user, password=PASSWORD),
        ),
        "no account": (
            NotFound,
            with_a_password_that_is_changed_meanwhile(movr.remove_user, nobody, password="any"),
        ),
    }


@pytest.mark.parametrize(
    "case",
    [
        *("ridden", "out of service", "on a ride", "another's ride", "closed", "not one's ride"),
        *("no owner", "changed while ridden", "changed by another", "changed too late", "moved"),
        *("removed while ridden", "removed by another", "no user", "another address"),
        *("wrong password", "void link", "riding", "owner", "closed by a stale page", "no account"),
    ],
)
def test_refusal_looks_for_its_reason_and_ends_as_a_success_does(
    refusals: dict[str, tuple[type[MovRError], Any]], refused: Refused, case: str
):
    error, call = refusals[case]
    with refused(error), messages() as sent:
        call()
    # The password's old hash is read outside the transaction.
    decides, *reasons, end = sent[sent.index(DECIDES) :]
    assert (decides, end) == (DECIDES, ENDS)
    assert set(reasons) <= {"SELECT"}
    assert len(reasons) <= 3


def test_every_refusal_is_tried(refusals: dict[str, tuple[type[MovRError], Any]], request):
    (mark,) = [
        mark
        for mark in test_refusal_looks_for_its_reason_and_ends_as_a_success_does.pytestmark
        if mark.args[0] == "case"
    ]
    assert sorted(mark.args[1]) == sorted(refusals)


def test_name_that_is_taken_ends_in_a_plain_rollback(movr: MovR, rider, refused: Refused):
    with refused(UsernameTaken), messages() as sent:
        movr.add_user(
            city="rome",
            first_name="Ada",
            last_name="Rider",
            email="ada@example.com",
            username=rider.username,
            password=PASSWORD,
        )
    assert sent == ["BEGIN; SAVEPOINT; INSERT", "ROLLBACK"]


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("40003", DatabaseUnavailable),
        ("57014", DatabaseUnavailable),
        ("22012", UnexpectedDatabaseError),
    ],
)
def test_error_that_is_no_retry_ends_in_a_plain_rollback(
    movr: MovR, backend: Backend, rider, vehicle, refused: Refused, monkeypatch, sqlstate, error
):
    interpose(monkeypatch, "start_ride_txn", after=failure(backend, sqlstate))
    with refused(error), messages() as sent:
        start_ride(movr, rider, vehicle)
    assert sent[0] == DECIDES
    assert sent[-1] == "ROLLBACK"
    assert not any("ROLLBACK TO" in each for each in sent)


def test_error_of_the_callback_ends_in_a_plain_rollback(
    movr: MovR, rider, vehicle, refused: Refused, monkeypatch
):
    def fail(_session: Session) -> None:
        raise LookupError

    interpose(monkeypatch, "start_ride_txn", after=fail)
    with refused(LookupError), messages() as sent:
        start_ride(movr, rider, vehicle)
    assert sent == [DECIDES, "ROLLBACK"]


def test_new_attempt_goes_back_and_decides_in_one_message(
    make_movr: MakeMovR, backend: Backend, rider, vehicle, monkeypatch
):
    movr = make_movr(Limits(max_retries=2, max_backoff=0))
    movr.ping()
    fail = failure(backend, SERIALIZATION_FAILURE)
    runs = iter((fail, fail))
    interpose(
        monkeypatch,
        "start_ride_txn",
        before=lambda session: next(runs, lambda _session: None)(session),
    )
    with messages() as sent:
        start_ride(movr, rider, vehicle)
    verb = "DO" if backend.name == "standin" else "SELECT"
    assert sent == [
        f"BEGIN; SAVEPOINT; {verb}",
        f"ROLLBACK TO; SAVEPOINT; {verb}",
        "ROLLBACK TO; SAVEPOINT; UPDATE",
        "UPDATE; UPDATE; INSERT; RELEASE; COMMIT",
    ]


def test_transaction_that_is_given_up_does_not_go_back_first(
    make_movr: MakeMovR, backend: Backend, rider, vehicle, refused: Refused, monkeypatch
):
    movr = make_movr(Limits(max_retries=1, max_backoff=0))
    movr.ping()
    interpose(monkeypatch, "start_ride_txn", after=failure(backend, SERIALIZATION_FAILURE))
    with refused(TooMuchContention), messages() as sent:
        start_ride(movr, rider, vehicle)
    assert [each for each in sent if "ROLLBACK" in each] == [
        "ROLLBACK TO; SAVEPOINT; UPDATE",
        "ROLLBACK",
    ]


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("57014", DatabaseUnavailable),
        ("57P01", DatabaseUnavailable),
        ("22012", UnexpectedDatabaseError),
    ],
)
def test_first_error_counts_whatever_the_rollback_after_it_says(
    movr: MovR, backend: Backend, rider, vehicle, monkeypatch, sqlstate, error
):
    send = BatchingConnection.send

    def refuse_to_roll_back(connection: Any, cursor: Any, statements: list[bytes]) -> None:
        if b"ROLLBACK" in statements:
            raise FeatureNotSupported("cannot rollback to savepoint after error")
        send(connection, cursor, statements)

    monkeypatch.setattr(BatchingConnection, "send", refuse_to_roll_back)
    interpose(monkeypatch, "start_ride_txn", after=failure(backend, sqlstate))
    # Connections that were made before know nothing of it.
    movr.engine.dispose()
    with pytest.raises(error):
        start_ride(movr, rider, vehicle)
    monkeypatch.undo()
    movr.engine.dispose()
    assert start_ride(movr, rider, vehicle) == reread(movr, rider).active_ride
