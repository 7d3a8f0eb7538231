"""The connection to the database is cut at every point of every change that a person can make.

Before the commit nobody notices: the change is begun anew. Where the commit was sent already, or
the connection is cut again, the change has been made as a whole or not at all, the person is told
to try again, and the same form, sent again, leaves it made once.
"""

from collections.abc import Callable
from typing import Literal

import pytest

from tests.database.world import broken_rules, read_world
from tests.failure.actions import (
    Form,
    add_vehicle,
    cancel_ride,
    change_password,
    change_user,
    change_vehicle,
    close_account,
    end_ride,
    log_in,
    log_out,
    log_out_everywhere,
    remove_vehicle,
    sign_up,
    start_ride,
)
from tests.failure.browser import asks_to_try_again, leads_to
from tests.failure.service import Service
from tests.support.accounts import PASSWORD

Action = Callable[[Service], Form]
Lost = Literal["request", "answer"]

# The messages of each before the one that commits, by a statement in them.
BEFORE_COMMIT: dict[Action, tuple[bytes, ...]] = {
    start_ride: (b"UPDATE vehicles",),
    cancel_ride: (b"UPDATE rides",),
    end_ride: (b"UPDATE rides", b"UPDATE vehicles"),
    add_vehicle: (b"UPDATE users",),
    change_vehicle: (b"UPDATE vehicles",),
    remove_vehicle: (b"UPDATE vehicles",),
    sign_up: (b"INSERT INTO users",),
    change_user: (b"UPDATE users",),
    change_password: (b"UPDATE users",),
    log_out_everywhere: (b"UPDATE users",),
    close_account: (b"UPDATE users",),
}
# A read, be it the first over a connection, with PREPARE before it, or a later one.
READ = b"EXECUTE movr_"
COMMIT = b"RELEASE SAVEPOINT cockroach_restart; COMMIT"

each_action = pytest.mark.parametrize("action", BEFORE_COMMIT, ids=lambda action: action.__name__)


each_message = pytest.mark.parametrize(
    ("action", "needle", "lost"),
    [
        pytest.param(action, needle, lost, id=f"{action.__name__}-{needle.decode()}-{lost}")
        for action, needles in BEFORE_COMMIT.items()
        for needle in needles
        for lost in ("request", "answer")
    ],
)


def cut_and_send(service: Service, form: Form, needle: bytes, lost: Lost, times: int = 1) -> None:
    """Send the form while connections are cut where these bytes pass: a 503 is the answer."""
    cuts = [service.proxy.cut_when(needle, before_forward=lost == "request") for _ in range(times)]
    answer = form.send()
    assert all(cut.wait() for cut in cuts), "the bytes have not passed"
    assert asks_to_try_again(answer), answer.status_code


@each_message
def test_change_that_is_cut_off_before_its_commit_is_made_once_and_nobody_notices(
    service: Service, action: Action, needle: bytes, lost: Lost
):
    form = action(service)
    cut = service.proxy.cut_when(needle, before_forward=lost == "request")
    assert form.succeeded(form.send())
    assert cut.done
    after = read_world(service.movr)
    assert form.times_done(after) == 1
    assert broken_rules(after) == []


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("action", [log_in, log_out], ids=lambda action: action.__name__)
def test_session_that_is_cut_off_begins_or_ends_once_and_nobody_notices(
    service: Service, action: Action, lost: Lost
):
    # It is a single statement that commits by itself, and may be sent twice.
    form = action(service)
    cut = service.proxy.cut_when(b"UPDATE users", before_forward=lost == "request")
    assert form.succeeded(form.send())
    assert cut.done
    assert form.times_done(read_world(service.movr)) == 1


@each_message
def test_change_that_is_cut_off_twice_before_its_commit_is_not_made_and_can_be_repeated(
    service: Service, action: Action, needle: bytes, lost: Lost
):
    form = action(service)
    before = read_world(service.movr)
    cut_and_send(service, form, needle, lost, times=2)
    assert read_world(service.movr) == before

    assert form.succeeded(form.send())
    after = read_world(service.movr)
    assert form.times_done(after) == 1
    assert broken_rules(after) == []


@each_action
def test_change_whose_commit_has_not_arrived_is_not_made_and_can_be_repeated(
    service: Service, action: Action
):
    form = action(service)
    before = read_world(service.movr)
    cut_and_send(service, form, COMMIT, "request")
    assert read_world(service.movr) == before

    assert form.succeeded(form.send())
    assert form.times_done(read_world(service.movr)) == 1


@each_action
def test_change_whose_commit_was_not_answered_is_made_once_however_often_it_is_repeated(
    service: Service, action: Action
):
    form = action(service)
    cut_and_send(service, form, COMMIT, "answer")
    made = read_world(service.movr)
    assert form.times_done(made) == 1
    assert broken_rules(made) == []

    for _ in range(2):
        assert form.understood(form.send())
        assert read_world(service.movr) == made


def test_person_whose_registration_was_not_answered_can_log_in(service: Service):
    form = sign_up(service)
    cut_and_send(service, form, COMMIT, "answer")
    answer = form.browser.log_in(form.fields["username"])
    assert leads_to(answer, "/vehicles")
    assert form.browser.get("/rides").status_code == 200


def test_name_of_somebody_else_is_still_refused(service: Service):
    form = sign_up(service)
    assert form.succeeded(form.send())
    other = sign_up(service)
    before = read_world(service.movr)
    taken = {**other.fields, "username": form.fields["username"], "password": f"not {PASSWORD}"}
    assert other.browser.submit("/register", taken).status_code == 409
    assert other.browser.log_in(other.fields["username"]).status_code == 422
    assert read_world(service.movr) == before


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_page_whose_read_is_cut_off_reads_again(service: Service, lost: Lost):
    browser = service.join().browser
    cut = service.proxy.cut_when(READ, before_forward=lost == "request")
    assert browser.get("/vehicles").status_code == 200
    assert cut.done


def test_page_whose_second_read_is_cut_off_as_well_says_to_try_again(service: Service):
    browser = service.join().browser
    cuts = [service.proxy.cut_when(READ, before_forward=True) for _ in range(2)]
    assert asks_to_try_again(browser.get("/vehicles"))
    assert all(cut.done for cut in cuts)
    assert browser.get("/vehicles").status_code == 200


@each_action
def test_connections_that_died_while_nobody_used_them_cost_nobody_anything(
    service: Service, action: Action
):
    form = action(service)
    service.proxy.cut_all()
    assert form.succeeded(form.send())
    assert form.times_done(read_world(service.movr)) == 1
