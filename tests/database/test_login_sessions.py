"""Sessions by device, on the rider's own row: begun, noted, ended one by one or all at once."""

import threading
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from movr import MovR
from movr.accounts.sessions import MAX_SESSIONS
from movr.errors import NotFound
from movr.records import LoginSession, User
from tests.database.actions import reread
from tests.database.backends import on_each_server
from tests.database.conftest import PASSWORD
from tests.database.wire import messages

TODAY = date(2026, 11, 20)


def a_session(number: int = 0, **overrides: str) -> LoginSession:
    return LoginSession(
        UUID(int=number) if number else uuid4(),
        TODAY,
        **{"browser": "Samsung Internet on Android", "city": "washington dc"} | overrides,
    )


def begin(movr: MovR, user: User, session: LoginSession, epoch: int = 0) -> LoginSession:
    movr.begin_session(city=user.city, user_id=user.id, session_epoch=epoch, session=session)
    return session


def end(movr: MovR, user: User, session: LoginSession) -> None:
    movr.end_session(city=user.city, user_id=user.id, session_id=session.id)


def live(movr: MovR, user: User) -> tuple[LoginSession, ...]:
    return reread(movr, user).sessions


def test_session_is_kept_as_it_was_given_and_the_newest_comes_first(movr: MovR, create_rider):
    user, other = create_rider(), create_rider()
    assert live(movr, user) == ()
    first = begin(movr, user, a_session())
    second = begin(movr, user, a_session(browser="", city=""))
    assert live(movr, user) == (second, first)
    assert live(movr, other) == ()


def test_account_may_be_opened_with_a_session(movr: MovR, create_rider):
    session = a_session()
    user = create_rider(session=session)
    assert user.sessions == live(movr, user) == (session,)


def test_eleventh_session_ends_the_oldest(movr: MovR, rider):
    begun = [begin(movr, rider, a_session(number)) for number in range(1, MAX_SESSIONS + 2)]
    assert live(movr, rider) == tuple(reversed(begun[1:]))


def test_session_begun_again_is_begun_once(movr: MovR, rider):
    first, second = begin(movr, rider, a_session()), begin(movr, rider, a_session())
    begin(movr, rider, first)
    assert live(movr, rider) == (first, second)


@pytest.mark.parametrize("place", [0, 4, MAX_SESSIONS - 1])
def test_one_session_ends_and_no_other(movr: MovR, create_rider, place: int):
    user, other = create_rider(), create_rider()
    begun = [begin(movr, user, a_session(number)) for number in range(MAX_SESSIONS, 0, -1)]
    elsewhere = begin(movr, other, a_session(1))
    ended = live(movr, user)[place]
    for _ in range(2):
        end(movr, user, ended)
        assert live(movr, user) == tuple(each for each in reversed(begun) if each != ended)
    assert live(movr, other) == (elsewhere,)


def test_session_is_noted_on_another_day_and_nothing_else_changes(movr: MovR, rider):
    last, middle, first = (begin(movr, rider, a_session(number)) for number in (3, 2, 1))
    tomorrow = TODAY + timedelta(days=1)
    key = {"city": rider.city, "user_id": rider.id}
    movr.note_session(**key, session_id=middle.id, day=tomorrow)
    noted = LoginSession(middle.id, tomorrow, middle.browser, middle.city)
    assert live(movr, rider) == (first, noted, last)
    movr.note_session(**key, session_id=uuid4(), day=tomorrow)
    assert live(movr, rider) == (first, noted, last)


def test_all_sessions_end_at_once(movr: MovR, rider):
    for _ in range(3):
        begin(movr, rider, a_session())
    movr.end_sessions(city=rider.city, user_id=rider.id)
    assert live(movr, rider) == ()


def test_new_password_ends_all_sessions_but_the_one_that_it_begins(movr: MovR, rider):
    begin(movr, rider, a_session())
    session = a_session()
    movr.change_password(
        city=rider.city,
        user_id=rider.id,
        old_password=PASSWORD,
        new_password="another",
        session=session,
    )
    assert live(movr, rider) == (session,)


def test_session_does_not_begin_after_all_were_ended(movr: MovR, rider, refused):
    # As where the password is changed while the one before is being checked.
    movr.end_sessions(city=rider.city, user_id=rider.id)
    with refused(NotFound):
        begin(movr, rider, a_session(), epoch=0)
    begin(movr, rider, a_session(), epoch=1)


def test_closed_account_has_no_sessions(movr: MovR, rider, refused):
    session = begin(movr, rider, a_session())
    movr.remove_user(city=rider.city, user_id=rider.id, password=PASSWORD)
    with movr.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT sessions FROM users").scalar_one() == ""
    with refused(NotFound):
        begin(movr, rider, a_session(), epoch=1)
    end(movr, rider, session)


def test_sessions_begun_and_ended_at_the_same_time_undo_nothing_of_each_other(movr: MovR, rider):
    leaving = [begin(movr, rider, a_session()) for _ in range(4)]
    coming = [a_session() for _ in range(4)]
    start = threading.Barrier(8, timeout=30)
    failed = []

    def do(act, session: LoginSession) -> None:
        start.wait()
        try:
            act(movr, rider, session)
        except Exception as error:  # noqa: BLE001 (raised below, in the test's own thread)
            failed.append(error)

    threads = [
        *(threading.Thread(target=do, args=(end, session)) for session in leaving),
        *(threading.Thread(target=do, args=(begin, session)) for session in coming),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(live(movr, rider)) == set(coming)


@on_each_server
def test_beginning_noting_and_ending_a_session_take_one_each(movr: MovR, rider):
    session = a_session()
    with messages() as sent:
        begin(movr, rider, session)
        movr.note_session(city=rider.city, user_id=rider.id, session_id=session.id, day=TODAY)
        end(movr, rider, session)
    assert sent == ["UPDATE"] * 3
