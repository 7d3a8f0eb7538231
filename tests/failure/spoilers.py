"""Ways to spoil a history of riders' calls, so that it cannot have happened any more.

Each finds a ride of which nothing is in doubt, and makes a copy that lies about it once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from tests.failure.history import Action, Answer, Call, look

_STRANGER = "a rider of whom nothing else is known"
_ELSEWHERE = "a vehicle of which nothing else is known"


class _Clear(NamedTuple):
    """A ride that began and ended with one call each, and an instant in the middle of it."""

    start: Call
    end: Call
    meanwhile: float


def _clear_ride(calls: Sequence[Call]) -> _Clear:
    """Such a ride in the middle of the history, so that others came before and after."""
    forms: dict[str | None, list[Call]] = {}
    for call in calls:
        if call.action is not Action.LOOK:
            forms.setdefault(call.ride, []).append(call)
    clear = []
    for of_ride in forms.values():
        if [call.answer for call in of_ride] == [Answer.DONE] * 2:
            start, end = sorted(of_ride, key=lambda call: call.sent)
            if start.answered < (middle := (start.answered + end.sent) / 2) < end.sent:
                clear.append(_Clear(start, end, middle))
    return sorted(clear, key=lambda ride: ride.meanwhile)[len(clear) // 2]


def double_booking(calls: Sequence[Call]) -> list[Call]:
    """Somebody else starts a ride on a vehicle that is being ridden."""
    start, _end, now = _clear_ride(calls)
    second = replace(start, sent=now, answered=now, rider=_STRANGER, ride="a second ride")
    return [*calls, second]


def two_rides_of_one_rider(calls: Sequence[Call]) -> list[Call]:
    """A rider starts another ride while riding."""
    start, _end, now = _clear_ride(calls)
    second = replace(start, sent=now, answered=now, vehicle=_ELSEWHERE, ride="a second ride")
    return [*calls, second]


def ride_lost_by_its_rider(calls: Sequence[Call]) -> list[Call]:
    """A rider whose ride has started is shown none."""
    start, _end, now = _clear_ride(calls)
    return [*calls, look(now, now, False, rider=start.rider)]


def ride_lost_by_its_vehicle(calls: Sequence[Call]) -> list[Call]:
    """A vehicle on which a ride has started is offered to others."""
    start, _end, now = _clear_ride(calls)
    return [*calls, look(now, now, False, vehicle=start.vehicle)]


def end_before_the_start(calls: Sequence[Call]) -> list[Call]:
    """A ride is ended, and only then started."""
    start, end, _now = _clear_ride(calls)
    early = replace(end, sent=start.sent - 2e-6, answered=start.sent - 1e-6)
    return [early if call is end else call for call in calls]


def end_that_nobody_asked_for(calls: Sequence[Call]) -> list[Call]:
    """A ride is never ended, and its rider and vehicle go on to others."""
    _start, end, _now = _clear_ride(calls)
    return [call for call in calls if call is not end]


def stale_look(calls: Sequence[Call]) -> list[Call]:
    """A page shows a ride as running that had ended before the page was asked for."""
    start, end, _now = _clear_ride(calls)
    after = end.answered + 1e-6
    return [*calls, look(after, after, True, rider=start.rider, ride=start.ride)]


def stale_refusal(calls: Sequence[Call]) -> list[Call]:
    """Somebody is refused a vehicle that nobody has ever ridden."""
    start, _end, _now = _clear_ride(calls)
    sent = min(call.sent for call in calls) - 1
    refused = replace(start, rider=_STRANGER, ride="no ride", answer=Answer.TAKEN)
    return [*calls, replace(refused, sent=sent, answered=sent)]


SPOILERS: Final[tuple[Callable[[Sequence[Call]], list[Call]], ...]] = (
    double_booking,
    two_rides_of_one_rider,
    ride_lost_by_its_rider,
    ride_lost_by_its_vehicle,
    end_before_the_start,
    end_that_nobody_asked_for,
    stale_look,
    stale_refusal,
)
