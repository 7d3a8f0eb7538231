"""What every action of MovR costs in round trips to a server, and that the count is honest."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from movr import MovR
from movr.errors import NotFound, UsernameTaken
from movr.kinds import VehicleType
from movr.records import Box, Place, Point
from movr.regions import CITIES
from tests.database.actions import (
    cancel_reservation,
    cancel_ride,
    change_vehicle,
    end_ride,
    get_ride,
    pause_vehicle,
    problems_of,
    remove_vehicle,
    report_problem,
    reserve_vehicle,
    resume_vehicle,
    start_ride,
)
from tests.database.backends import STANDIN, Backend, connect, on_each_server
from tests.database.bulk import NOON, add_vehicles
from tests.database.catalogue import run
from tests.database.conftest import PASSWORD
from tests.database.wire import messages, verb


def add_user(movr: MovR, city="rome"):
    return movr.add_user(
        city=city,
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.com",
        username="ada",
        password=PASSWORD,
    )


def add_vehicle(movr: MovR, owner):
    movr.add_vehicle(
        city=owner.city,
        owner_id=owner.id,
        vehicle_type=VehicleType.BIKE,
        color="red",
        brand="City",
        place=Place("here"),
    )


@on_each_server
@pytest.mark.parametrize("city", ["new york", "rome"], ids=["home", "away"])
def test_start_takes_two_and_end_takes_three(movr: MovR, rider, create_vehicle, city):
    vehicle = create_vehicle(city=city)
    with messages() as start:
        ride = start_ride(movr, rider, vehicle)
    with messages() as end:
        end_ride(movr, rider, ride)
    assert start == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; UPDATE; INSERT; RELEASE; COMMIT"]
    assert end == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE", "UPDATE; RELEASE; COMMIT"]


@on_each_server
@pytest.mark.parametrize("city", ["new york", "rome"], ids=["home", "away"])
def test_cancelling_takes_two_and_doing_it_again_three(movr: MovR, rider, create_vehicle, city):
    ride = start_ride(movr, rider, create_vehicle(city=city))
    with messages() as cancel:
        cancel_ride(movr, rider, ride)
    with messages() as again:
        cancel_ride(movr, rider, ride)
    assert cancel == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; UPDATE; RELEASE; COMMIT"]
    assert again == ["BEGIN; SAVEPOINT; UPDATE", "SELECT", "RELEASE; COMMIT"]


@on_each_server
@pytest.mark.parametrize("city", ["new york", "rome"], ids=["home", "away"])
def test_reserving_moving_and_cancelling_a_reservation_take_two(
    movr: MovR, rider, vehicle, create_vehicle, city
):
    other = create_vehicle(city=city)
    with messages() as reserve:
        reserve_vehicle(movr, rider, vehicle)
    with messages() as move:
        reserve_vehicle(movr, rider, other)
    with messages() as again:
        reserve_vehicle(movr, rider, other)
    with messages() as cancel:
        cancel_reservation(movr, rider, other)
    with messages() as too_late:
        cancel_reservation(movr, rider, other)
    assert reserve == move == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; UPDATE; RELEASE; COMMIT"]
    assert again == ["BEGIN; SAVEPOINT; UPDATE", "SELECT", "SELECT", "RELEASE; COMMIT"]
    assert cancel == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; RELEASE; COMMIT"]
    assert too_late == ["BEGIN; SAVEPOINT; UPDATE", "RELEASE; COMMIT"]


@on_each_server
def test_starting_a_reserved_vehicle_takes_two(movr: MovR, rider, vehicle, create_vehicle):
    for reserved in (vehicle, create_vehicle()):
        reserve_vehicle(movr, rider, reserved)
        with messages() as start:
            ride = start_ride(movr, rider, vehicle)
        end_ride(movr, rider, ride)
        assert start == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; UPDATE; INSERT; RELEASE; COMMIT"]


@on_each_server
def test_repeated_start_and_end_take_three(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    with messages() as start:
        start_ride(movr, rider, vehicle, ride.id)
    end_ride(movr, rider, ride)
    with messages() as end:
        end_ride(movr, rider, ride)
    assert start == end == ["BEGIN; SAVEPOINT; UPDATE", "SELECT", "RELEASE; COMMIT"]


@on_each_server
def test_adding_pausing_resuming_and_removing_a_vehicle_take_two(movr: MovR, owner, vehicle):
    with messages() as add:
        add_vehicle(movr, owner)
    with messages() as pause:
        pause_vehicle(movr, owner, vehicle)
    with messages() as resume:
        resume_vehicle(movr, owner, vehicle)
    with messages() as remove:
        remove_vehicle(movr, owner, vehicle)
    assert add == ["BEGIN; SAVEPOINT; UPDATE", "INSERT; RELEASE; COMMIT"]
    assert pause == ["BEGIN; SAVEPOINT; UPDATE", "RELEASE; COMMIT"]
    assert resume == remove == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; RELEASE; COMMIT"]


@on_each_server
@pytest.mark.parametrize("city", ["new york", "rome"], ids=["home", "away"])
def test_reporting_and_resolving_take_two_and_reporting_again_three(
    movr: MovR, rider, owner, create_vehicle, city
):
    vehicle = create_vehicle(city=city)
    with messages() as report:
        report_problem(movr, rider, vehicle)
    with messages() as again:
        report_problem(movr, rider, vehicle)
    with messages() as read:
        problems_of(movr, owner, vehicle)
        movr.get_problems(city=city)
    with messages() as resolve:
        movr.resolve_problems(city=city, number=vehicle.number)
    assert report == ["BEGIN; SAVEPOINT; UPDATE", "INSERT; RELEASE; COMMIT"]
    assert again == ["BEGIN; SAVEPOINT; UPDATE", "SELECT", "RELEASE; COMMIT"]
    assert read == ["SELECT", "SELECT"]
    assert resolve == ["BEGIN; SAVEPOINT; UPDATE", "UPDATE; RELEASE; COMMIT"]


@on_each_server
def test_numbering_any_number_of_vehicles_takes_one(movr: MovR, create_vehicle):
    ids = [create_vehicle().id for _ in range(2)]
    with messages() as sent:
        movr.number_vehicles(city="new york", vehicle_ids=ids)
    assert sent == ["BEGIN; SAVEPOINT; UPDATE; UPDATE; RELEASE; COMMIT"]


@on_each_server
def test_opening_an_account_takes_two(movr: MovR):
    with messages() as sent:
        add_user(movr)
    assert sent == ["BEGIN; SAVEPOINT; INSERT", "RELEASE; COMMIT"]


@on_each_server
def test_changing_what_an_account_or_a_vehicle_says_takes_two(movr: MovR, rider, owner, vehicle):
    key = {"city": rider.city, "user_id": rider.id}
    change = ["BEGIN; SAVEPOINT; UPDATE", "RELEASE; COMMIT"]
    with messages() as person:
        movr.change_user(**key, first_name="A", last_name="B", email=rider.email)
    with messages() as thing:
        change_vehicle(movr, owner, vehicle)
    with messages() as password:
        movr.change_password(**key, old_password=PASSWORD, new_password="another")
    assert person == thing == change
    # The hash is read first and checked outside the transaction, which would wait for it.
    assert password == ["SELECT", *change]


@on_each_server
def test_promising_a_mail_costs_no_further_one(movr: MovR, rider):
    key = {"city": rider.city, "user_id": rider.id}
    with messages() as sent:
        movr.change_password(**key, old_password=PASSWORD, new_password="another", mail_in="en")
    assert sent == ["SELECT", "BEGIN; SAVEPOINT; UPDATE", "INSERT; RELEASE; COMMIT"]


@on_each_server
def test_looking_at_a_ride_or_a_vehicle_takes_one(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    with messages() as sent:
        get_ride(movr, rider, ride)
        movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)
        movr.find_vehicle(city=vehicle.city, number=vehicle.number)
    assert sent == ["SELECT", "SELECT", "SELECT"]


@on_each_server
def test_logging_out_takes_two_and_closing_an_account_three(movr: MovR, rider):
    with messages() as log_out:
        movr.end_sessions(city=rider.city, user_id=rider.id)
    with messages() as close:
        movr.remove_user(city=rider.city, user_id=rider.id, password=PASSWORD)
    assert log_out == ["BEGIN; SAVEPOINT; UPDATE", "RELEASE; COMMIT"]
    assert close == ["SELECT", "BEGIN; SAVEPOINT; UPDATE", "DELETE; RELEASE; COMMIT"]


@on_each_server
def test_signing_in_takes_one_at_home_and_two_away(movr: MovR, rider):
    def log_in(cities):
        with messages() as sent:
            assert movr.authenticate(username=rider.username, password=PASSWORD, cities=cities)
        return sent

    assert log_in(["boston", "new york"]) == ["SELECT"]
    assert log_in(["rome"]) == ["SELECT", "SELECT"]


@on_each_server
@pytest.mark.parametrize(
    "cities", [["new york"], ["rome"], list(CITIES)], ids=["home", "away", "all"]
)
def test_wrong_password_takes_what_an_unknown_name_takes(movr: MovR, rider, cities):
    with messages() as wrong:
        assert movr.authenticate(username=rider.username, password="?", cities=cities) is None
    with messages() as unknown:
        assert movr.authenticate(username="nobody", password="?", cities=cities) is None
    assert wrong == unknown
    assert len(wrong) <= 2


READS: dict[str, dict[str, Any]] = {
    "get_users": {"city": "new york"},
    "get_vehicles": {
        "city": "new york",
        "vehicle_type": VehicleType.BIKE,
        "available_only": True,
        "cursor": f"available~{uuid4()}",
    },
    "get_vehicles_of_owner": {"city": "new york", "owner_id": uuid4()},
    "get_rides": {
        "cities": ["new york", "boston", "rome"],
        "rider_city": "new york",
        "rider_id": uuid4(),
    },
    "get_ride_totals": {
        "cities": ["new york", "boston", "rome"],
        "rider_city": "new york",
        "rider_id": uuid4(),
        "periods": [(NOON, NOON)] * 12,
    },
    "get_vehicles_in_view": {
        "city": "new york",
        "box": Box(40.7, -74.1, 40.8, -73.9),
        "vehicle_type": VehicleType.BIKE,
        "available_only": True,
    },
    "get_vehicles_near": {"city": "new york", "point": Point(40.7, -74.0)},
    "has_demo_user": {},
    "ping": {},
}


@on_each_server
@pytest.mark.parametrize("read", READS)
def test_every_read_takes_one_and_no_transaction_block(movr: MovR, read):
    with messages() as sent:
        getattr(movr, read)(**READS[read])
    assert sent in (["SELECT"], ["WITH"])


@on_each_server
def test_looking_up_a_user_with_a_reservation_or_a_ride_takes_one(movr: MovR, rider, vehicle):
    reserve_vehicle(movr, rider, vehicle)
    with messages() as sent:
        assert movr.get_user(city=rider.city, user_id=rider.id).reservation is not None
    assert sent == ["SELECT"]
    start_ride(movr, rider, vehicle)
    with messages() as sent:
        assert movr.get_user(city=rider.city, user_id=rider.id).active_ride is not None
    assert sent == ["SELECT"]


@pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")
def test_page_of_a_long_list_is_planned_for_all_values(movr: MovR, make_movr, owner):
    add_vehicles(movr, owner, 3000)
    run(movr, "ANALYZE vehicles")
    reader = make_movr()
    for _ in range(7):
        reader.get_vehicles(city=owner.city)
    with reader.engine.connect() as connection:
        plans = text("SELECT generic_plans FROM pg_prepared_statements")
        # PostgreSQL plans for the values five times before it compares.
        assert list(connection.scalars(plans)) == [2]


def log_statements(connection: Any, _record: object) -> None:
    """Let the server write down each message that it gets from this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET log_statement = 'all'")
    connection.commit()


@pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")
def test_count_is_what_the_server_receives(backend: Backend, make_movr):
    movr = make_movr()
    for engine in movr.engines:
        event.listen(engine, "connect", log_statements)
    connect(movr)
    seen = len(backend.server.log())
    with messages() as sent:
        exercise(movr)
    log = backend.server.log()[seen:]
    received = [*map(verb, re.findall(r"LOG:  (?:statement|execute [^:]*): (\w+)", log))]
    assert received == [re.match(r"\w+", each)[0] for each in sent]
    assert len(received) > 25


def exercise(movr: MovR) -> None:
    """Write, read in between, be refused by a rule and by a key, log in: all kinds of traffic."""
    user = add_user(movr)
    add_vehicle(movr, user)
    (vehicle,) = movr.get_vehicles(city=user.city).rows
    ride = start_ride(movr, user, vehicle)
    movr.get_user(city=user.city, user_id=user.id)
    end_ride(movr, user, ride)
    movr.get_rides(cities=["rome", "paris"], rider_city=user.city, rider_id=user.id)
    with pytest.raises(UsernameTaken):
        add_user(movr, city="paris")
    with pytest.raises(NotFound):
        movr.get_user(city="rome", user_id=uuid4())
    with pytest.raises(NotFound):
        movr.start_ride(city="rome", vehicle_id=uuid4(), rider_city=user.city, rider_id=user.id)
    movr.authenticate(username="ada", password=PASSWORD, cities=["paris"])
    remove_vehicle(movr, user, vehicle)
    movr.end_sessions(city=user.city, user_id=user.id)
    movr.remove_user(city=user.city, user_id=user.id, password=PASSWORD)
