"""What riders asked for and were told, and whether it can be true of each vehicle and each rider.

A rider and a vehicle obey the same rules: one ride at a time, and one that is over does not come
back. A history is looked at for one rider or vehicle at a time, which keeps the search short.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from math import inf
from typing import NamedTuple

from tests.failure.linearizability import find_order


class Action(Enum):
    """What is asked for."""

    START = auto()
    END = auto()
    LOOK = auto()


class Answer(Enum):
    """What is told."""

    LOST = auto()
    """Nothing, or to try again: it has been done, will be done, or never."""
    DONE = auto()
    TAKEN = auto()
    FREE = auto()
    IN_USE = auto()


@dataclass(frozen=True)
class Call:
    """One request or, with what it says of several vehicles, a part of one."""

    action: Action
    sent: float
    answered: float = inf
    answer: Answer = Answer.LOST
    rider: str | None = None
    vehicle: str | None = None
    ride: str | None = None

    def __post_init__(self) -> None:
        assert (self.answer is Answer.LOST) == (self.answered == inf)


def look(
    sent: float,
    answered: float,
    in_use: bool,
    *,
    rider: str | None = None,
    vehicle: str | None = None,
    ride: str | None = None,
) -> Call:
    """A look at a rider or a vehicle, which tells whether there is a ride and perhaps which."""
    answer = Answer.IN_USE if in_use else Answer.FREE
    return Call(Action.LOOK, sent, answered, answer, rider, vehicle, ride)


class Ride(NamedTuple):
    """A ride that is running."""

    id: str | None
    rider: str | None
    vehicle: str | None


class State(NamedTuple):
    """How things stand with one rider or one vehicle."""

    running: Ride | None = None
    over: frozenset[str | None] = frozenset()


def rider_after(state: State, call: Call) -> State | None:
    """What a call leaves behind for its rider; None if its answer cannot be right."""
    # Whoever rides is told so, not that somebody else was faster.
    return _after(state, call, may_be_refused=state.running is None)


def vehicle_after(state: State, call: Call) -> State | None:
    """What a call leaves behind for its vehicle; None if its answer cannot be right."""
    return _after(state, call, may_be_refused=state.running is not None)


def _after(state: State, call: Call, may_be_refused: bool) -> State | None:
    if call.answer is Answer.LOST:
        return _done(state, call) or state
    if call.answer is Answer.DONE:
        return _done(state, call)
    if call.answer is Answer.TAKEN:
        known = call.ride in state.over or (state.running and call.ride == state.running.id)
        return state if may_be_refused and not known else None
    if call.answer is Answer.FREE:
        return state if state.running is None else None
    is_this = state.running is not None and call.ride in (None, state.running.id)
    return state if is_this else None


def _done(state: State, call: Call) -> State | None:
    """What the call leaves behind if it is carried out; None if it must be refused."""
    running, over = state
    is_running = running is not None and running.id == call.ride
    if call.action is Action.END and is_running:
        return State(None, over | {call.ride})
    if is_running or call.ride in over:
        return state
    if call.action is Action.END:
        return None
    if running is None:
        return State(Ride(call.ride, call.rider, call.vehicle), over)
    # Whoever rides the vehicle already is told so, whichever id the form has.
    return state if running[1:] == (call.rider, call.vehicle) else None


def faults(history: Iterable[Call]) -> list[str]:
    """For each rider and vehicle whose calls cannot have happened in any order, where it ends."""
    calls = list(history)
    found = []
    for what, step in (("rider", rider_after), ("vehicle", vehicle_after)):
        for name in sorted({getattr(call, what) for call in calls} - {None}):
            order = find_order(
                [call for call in calls if getattr(call, what) == name], State(), step
            )
            if order.stuck:
                found.append(
                    f"{what} {name}: after {len(order.calls)} calls, with {order.state.running},"
                    f" none of these can come next: {order.stuck}"
                )
    return found
