"""A vehicle that is registered twice by the same form is registered once."""

import pytest
from flask import Flask

from movr import MovR
from tests.database.world import read_world
from tests.web.site import is_redirect, join

FIELDS = {"type": "bike", "color": "red", "brand": "Gazelle", "location": "Dam"}


def number_of_vehicles(movr: MovR) -> int:
    return len(read_world(movr).vehicles)


def test_form_that_is_sent_twice_registers_one_vehicle(app: Flask, movr: MovR):
    owner = join(app)
    page = owner.client.get("/vehicles/add")
    for _ in range(2):
        sent = owner.client.press(page, "Share vehicle", **FIELDS)
        assert is_redirect(sent, f"/users/{owner.user.id}")
        assert number_of_vehicles(movr) == 1


def test_form_that_is_corrected_and_sent_twice_registers_one_vehicle(app: Flask, movr: MovR):
    owner = join(app)
    page = owner.client.get("/vehicles/add")
    wrong = owner.client.press(page, "Share vehicle", **FIELDS | {"color": ""})
    assert wrong.status_code == 422
    for _ in range(2):
        sent = owner.client.press(wrong, "Share vehicle", **FIELDS)
        assert is_redirect(sent, f"/users/{owner.user.id}")
    assert number_of_vehicles(movr) == 1


@pytest.mark.parametrize(
    ("changed", "to"),
    [("type", "scooter"), ("color", "blue"), ("brand", "Batavus"), ("location", "Spui")],
)
def test_form_that_is_changed_registers_another_vehicle(
    app: Flask, movr: MovR, changed: str, to: str
):
    owner = join(app)
    page = owner.client.get("/vehicles/add")
    owner.client.press(page, "Share vehicle", **FIELDS)
    owner.client.press(page, "Share vehicle", **FIELDS | {changed: to})
    assert number_of_vehicles(movr) == 2


def test_every_page_and_every_owner_registers_another_vehicle(app: Flask, movr: MovR):
    first, second = join(app), join(app)
    page = first.client.get("/vehicles/add")
    first.client.press(page, "Share vehicle", **FIELDS)
    first.client.press(first.client.get("/vehicles/add"), "Share vehicle", **FIELDS)
    assert number_of_vehicles(movr) == 2
    # Who has seen the form of somebody else can do nothing with its id.
    form_id = page.text.partition('name="form_id" value="')[2].partition('"')[0]
    second.client.submit("/vehicles/add", FIELDS | {"form_id": form_id})
    assert number_of_vehicles(movr) == 3


@pytest.mark.parametrize("form_id", [{}, {"form_id": ""}, {"form_id": "nonsense"}])
def test_form_without_a_sound_id_registers_a_vehicle_each_time(app: Flask, movr: MovR, form_id):
    owner = join(app)
    for _ in range(2):
        sent = owner.client.submit("/vehicles/add", FIELDS | form_id)
        assert is_redirect(sent, f"/users/{owner.user.id}")
    assert number_of_vehicles(movr) == 2
