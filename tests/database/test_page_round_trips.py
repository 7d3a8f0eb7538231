"""What whole requests cost in round trips to a server, the look-up of the user included.

test_round_trips.py shows that they are counted as the server counts them.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests.database.backends import on_each_server
from tests.database.bulk import NOON
from tests.database.wire import messages
from tests.web.site import (
    PASSWORD,
    Person,
    SiteClient,
    asks_for_login,
    join,
    log_in,
    new_browser,
    open_account,
    receipt,
)

pytestmark = on_each_server

LOCATION = {"city": "amsterdam", "location": "Spui"}
VEHICLE = {"type": "bike", "color": "blue", "brand": "Cargo", "location": "Spui"}


@pytest.fixture
def visitor(app: Flask) -> SiteClient:
    return new_browser(app)


@pytest.fixture
def rider(app: Flask) -> Person:
    return join(app)


@pytest.fixture
def owner(app: Flask) -> Person:
    person = join(app)
    person.add_vehicle()
    return person


@pytest.fixture
def town(app: Flask) -> tuple[Person, Person]:
    """An owner of several vehicles and a rider with past rides and a running one."""
    owner, rider = join(app), join(app)
    vehicles = [owner.add_vehicle() for _ in range(5)]
    for vehicle_id in vehicles[1:]:
        rider.end_ride(rider.start_ride(vehicle_id))
    rider.start_ride(vehicles[0])
    return owner, rider


def get(client: SiteClient, path: str) -> list[str]:
    """What a page sends to the database."""
    with messages() as sent:
        page = client.get(path)
    assert page.status_code < 400
    page.close()
    return sent


def post(
    client: SiteClient, path: str, fields: dict[str, Any], headers: dict[str, str] | None = None
) -> list[str]:
    """What a form sends to the database, when it does what it is for."""
    data = {"csrf_token": client.token(), **fields}
    with messages() as sent:
        answer = client.post(path, data=data, headers=headers)
    assert answer.status_code in (302, 303), answer.text
    return sent


def own_path(person: Person) -> str:
    return f"/users/{person.user.id}"


@pytest.mark.parametrize(
    "path_of",
    [
        lambda _: "/vehicles",
        lambda _: "/vehicles?type=bike&available=1",
        lambda _: f"/vehicles?after=available~{UUID(int=0)}",
        lambda _: "/vehicles?near=52.37,4.89",
        lambda _: "/rides",
        lambda _: f"/rides?after={NOON:%Y-%m-%dT%H:%M:%SZ}~{UUID(int=0)}",
        lambda _: "/rides/months",
        lambda _: "/users",
        lambda _: "/users?after=ada",
        own_path,
        lambda person: f"{own_path(person)}?number=2222",
        lambda _: "/vehicles/codes",
    ],
    ids=[
        *("vehicles", "filtered vehicles", "further vehicles", "vehicles near"),
        *("rides", "further rides", "months", "users", "further users"),
        *("profile", "searched profile", "codes"),
    ],
)
def test_page_of_a_rider_takes_one(town: tuple[Person, Person], path_of: Callable[[Person], str]):
    for person in town:
        sent = get(person.client, path_of(person))
        assert len(sent) == 1, sent


@pytest.mark.parametrize("path", ["/rides", "/rides/months", "/users"])
def test_whoever_is_logged_out_by_now_is_not_shown_what_the_same_answer_brought(
    town: tuple[Person, Person], path: str
):
    _, rider = town
    rider.movr.end_sessions(city=rider.user.city, user_id=rider.user.id)
    with messages() as sent:
        assert asks_for_login(rider.client.get(path))
    assert len(sent) == 1, sent


@pytest.mark.parametrize("path", ["/rides", "/rides/months"])
def test_rides_of_who_has_ridden_elsewhere_take_two(app: Flask, rider: Person, path: str):
    abroad = join(app, city="rome").add_vehicle()
    rider.end_ride(rider.start_ride(abroad, "rome"))
    sent = get(rider.client, path)
    assert len(sent) == 2, sent


@pytest.mark.parametrize("path", ["/", "/vehicles", "/vehicles?near=52.37,4.89"])
def test_page_of_a_visitor_takes_one(town: tuple[Person, Person], visitor: SiteClient, path: str):
    sent = get(visitor, path)
    assert len(sent) == 1, sent


@pytest.mark.parametrize("path", ["/login", "/register", "/healthz", "/static/css/movr.css"])
def test_page_without_data_takes_none(visitor: SiteClient, path: str):
    assert get(visitor, path) == []


def test_page_that_does_not_exist_takes_none(rider: Person):
    with messages() as sent:
        assert rider.client.get("/nowhere").status_code == 404
    assert sent == []


@pytest.mark.parametrize("path", ["/vehicles/add", "/users/change/{id}", "/users/password/{id}"])
def test_form_to_fill_in_takes_the_look_up_only(rider: Person, path: str):
    assert len(get(rider.client, path.format(id=rider.user.id))) == 1


def test_page_of_a_vehicle_by_its_number_takes_one(owner: Person, visitor: SiteClient):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    for browser in (owner.client, visitor):
        sent = get(browser, f"/v/AM-{vehicle.number}")
        assert len(sent) == 1, sent


def test_receipt_takes_one_and_form_of_a_vehicle_two(owner: Person, rider: Person):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    ride = rider.end_ride(rider.start_ride(vehicle.id))
    sent = get(rider.client, receipt(ride))
    assert len(sent) == 1, sent
    sent = get(owner.client, f"/vehicles/change/{vehicle.id}")
    assert len(sent) == 2, sent


@pytest.mark.parametrize(("place", "cost"), [("Amsterdam", 2), ("Paris", 2), ("Boston", 3)])
def test_logging_in_takes_two_in_the_home_region_and_three_elsewhere(
    app: Flask, visitor: SiteClient, place: str, cost: int
):
    user = open_account(app.extensions["movr"], city="amsterdam")
    login = {"username": user.username, "password": PASSWORD}
    sent = post(visitor, "/login", login, {"X-City": place})
    assert len(sent) == cost, sent


def test_registering_takes_two(visitor: SiteClient):
    account = {
        "city": "amsterdam",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "username": "ada",
        "password": PASSWORD,
    }
    sent = post(visitor, "/register", account)
    assert len(sent) == 2, sent


def test_starting_a_ride_takes_three_and_ending_it_four(owner: Person, rider: Person):
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    start = post(
        rider.client,
        f"/rides/start/{vehicle.id}",
        {"city": vehicle.city, "ride_id": str(ride_id := uuid4())},
    )
    end = post(rider.client, f"/rides/end/{ride_id}", LOCATION)
    assert len(start) == 3, start
    assert len(end) == 4, end


def test_reserving_a_vehicle_starting_it_and_cancelling_a_reservation_take_three(
    owner: Person, rider: Person
):
    vehicle, other = (owner.add_vehicle() for _ in range(2))
    reserve, cancel = "/vehicles/reserve", "/reservations/cancel"
    here = {"city": "amsterdam"}
    for path in (f"{reserve}/{vehicle}", f"{reserve}/{other}", f"{cancel}/{other}"):
        sent = post(rider.client, path, here)
        assert len(sent) == 3, sent
    (vehicle, *_) = rider.movr.get_vehicles(city="amsterdam", available_only=True).rows
    post(owner.client, f"{reserve}/{vehicle.id}", here)
    assert len(get(owner.client, "/rides")) == 1
    assert len(get(owner.client, f"/v/AM-{vehicle.number}")) == 1
    sent = post(owner.client, f"/rides/start/{vehicle.id}", here)
    assert len(sent) == 3, sent


def test_cancelling_a_ride_takes_three(owner: Person, rider: Person):
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    ride = rider.start_ride(vehicle.id)
    sent = post(rider.client, f"/rides/cancel/{ride.id}", {"city": vehicle.city})
    assert len(sent) == 3, sent


def test_history_of_a_vehicle_takes_one(owner: Person, rider: Person):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    rider.end_ride(rider.start_ride(vehicle.id))
    sent = get(owner.client, f"/vehicles/history/{vehicle.id}")
    assert len(sent) == 1, sent


def test_reporting_a_problem_takes_three_and_the_owner_reads_it_with_one_more(
    owner: Person, rider: Person
):
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    path = f"/problems/report/{vehicle.id}"
    form = get(rider.client, path)
    report = post(rider.client, path, {"city": vehicle.city, "kind": "brakes"})
    read = get(owner.client, own_path(owner))
    ids = [each.id for each in owner.movr.get_problems(city=vehicle.city)]
    resume = post(owner.client, f"/vehicles/resume/{vehicle.id}", {"problem": ids})
    assert [len(each) for each in (form, report, read, resume)] == [2, 3, 2, 3]


def test_adding_and_removing_a_vehicle_take_three(rider: Person):
    add = post(rider.client, "/vehicles/add", VEHICLE)
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    remove = post(rider.client, f"/vehicles/remove/{vehicle.id}", {"city": vehicle.city})
    assert len(add) == 3, add
    assert len(remove) == 3, remove


def test_changes_of_a_vehicle_and_of_an_account_take_at_most_four(owner: Person):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    place = {"color": "blue", "brand": "Cargo", **LOCATION}
    details = {"first_name": "Ada", "last_name": "Byron", "email": owner.user.email}
    moved = details | {"email": "ada@example.com", "password": PASSWORD}
    key = {"city": owner.user.city, "user_id": owner.user.id}
    # The former address is told, too.
    owner.movr.confirm_email(**key, email_hash=owner.user.email_hash)
    passwords = {"password": PASSWORD, "new_password": f"{PASSWORD} and a ship"}
    # The vehicle is read for its form, and the old password to be checked.
    for path, fields, cost in (
        (f"/vehicles/change/{vehicle.id}", place, 4),
        (f"/users/change/{owner.user.id}", details, 3),
        (f"/users/change/{owner.user.id}", moved, 4),
        (f"/users/password/{owner.user.id}", passwords, 4),
    ):
        sent = post(owner.client, path, fields)
        assert len(sent) == cost, sent


def test_logging_out_takes_two_everywhere_three_and_closing_the_account_four(app: Flask):
    leaving, everywhere, closing = join(app), join(app), join(app)
    log_in(new_browser(app), everywhere.user.username)
    key = {"city": everywhere.user.city, "user_id": everywhere.user.id}
    other_device = everywhere.movr.get_user(**key).sessions[0]
    leave = post(leaving.client, "/logout", {})
    end = post(everywhere.client, f"/logout/{other_device.id}", {})
    leave_all = post(everywhere.client, "/logout/everywhere", {})
    close = post(closing.client, f"/users/remove/{closing.user.id}", {"password": PASSWORD})
    assert leave == end == ["SELECT", "UPDATE"]
    assert len(leave_all) == 3, leave_all
    assert len(close) == 4, close


def test_first_page_of_a_day_takes_one_more(rider: Person):
    key = {"city": rider.user.city, "user_id": rider.user.id}
    (session,) = rider.movr.get_user(**key).sessions
    yesterday = session.last_seen - timedelta(days=1)
    rider.movr.note_session(**key, session_id=session.id, day=yesterday)
    assert get(rider.client, "/vehicles") == ["SELECT", "UPDATE"]
    assert get(rider.client, "/vehicles") == ["SELECT"]
    assert rider.movr.get_user(**key).sessions == (session,)
