"""The search for an order finds one exactly where trying all of them finds one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations, permutations
from math import inf
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.failure.linearizability import find_order


@dataclass(frozen=True)
class Access:
    """Somebody puts their name on a list, unless it is there, or reads the list."""

    list_or_name: str
    sent: float
    answered: float = inf
    reads: bool = False


def entry(names: str, access: Access) -> str | None:
    """The list after an access; a name is one letter."""
    if access.reads:
        return names if access.list_or_name == names else None
    return names if access.list_or_name in names else names + access.list_or_name


def has_order(accesses: Sequence[Access]) -> bool:
    return not find_order(accesses, "", entry).stuck


def any_order(accesses: Sequence[Access]) -> bool:
    """The same by trying all orders of all those that may have happened."""
    answered = [access for access in accesses if access.answered < inf]
    lost = [access for access in accesses if access.answered == inf]
    choices = chain.from_iterable(combinations(lost, n) for n in range(len(lost) + 1))
    return any(is_possible(order) for some in choices for order in permutations([*answered, *some]))


def is_possible(order: Sequence[Access]) -> bool:
    names = ""
    for n, access in enumerate(order):
        if any(later.answered < access.sent for later in order[n:]):
            return False
        after = entry(names, access)
        if after is None:
            return False
        names = after
    return True


def read(names: str, sent: float, answered: float) -> Access:
    return Access(names, sent, answered, reads=True)


def test_calls_that_overlap_may_happen_in_either_order():
    ada, bob = Access("a", 0, 10), Access("b", 0, 10)
    for names in ("ab", "ba"):
        assert has_order([ada, bob, read(names, 11, 12)])
    assert not has_order([ada, bob, read("ab", 11, 12), read("ba", 11, 12)])


def test_read_that_begins_after_an_entry_was_answered_cannot_come_before_it():
    assert has_order([Access("a", 0, 3), read("", 2, 3)])
    assert not has_order([Access("a", 0, 1), read("", 2, 3)])


def test_second_reader_cannot_see_less_than_the_first():
    assert not has_order([Access("a", 0, 10), read("a", 1, 2), read("", 3, 4)])


def test_lost_entry_may_take_effect_late_or_never_but_not_before_it_was_sent():
    lost = Access("a", 5)
    assert has_order([lost, read("", 100, 101)])
    assert has_order([lost, read("", 100, 101), read("a", 102, 103)])
    assert not has_order([lost, read("a", 1, 2)])


def test_calls_that_fit_nowhere_are_named():
    wrong = read("z", 2, 3)
    order = find_order([Access("a", 0, 1), wrong, read("a", 4, 5)], "", entry)
    assert (order.calls, order.state, order.stuck) == ([Access("a", 0, 1)], "a", [wrong])


@st.composite
def accesses(draw: st.DrawFn) -> Access:
    what = draw(st.sampled_from(["read", "entry", "lost"]))
    names = draw(st.sampled_from(["", "a", "b", "ab", "ba"] if what == "read" else ["a", "b"]))
    sent = draw(st.integers(0, 8))
    answered = inf if what == "lost" else sent + draw(st.integers(0, 6))
    return Access(names, sent, answered, reads=what == "read")


@settings(max_examples=500, deadline=None)
@given(st.lists(accesses(), max_size=6))
def test_search_agrees_with_trying_all_orders(calls: Any):
    expected = any_order(calls)
    event(f"there is an order: {expected}")
    assert has_order(calls) == expected
