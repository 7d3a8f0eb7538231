"""Passwords: what is kept of them, and that an unknown name costs what a known one costs."""

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from movr import passwords
from movr.models import User
from movr.passwords import UNMATCHABLE_HASH, hash_password, password_matches, pretend_to_check


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
