"""What a rider sees when the database cannot get through with what the rider asked for."""

from uuid import uuid5

import pytest
from flask import Flask

from movr import MovR
from tests.database.actions import reread
from tests.database.backends import Backend, on_each_server
from tests.database.conftest import PASSWORD, RETRIES_OF_APP
from tests.database.setbacks import (
    COMPLETION_UNKNOWN,
    DEADLOCK,
    SERIALIZATION_FAILURE,
    failure,
    interpose,
    overtaking,
)
from tests.database.world import read_world
from tests.web.site import SiteClient, form_with, is_redirect, log_in, new_browser, words

pytestmark = on_each_server


@pytest.fixture
def browser(app: Flask, rider) -> SiteClient:
    """Where `rider` is logged in."""
    browser = new_browser(app)
    assert is_redirect(log_in(browser, rider.username, PASSWORD), "/vehicles")
    return browser


@pytest.mark.parametrize("sqlstate", [SERIALIZATION_FAILURE, COMPLETION_UNKNOWN, DEADLOCK])
def test_rider_is_asked_to_try_again_and_may(
    movr: MovR, browser: SiteClient, backend: Backend, rider, vehicle, sqlstate, monkeypatch
):
    page = browser.get("/vehicles")
    before = read_world(movr)
    with monkeypatch.context() as patch:
        interpose(patch, "start_ride_txn", after=failure(backend, sqlstate))
        answer = browser.press(page, "Start ride")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Wait a few seconds and try again" in words(answer)
    assert read_world(movr) == before
    assert is_redirect(browser.press(page, "Start ride"), "/rides")
    form_id = form_with(page, "Start ride").fields["form_id"]
    named = str(uuid5(rider.id, f"{form_id}/{vehicle.city}/{vehicle.id}"))
    assert str(reread(movr, rider).active_ride.id) == named


def test_rider_who_is_overtaken_each_time_is_asked_to_try_again(
    movr: MovR, browser: SiteClient, vehicle, monkeypatch
):
    page = browser.get("/vehicles")
    before = read_world(movr)
    interpose(monkeypatch, "start_ride_txn", before=overtaking(movr, vehicle, 1 + RETRIES_OF_APP))
    assert browser.press(page, "Start ride").status_code == 503
    assert read_world(movr) == before
    # The rival is tired by now.
    assert is_redirect(browser.press(page, "Start ride"), "/rides")


def test_rider_who_is_overtaken_as_often_as_allowed_notices_nothing(
    movr: MovR, browser: SiteClient, rider, vehicle, monkeypatch
):
    page = browser.get("/vehicles")
    interpose(monkeypatch, "start_ride_txn", before=overtaking(movr, vehicle, RETRIES_OF_APP))
    assert is_redirect(browser.press(page, "Start ride"), "/rides")
    assert reread(movr, rider).active_ride.vehicle_id == vehicle.id
