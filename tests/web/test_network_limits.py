"""How many accounts one network opens, and how many rides its new accounts start."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from limits import parse

from movr.clock import now
from movr.kinds import VehicleStatus
from tests.web.site import (
    Person,
    browser_at,
    dump,
    heading,
    is_redirect,
    log_in,
    open_account,
    words,
)

NETWORK, OTHER = "198.51.100.1", "198.51.100.2"
SIGN_UPS, RIDES = 20, 3
CITY = "amsterdam"


def sign_up(app, username, address=NETWORK):
    """Sign up with a browser that comes from this address; the answer."""
    fields = {
        **{"city": CITY, "first_name": "Ada", "last_name": "Rider"},
        **{"username": username, "email": f"{username}@example.com"},
    }
    client = browser_at(app, address)
    return client, client.submit("/register", fields | {"password": "three small boats"})


def status_of(answered):
    _client, answer = answered
    return answer.status_code


def newcomer(app, movr, address=NETWORK):
    """Somebody with a new account who comes from this address."""
    user = open_account(movr, city=CITY)
    client = browser_at(app, address)
    assert is_redirect(log_in(client, user.username), "/vehicles")
    return Person(user, client, movr)


def start(person, vehicle_id):
    return person.client.submit(f"/rides/start/{vehicle_id}", {"city": CITY})


def in_use(movr):
    """How many vehicles of the city are being ridden."""
    vehicles = movr.get_vehicles(city=CITY).rows
    return sum(vehicle.status is VehicleStatus.UNAVAILABLE for vehicle in vehicles)


@pytest.fixture
def vehicles(owner):
    """More of them than a network gets."""
    return [owner.add_vehicle() for _ in range(2 * RIDES)]


# --- Sign-ups ---


def test_twenty_first_sign_up_of_a_network_is_refused(app, movr):
    assert {status_of(sign_up(app, f"ada{number}")) for number in range(SIGN_UPS)} <= {302, 303}
    before = dump(movr)
    _client, page = sign_up(app, "one-too-many")
    assert page.status_code == 429
    assert heading(page) == "Too many new accounts"
    assert "No account was opened. Try again in 60 minutes." in words(page)
    assert 0 < int(page.headers["Retry-After"]) <= 3600
    assert dump(movr) == before
    assert status_of(sign_up(app, "one-too-many", OTHER)) in (302, 303)


@pytest.fixture
def two_sign_ups(app):
    """An application in which a network has only two of them."""
    app.config["SIGN_UPS_PER_NETWORK"] = (parse("2 per hour"),)


@pytest.mark.usefixtures("two_sign_ups")
def test_sign_up_that_opens_no_account_does_not_count(app):
    assert status_of(sign_up(app, "ada")) in (302, 303)
    for _ in range(3):
        assert status_of(sign_up(app, "ada")) == 409
        assert status_of(sign_up(app, "no")) == 422
    assert status_of(sign_up(app, "grace")) in (302, 303)
    assert status_of(sign_up(app, "one-too-many")) == 429


@pytest.mark.usefixtures("two_sign_ups")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_is_no_network(app, address):
    for number in range(3):
        assert status_of(sign_up(app, f"ada{number}", address)) in (302, 303)


# --- First rides ---


def test_one_network_cannot_take_a_whole_city(app, movr, vehicles):
    people = [newcomer(app, movr) for _ in vehicles]
    answers = [start(*pair) for pair in zip(people, vehicles, strict=True)]
    assert [answer.status_code == 429 for answer in answers] == [False] * RIDES + [True] * RIDES
    assert in_use(movr) == RIDES
    page = answers[-1]
    assert heading(page) == "Too many first rides"
    assert "so you haven't started or reserved one. Try again in a minute." in words(page)
    assert 0 < int(page.headers["Retry-After"]) <= 60
    elsewhere = newcomer(app, movr, OTHER)
    assert is_redirect(start(elsewhere, vehicles[-1]), "/rides")


def test_reservations_share_the_limit_of_first_rides(app, movr, vehicles):
    people = [newcomer(app, movr) for _ in vehicles]
    answers = [
        person.client.submit(f"/vehicles/reserve/{vehicle_id}", {"city": CITY})
        for person, vehicle_id in zip(people, vehicles, strict=True)
    ]
    assert [answer.status_code == 429 for answer in answers] == [False] * RIDES + [True] * RIDES
    assert start(people[-1], vehicles[-1]).status_code == 429


def test_one_network_gets_no_second_share_when_the_minute_of_its_first_ride_ends(
    app, movr, vehicles, monkeypatch
):
    begin, seconds = time.time(), iter((0, 58, 59, 61, 62, 63))
    people = [newcomer(app, movr) for _ in vehicles]
    for person, vehicle_id, second in zip(people, vehicles, seconds, strict=True):
        now = SimpleNamespace(time=lambda second=second: begin + second)
        monkeypatch.setattr("limits.storage.memory.time", now)
        start(person, vehicle_id)
    # Of those after a minute one has taken the place of the first, and the others are within a
    # minute of the second.
    assert in_use(movr) == RIDES + 1


@pytest.mark.parametrize(("hours", "is_new"), [(23, True), (25, False)])
def test_accounts_older_than_a_day_start_as_they_like(
    app, movr, vehicles, monkeypatch, hours, is_new
):
    with monkeypatch.context() as patch:
        patch.setattr("movr.clock.now", lambda: now() - timedelta(hours=hours))
        people = [newcomer(app, movr) for _ in vehicles]
    for pair in zip(people, vehicles, strict=True):
        start(*pair)
    assert in_use(movr) == (RIDES if is_new else len(vehicles))


def test_account_from_before_ids_told_their_time_is_not_new(app, movr, vehicles, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("movr.accounts.methods.new_account_id", lambda _now: uuid4())
        people = [newcomer(app, movr) for _ in vehicles]
    for pair in zip(people, vehicles, strict=True):
        start(*pair)
    assert in_use(movr) == len(vehicles)


def test_newcomer_who_logs_in_again_is_still_new(app, movr, vehicles):
    people = [newcomer(app, movr) for _ in vehicles]
    for person in people:
        person.client.submit("/logout")
        assert is_redirect(log_in(person.client, person.user.username), "/vehicles")
    for pair in zip(people, vehicles, strict=True):
        start(*pair)
    assert in_use(movr) == RIDES


def test_start_that_is_refused_or_sent_twice_does_not_count(app, movr, vehicles):
    first, *others = [newcomer(app, movr) for _ in range(RIDES)]
    for _ in range(RIDES + 1):
        assert is_redirect(start(first, vehicles[0]), "/rides")
        assert start(others[0], vehicles[0]).status_code == 409
    for person, vehicle in zip(others, vehicles[1:], strict=False):
        assert is_redirect(start(person, vehicle), "/rides")
    assert in_use(movr) == RIDES


def test_rates_are_those_of_the_settings(new_app, config, app, movr, vehicles):
    rates = {"SIGN_UPS_PER_NETWORK": (), "FIRST_RIDES_PER_NETWORK": (parse("5 per hour"),)}
    other = new_app(replace(config, **rates))
    other.test_client_class = app.test_client_class
    clients = [sign_up(other, f"ada{number}")[0] for number in range(SIGN_UPS + 1)]
    for client, vehicle_id in zip(clients, vehicles, strict=False):
        client.submit(f"/rides/start/{vehicle_id}", {"city": CITY})
    assert len(movr.get_users(city=CITY).rows) > SIGN_UPS
    assert in_use(movr) == 5


def test_time_of_an_account_is_that_of_its_sign_up(movr):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    joined = open_account(movr).date_joined
    assert joined is not None
    assert before <= joined <= datetime.now(UTC)
