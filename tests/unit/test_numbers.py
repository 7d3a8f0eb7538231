"""Vehicle numbers: what they consist of, and how they are read however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movr.numbers import ALPHABET, CANDIDATES, full_number, new_numbers, read_number
from movr.regions import CITIES
from movr.rules import Lengths

numbers = st.text(st.sampled_from(ALPHABET), min_size=4, max_size=4)


def test_new_numbers_are_of_the_alphabet_and_seldom_the_same():
    found = [number for _ in range(200) for number in new_numbers()]
    assert len(found) == 200 * CANDIDATES
    assert {len(number) for number in found} == {4}
    assert set("".join(found)) == set(ALPHABET)
    assert len(set(found)) > 780


def test_alphabet_has_no_two_characters_that_are_taken_for_each_other():
    for alike in ("0OQ", "1IL", "2Z", "5S", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1, alike
    assert not set("AEIOU") & set(ALPHABET), "numbers would spell words"
    assert len(ALPHABET) == 25


def test_every_city_has_two_letters_of_its_own_however_they_are_read():
    for city in CITIES.values():
        assert city.prefix.isascii()
        assert city.prefix.isalpha()
        assert city.prefix == city.prefix.upper()
        assert len(city.prefix) == 2
        assert len(full_number(city.name, "4F7K")) <= Lengths.NUMBER
        assert read_number(full_number(city.name, "4F7K")) == (city.name, "4F7K")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("NY-4F7K", ("new york", "4F7K")),
        ("ny-4f7k", ("new york", "4F7K")),
        (" ny 4f 7k ", ("new york", "4F7K")),
        ("NY4F7K", ("new york", "4F7K")),
        ("ny\u20134f7k", ("new york", "4F7K")),
        ("RO-Q528", ("rome", "Q528")),
        ("r0-o5zb", ("rome", "Q528")),
        ("5F-V5S0", ("san francisco", "V55Q")),
        ("bo-uuuu", ("boston", "VVVV")),
        ("4F7K", ("paris", "4F7K")),
        ("", None),
        ("-", None),
        ("NY", None),
        ("NY-4F7", None),
        ("NY-4F7KK", None),
        ("XX-4F7K", None),
        ("NY-1F7K", None),
        ("NY-LF7K", None),
        ("NY-AF7K", None),
        ("NY-\u00e9F7K", None),
        ("\0\n", None),
    ],
)
def test_number_is_read_however_it_is_typed(typed: str, meant: tuple[str, str] | None):
    assert read_number(typed, "paris") == meant


def test_number_without_a_prefix_needs_a_city():
    assert read_number("4F7K") is None


@given(st.sampled_from(list(CITIES)), numbers)
def test_what_is_written_is_read(city: str, number: str):
    assert read_number(full_number(city, number)) == (city, number)
    assert read_number(full_number(city, number).lower()) == (city, number)


@given(st.text(max_size=100))
def test_any_text_is_a_number_or_none(text: str):
    found = read_number(text, "rome")
    assert found is None or read_number(full_number(*found)) == found
