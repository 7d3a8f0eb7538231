"""Compiled statements are found by the description of what they were compiled from."""

from typing import Any

from movr.database import compiled
from movr.database.compiled import StatementCache


def key(description: Any, *more: Any) -> tuple[Any, ...]:
    return ("dialect", description, *more)


def test_statement_is_found_by_the_same_description_and_details_only():
    kept, description = StatementCache(), tuple("ab")
    kept[key(description, ("city",))] = "compiled"
    assert kept.get(key(description, ("city",))) == "compiled"
    assert kept.get(key(description, ("id",))) is None
    assert kept.get(key(tuple("ab"), ("city",))) is None


def test_description_lives_as_long_as_what_was_compiled():
    kept = StatementCache()
    for number in range(100):
        kept[key((number, number), ())] = number
    # Without it, a new description could get the id of one that is gone.
    assert all(kept.get(key((number, number), ())) is None for number in range(100))


def test_number_of_statements_is_bounded(monkeypatch):
    monkeypatch.setattr(compiled, "_MAX", 10)
    kept = StatementCache()
    for number in range(25):
        kept[key((number,), ())] = number
    assert len(kept) <= 10
