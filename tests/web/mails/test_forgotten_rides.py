"""Riders are asked by mail, once, whether a ride that seems forgotten goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from movr import MovR, clock
from movr.errors import DatabaseUnavailable
from movr.mails import queries
from movr.models import Ride
from tests.web.mails.office import (
    NOTHING,
    ONE_SENT,
    SITE,
    change_password,
    confirmed,
    send_mail,
    waiting,
)
from tests.web.site import is_redirect, join
from web.mailer import send_all_mail

HOUR = timedelta(hours=1)
QUESTION = "Are you still riding? · MovR"


@pytest.fixture
def bike(owner):
    """The owner's red bike."""
    return owner.movr.get_vehicles(city="amsterdam").rows[0]


def ride(person, vehicle_id):
    """Start a ride by the page."""
    fields = {"city": "amsterdam"}
    assert is_redirect(person.client.submit(f"/rides/start/{vehicle_id}", fields), "/rides")
    return person.movr.get_user(city="amsterdam", user_id=person.user.id).active_ride


def test_after_twelve_hours_a_rider_is_asked_once(app, rider, bike, post, later):
    ride(rider, bike.id)
    later(12 * HOUR - timedelta(minutes=1))
    assert send_mail(app).output == NOTHING
    later(12 * HOUR)
    assert send_mail(app).output == ONE_SENT
    (mail,) = post.mails
    assert mail["Subject"] == QUESTION
    assert post.recipients == [rider.user.email]
    for hours in (13, 25, 100):
        later(hours * HOUR)
        assert send_mail(app).output == NOTHING


def test_the_mail_says_on_what_where_and_since_when_and_leads_to_where_the_ride_is_ended(
    app, rider, bike, post, later, monkeypatch
):
    with monkeypatch.context() as patch:
        began = clock.now().replace(2026, 11, 20, 17, 49)
        patch.setattr(clock, "now", lambda: began)
        ride(rider, bike.id)
        patch.setattr(clock, "now", lambda: began + 12 * HOUR)
        assert send_mail(app).output == ONE_SENT
    text = " ".join(post.mails[0].get_content().split())
    assert text.startswith(f"Hello {rider.user.first_name}, Your ride on the red bike ")
    assert (
        f"red bike AM-{bike.number} in Amsterdam has been running since"
        " Fri 20 Nov 2026, 18:49 CET." in text
    )
    assert f" {SITE}/rides " in text
    assert "When did it end?" in rider.client.get("/rides").text


def test_the_setting_says_when(app, rider, bike, later):
    app.config["FORGOTTEN_AFTER"] = 0.5
    ride(rider, bike.id)
    later(HOUR / 2)
    assert send_mail(app).output == ONE_SENT


def test_an_address_is_asked_once_it_is_confirmed(app, bike, post, later):
    rider = join(app)
    ride(rider, bike.id)
    later(13 * HOUR)
    assert send_mail(app).output == NOTHING
    assert waiting(app) == 0
    assert post.mails == []
    confirmed(rider)
    assert send_mail(app).output == ONE_SENT


@pytest.mark.parametrize("how", ["end", "cancel"])
def test_a_ride_that_is_over_is_not_asked_about(app, rider, bike, later, how):
    running = ride(rider, bike.id)
    rider.client.submit(f"/rides/{how}/{running.id}", {"city": "amsterdam", "location": "Spui"})
    later(13 * HOUR)
    assert send_mail(app).output == NOTHING


def test_who_ends_the_ride_before_the_mail_could_be_sent_is_not_asked(
    app, rider, bike, post, later
):
    running = ride(rider, bike.id)
    later(12 * HOUR)
    post.refuse_with[rider.user.email] = "451 Later, please"
    send_mail(app)
    assert waiting(app) == 1
    rider.end_ride(running)
    post.refuse_with.clear()
    # The next ride is another one.
    ride(rider, bike.id)
    later(13 * HOUR)
    assert send_mail(app).output == NOTHING
    assert waiting(app) == 0
    assert post.mails == []


def test_each_ride_that_is_forgotten_is_asked_about(app, rider, bike, post, later):
    for hours in (13, 26):
        running = ride(rider, bike.id)
        later(hours * HOUR)
        assert send_mail(app).output == ONE_SENT
        rider.end_ride(running)
    assert [mail["Subject"] for mail in post.mails] == [QUESTION] * 2


def test_commands_at_the_same_time_ask_once(app, rider, bike, post, later):
    def send(_number):
        together.wait(60)
        with app.app_context():
            return send_all_mail(["amsterdam"]).sent

    with ThreadPoolExecutor(3) as threads:
        for turn in range(1, 6):
            running = ride(rider, bike.id)
            later(turn * 13 * HOUR)
            together = Barrier(3)
            assert sorted(threads.map(send, range(3))) == [0, 0, 1]
            rider.end_ride(running)
    assert post.recipients == [rider.user.email] * 5


def test_a_dead_mail_server_loses_no_question(app, rider, bike, post, later):
    ride(rider, bike.id)
    later(12 * HOUR)
    post.die()
    assert send_mail(app).exit_code == 1
    later(13 * HOUR)
    with type(post)(post.port) as again:
        assert send_mail(app).output == ONE_SENT
        assert again.recipients == [rider.user.email]


def test_more_riders_than_are_read_at_once_are_asked(app, owner, post, later, monkeypatch):
    monkeypatch.setattr(queries, "_FORGOTTEN", queries._FORGOTTEN.limit(2))
    for _ in range(5):
        ride(confirmed(join(app)), owner.add_vehicle())
    later(12 * HOUR)
    assert send_mail(app).output.startswith("Sent: 5.")
    assert len(set(post.recipients)) == 5


def test_a_region_that_does_not_answer_keeps_no_other_mail_waiting(
    app, rider, owner, bike, post, later, monkeypatch, caplog
):
    other = confirmed(join(app))
    ride(rider, bike.id)
    ride(other, owner.add_vehicle())
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_password(rider)
    assert waiting(app) == 1
    post.refuse_with.clear()
    later(12 * HOUR)

    ask = MovR.ask_if_riding

    def fail(movr, ride):
        if ride.rider_id == rider.user.id:
            raise DatabaseUnavailable
        return ask(movr, ride)

    with monkeypatch.context() as patch:
        patch.setattr(MovR, "ask_if_riding", fail)
        assert send_mail(app).output.startswith("Sent: 2.")
    assert "a rider in amsterdam is asked later" in caplog.text
    assert send_mail(app).output == ONE_SENT
    assert post.recipients == [rider.user.email, other.user.email, rider.user.email]


def note_in(movr):
    with movr.engine.connect() as connection:
        return connection.scalars(select(Ride.note_in)).one()


def test_the_mail_is_in_the_language_of_the_page(rider, bike, monkeypatch):
    monkeypatch.setattr("web.mailer.language", lambda: "pt-BR")
    ride(rider, bike.id)
    assert note_in(rider.movr) == "pt-BR"


def test_without_a_mail_server_nobody_is_asked(app, rider, bike, monkeypatch):
    monkeypatch.setattr(app.extensions["mailer"], "_server", None)
    ride(rider, bike.id)
    assert note_in(rider.movr) is None
