"""A refusal leads on: back to the list that the rider came from, as it was."""

from uuid import UUID

import pytest

from movr.kinds import VehicleType
from tests.web.site import dump, form_with, heading, is_redirect, join, words
from tests.web.test_redirects import HOSTILE

TAKEN = "Someone just took that one. Your ride hasn't started: choose another vehicle."
LIST = "/vehicles?type=bike&available=1&near=52.3730,4.8930"


@pytest.fixture
def late(app, rider, owner):
    """The form of a list whose vehicle somebody has taken meanwhile, and where it goes."""
    owner.add_vehicle(VehicleType.BIKE, "blue", "Spui")
    form = form_with(rider.client.get(LIST), "Start ride: red bike, Dam")
    join(app).start_ride(UUID(form.action.rpartition("/")[2]))
    return form


def test_whoever_comes_too_late_is_back_at_the_list_with_its_filters_and_place(rider, late):
    before = dump(rider.movr)
    answer = rider.client.post(late.action, data=late.fields)
    assert is_redirect(answer, LIST)
    assert dump(rider.movr) == before
    page = rider.client.get(answer.location)
    assert TAKEN in words(page)
    assert "Blue bike" in words(page)
    assert "Red bike" not in words(page)
    assert TAKEN not in words(rider.client.get(LIST))


def test_whoever_comes_from_no_list_of_ours_gets_the_page(rider, late):
    for origin in HOSTILE:
        answer = rider.client.post(late.action, data=late.fields | {"next": origin})
        assert answer.status_code == 409, origin
        assert heading(answer) == "Someone just took that one"
