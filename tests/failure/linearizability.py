"""Whether calls that overlapped in time could have happened one after the other.

The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with Lowe's
memory of what has been tried ("Testing for linearizability", 2017). It knows nothing of rides:
what an object may answer is in history.py.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """A call: when it was made, and when its answer came, which is `inf` for one that was lost."""

    @property
    def sent(self) -> float: ...
    @property
    def answered(self) -> float: ...


CallT = TypeVar("CallT", bound=Timed)
StateT = TypeVar("StateT", bound=Hashable)


@dataclass(frozen=True)
class Order(Generic[CallT, StateT]):
    """As many of the calls as can have happened one after the other, and what that leads to."""

    calls: list[CallT]
    state: StateT
    stuck: list[CallT]
    """The calls of which one must come next, and cannot. Empty if there is an order for all."""


def find_order(
    calls: Sequence[CallT],
    state: StateT,
    step: Callable[[StateT, CallT], StateT | None],
) -> Order[CallT, StateT]:
    """An order in which the calls could have happened, each between its begin and its answer.

    `step` returns the state after a call, or None if its answer is wrong in that state. A call
    whose answer was lost takes effect at any time after it was made, or never; `step` never refuses
    it. To make such a call twice must change no more than to make it once: then nobody has to keep
    track of which of them have been made, and their number does not matter.
    """
    answered = sorted((call for call in calls if call.answered < inf), key=lambda c: c.answered)
    lost = [call for call in calls if call.answered == inf]
    furthest = Order[CallT, StateT]([], state, answered)
    least = len(answered) + 1
    # Which of the answered calls have happened, as bits: with the state, all that matters for what
    # can follow, so that no such pair is tried twice.
    tried: set[tuple[int, StateT]] = set()
    ahead: list[tuple[int, StateT, list[CallT]]] = [(0, state, [])]
    while ahead and least:
        happened, state, order = ahead.pop()
        if (happened, state) in tried:
            continue
        tried.add((happened, state))
        waiting = [(1 << n, call) for n, call in enumerate(answered) if not happened >> n & 1]
        # Whatever was sent after the first answer that is still to come cannot come before it.
        until = waiting[0][1].answered if waiting else inf
        possible = [(bit, call) for bit, call in waiting if call.sent <= until]
        if len(waiting) < least:
            least = len(waiting)
            furthest = Order(order, state, [call for _, call in possible])
        # The last one is tried first: what was answered first is likely to have come first, and
        # what was lost not to have come at all.
        for bit, call in [*((0, call) for call in lost if call.sent <= until), *possible[::-1]]:
            after = step(state, call)
            if after is not None:
                ahead.append((happened | bit, after, [*order, call]))
    return furthest
