"""Rides that seem forgotten: who is asked about them, and that each rider is asked once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from movr import MovR, clock
from movr.database.engine import Limits
from movr.kinds import MailKind
from movr.records import ForgottenRide
from tests.database.actions import cancel_ride, end_ride, start_ride
from tests.database.backends import unrehearsed
from tests.database.conftest import MakeMovR
from tests.database.race import Arena

ROUNDS = 10
RACERS = 4


@pytest.fixture
def arena(make_movr: MakeMovR) -> Iterator[Arena]:
    """A place to race, where retries come quickly and no transaction is given up."""
    with ThreadPoolExecutor(RACERS) as threads:
        yield Arena(make_movr(Limits(pool_size=RACERS, max_backoff=0.005)), threads)


def forgotten(movr: MovR, city: str = "new york") -> tuple[ForgottenRide, ...]:
    """The rides that have begun by now."""
    return movr.get_forgotten_rides(city=city, started_by=clock.now())


def test_running_ride_is_found_by_its_city_and_its_start(movr: MovR, create_rider, vehicle):
    rider = create_rider(city="rome")
    ride = start_ride(movr, rider, vehicle, mail_in="pt-BR")
    expected = ForgottenRide(vehicle.city, ride.id, vehicle.id, "rome", rider.id, "pt-BR")
    for city, by, found in (
        (vehicle.city, ride.start_time, (expected,)),
        (vehicle.city, ride.start_time - timedelta(seconds=1), ()),
        ("rome", ride.start_time, ()),
    ):
        assert movr.get_forgotten_rides(city=city, started_by=by) == found


def test_asking_promises_one_mail_to_the_rider_at_home(movr: MovR, create_rider, vehicle):
    rider = create_rider(city="rome")
    start_ride(movr, rider, vehicle, mail_in="pt-BR")
    (ride,) = forgotten(movr)
    assert [movr.ask_if_riding(ride) for _ in range(2)] == [True, False]
    (mail,) = movr.get_due_mails(city="rome")
    assert (mail.user_id, mail.kind, mail.language) == (
        rider.id,
        MailKind.RIDE_FORGOTTEN,
        "pt-BR",
    )
    assert forgotten(movr) == ()


@pytest.mark.parametrize("over", [end_ride, cancel_ride])
def test_ride_that_is_over_by_then_is_not_asked_about(movr: MovR, rider, vehicle, over):
    running = start_ride(movr, rider, vehicle, mail_in="en")
    (ride,) = forgotten(movr)
    over(movr, rider, running)
    assert not movr.ask_if_riding(ride)
    assert forgotten(movr) == ()
    assert movr.get_due_mails(city=rider.city) == ()


def test_ride_without_a_language_is_not_asked_about(movr: MovR, rider, vehicle):
    start_ride(movr, rider, vehicle)
    assert forgotten(movr) == ()


@unrehearsed
def test_one_of_many_commands_asks(movr: MovR, rider, vehicle, arena: Arena):
    for _ in arena.rounds(ROUNDS):
        running = start_ride(movr, rider, vehicle, mail_in="en")
        (ride,) = forgotten(movr)
        asked = arena.race(*[partial(arena.movr.ask_if_riding, ride)] * RACERS)
        assert sorted(asked) == [False] * (RACERS - 1) + [True]
        (mail,) = movr.get_due_mails(city=rider.city)
        movr.remove_mail(city=mail.city, mail_id=mail.id)
        end_ride(movr, rider, running)


@unrehearsed
def test_rider_who_ends_the_ride_meanwhile_is_asked_before_or_not_at_all(
    movr: MovR, rider, vehicle, arena: Arena
):
    for number in arena.rounds(ROUNDS):
        running = start_ride(movr, rider, vehicle, mail_in="en")
        (ride,) = forgotten(movr)
        asked, ended = arena.duel(
            partial(arena.movr.ask_if_riding, ride),
            partial(end_ride, arena.movr, rider, running),
            number,
        )
        assert ended.end_time is not None
        mails = movr.get_due_mails(city=rider.city)
        assert len(mails) == asked
        for mail in mails:
            movr.remove_mail(city=mail.city, mail_id=mail.id)
