"""The home city of a new account is chosen by its holder, and said to be for good."""

import pytest

from movr.regions import CITIES
from tests.web.site import dump, error_at, field, form_with, is_redirect, words

NEW = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}


@pytest.mark.parametrize(
    "headers", [{}, {"X-City-Lat-Long": "48.8,2.3"}, {"X-City": "Mountain View"}]
)
def test_city_that_is_only_guessed_is_not_chosen_for_anybody(visitor, movr, headers):
    page = visitor.get("/register", headers=headers)
    assert form_with(page, "Sign up").fields["city"] == ""
    assert "It can't be changed later." in words(page)
    before = dump(movr)
    refused = visitor.press(page, "Sign up", **NEW)
    assert refused.status_code == 422
    assert error_at(refused, "city") == "Choose a city."
    assert dump(movr) == before


def test_city_that_was_only_looked_at_is_not_chosen_for_anybody(visitor):
    visitor.submit("/city/rome")
    assert form_with(visitor.get("/register"), "Sign up").fields["city"] == ""


def test_city_that_the_balancer_names_is_chosen_and_may_be_exchanged(visitor, movr):
    page = visitor.get("/register", headers={"X-City": "Rome"})
    assert form_with(page, "Sign up").fields["city"] == "rome"
    options = [option.get("value") for option in field(page, "city").iter("option")]
    assert options == ["", *CITIES]
    assert is_redirect(visitor.press(page, "Sign up", **NEW, city="paris"), "/vehicles")
    assert [user.username for user in movr.get_users(city="paris").rows] == ["ada"]
