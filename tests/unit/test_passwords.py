"""Passwords: what is kept of them, and that an unknown name costs what a known one costs."""

import pytest
from werkzeug.security import check_password_hash, generate_password_hash
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from movr import passwords
from movr.models import User
from movr.passwords import (
    UNMATCHABLE_HASH,
    hash_password,
    is_common,
    password_matches,
    pretend_to_check,
)


def method_of(password_hash):
    """Algorithm and cost, as they stand before the salt."""
    return password_hash.split("$")[0]


def test_password_matches_its_own_hash_only():
    kept = hash_password("three small boats")
    assert password_matches(kept, "three small boats")
    assert not password_matches(kept, "three small boats ")
    assert "boats" not in kept


def test_same_password_is_kept_differently_each_time():
    assert hash_password("three small boats") != hash_password("three small boats")


def test_hash_fits_into_its_column():
    assert len(hash_password("x" * 128)) <= User.__table__.c.password_hash.type.length


def test_unknown_name_costs_as_much_as_a_known_one():
    todays = generate_password_hash("any")
    assert method_of(UNMATCHABLE_HASH) == method_of(todays)
    assert method_of(todays).startswith("scrypt:")
    assert [len(part) for part in UNMATCHABLE_HASH.split("$")] == [
        len(part) for part in todays.split("$")
    ]


@pytest.mark.parametrize("password", ["", "demo-rides", "password"])
def test_no_password_fits_the_hash_of_nobody(password):
    assert not check_password_hash(UNMATCHABLE_HASH, password)


def test_pretending_does_the_real_work(monkeypatch):
    checked = []
    monkeypatch.setattr(passwords, "check_password_hash", lambda *given: checked.append(given))
    assert pretend_to_check("a guess") is None
    assert checked == [(UNMATCHABLE_HASH, "a guess")]


@pytest.mark.parametrize("common", ["password", "PassWord1", "12345678", "football", "iloveyou1"])
def test_password_that_many_have_is_common_whatever_its_capitals(common):
    assert is_common(common)


@pytest.mark.parametrize("rare", ["three small boats", "demo-rides", "password of my own", ""])
def test_password_of_several_words_is_not_common(rare):
    assert not is_common(rare)


def test_list_is_as_long_as_is_said_and_would_let_nobody_through_by_capitals():
    listed = FREQUENCY_LISTS["passwords"]
    assert len(set(listed)) == len(listed) == 30_000
    assert sum(len(password) >= 8 for password in listed) == 11_611
    assert all(map(is_common, listed))
