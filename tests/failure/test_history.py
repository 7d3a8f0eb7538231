"""Histories that could have happened are believed, and those that were spoiled are not."""

from math import inf
from random import Random
from typing import Final

import pytest

from tests.failure.history import Action, Answer, Call, faults, look
from tests.failure.spoilers import SPOILERS

RIDERS: Final = 8
VEHICLES: Final = 12
FORMS: Final = 600


class Street:
    """Riders and vehicles at the moments at which something happens; a third of answers is told.

    Whatever is done is done at one instant, and the call lasts from before it until after it.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._now = 0.0
        # Who has what form to be answered, and who rides what.
        self._forms: dict[str, Call] = {}
        self._running: dict[str, Call] = {}
        self._free_from: dict[str, float] = {}
        self.calls: list[Call] = []

    def pass_by(self) -> None:
        """Let one rider send one form, new or again, or look; others do so at the same time."""
        rider = f"rider {self._random.randrange(RIDERS)}"
        earliest = self._free_from.get(rider, 0.0)
        self._now = now = max(self._now, earliest) + self._random.random()
        sent = max(earliest, now - 3 * self._random.random())
        answered = now + 3 * self._random.random()
        self._free_from[rider] = answered + 0.001
        form = self._forms.pop(rider, None) or self._new_form(rider)
        taken = self._is_taken(form)
        arrives, is_answered = self._random.choice([(True, True), (True, False), (False, False)])
        if arrives and not taken:
            self._carry_out(form)
        if not is_answered:
            answer, answered = Answer.LOST, inf
            self._forms[rider] = form
        else:
            answer = Answer.TAKEN if taken else Answer.DONE
        self.calls.append(Call(form.action, sent, answered, answer, rider, form.vehicle, form.ride))
        seen = f"vehicle {self._random.randrange(VEHICLES)}"
        self.calls.append(look(now - 1, now + 1, self._rider_of(seen) is not None, vehicle=seen))

    def _new_form(self, rider: str) -> Call:
        running = self._running.get(rider)
        vehicle = running.vehicle if running else f"vehicle {self._random.randrange(VEHICLES)}"
        ride = running.ride if running else f"ride {len(self.calls)}"
        action = Action.END if running else Action.START
        return Call(action, 0, rider=rider, vehicle=vehicle, ride=ride)

    def _rider_of(self, vehicle: str | None) -> str | None:
        return next((who for who, form in self._running.items() if form.vehicle == vehicle), None)

    def _is_taken(self, form: Call) -> bool:
        return form.action is Action.START and self._rider_of(form.vehicle) not in (
            None,
            form.rider,
        )

    def _carry_out(self, form: Call) -> None:
        if form.action is Action.START:
            self._running[str(form.rider)] = form
        else:
            self._running.pop(str(form.rider), None)


@pytest.fixture(scope="module", params=range(2))
def calls(request: pytest.FixtureRequest) -> list[Call]:
    street = Street(request.param)
    for _ in range(FORMS):
        street.pass_by()
    return street.calls


def test_history_that_has_happened_is_believed(calls: list[Call]):
    assert sum(call.answer is Answer.LOST for call in calls) > FORMS / 2
    assert faults(calls) == []


@pytest.mark.parametrize("spoil", SPOILERS)
def test_history_that_was_spoiled_is_not_believed(calls: list[Call], spoil):
    assert faults(spoil(calls)) != []


def ridden(begin: float, end: float, ride: str = "first") -> list[Call]:
    """A ride from one instant to another."""
    call = Call(Action.START, begin, begin, Answer.DONE, "Ada", "bike", ride)
    ended = Call(Action.END, end, end, Answer.DONE, "Ada", "bike", ride)
    return [call, ended]


def refused(at: float, ride: str = "second", rider: str = "Bob") -> Call:
    return Call(Action.START, at, at, Answer.TAKEN, rider, "bike", ride)


def test_lost_start_may_hold_a_vehicle_until_the_end_of_time_or_never():
    lost = Call(Action.START, 1, rider="Eve", vehicle="bike", ride="lost")
    assert faults([lost, refused(2)]) == []
    assert faults([lost, *ridden(2, 3)]) == []
    assert faults([lost, refused(2), *ridden(3, 4)]) != []


def test_fault_names_the_rider_or_the_vehicle_and_what_it_was_told():
    (fault,) = faults([*ridden(1, 2), refused(3)])
    assert fault.startswith("vehicle bike: after 2 calls")
    assert "TAKEN" in fault
    (fault,) = faults([*ridden(1, 3), look(2, 2, True, rider="Ada", ride="other")])
    assert fault.startswith("rider Ada: after 1 calls")


def test_rider_who_rides_is_not_told_that_somebody_else_was_faster():
    other = Call(Action.START, 1, 1, Answer.TAKEN, "Ada", "scooter", "other")
    (rider, scooter) = faults([*ridden(0, 2), other])
    assert rider.startswith("rider Ada")
    assert scooter.startswith("vehicle scooter")


def test_form_that_has_been_carried_out_may_be_sent_again_and_changes_nothing():
    start, end = ridden(1, 2)
    again = [Call(each.action, 3, 3, Answer.DONE, "Ada", "bike", "first") for each in (start, end)]
    assert faults([start, end, *again, look(4, 4, False, vehicle="bike")]) == []
    assert faults([start, end, *again, look(4, 4, True, vehicle="bike")]) != []
    assert faults([start, end, refused(3, "first", "Ada")]) != []
