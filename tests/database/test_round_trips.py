"""What every action of MovR costs in round trips to the database, and that the count is honest."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from movr import MovR
from movr.errors import NotFound, UsernameTaken, VehicleUnavailable
from movr.records import Box, Spot, VehicleType
from movr.regions import CITIES
from tests.database.actions import change_vehicle, end_ride, get_ride, remove_vehicle, start_ride
from tests.database.backends import REHEARSED, STANDIN, Backend, backend_names
from tests.database.bulk import NOON
from tests.database.conftest import PASSWORD
from tests.database.wire import Sent, recorded

# A rehearsal sends everything twice, by intention.
on_each_backend = pytest.mark.parametrize(
    "backend",
    [name for name in backend_names() if name != REHEARSED],
    indirect=True,
    scope="session",
)


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
        spot=Spot("here"),
    )


def verbs(sent: list[Sent]) -> list[str]:
    return [each.text.split()[0] for each in sent]


@on_each_backend
def test_starting_and_ending_a_ride_take_seven(movr: MovR, rider, vehicle):
    with recorded(movr.engine) as start:
        ride = start_ride(movr, rider, vehicle)
    with recorded(movr.engine) as end:
        end_ride(movr, rider, ride)
    assert len(start) == 7, start
    assert len(end) == 7, end


@on_each_backend
def test_ride_away_from_home_takes_no_more(movr: MovR, rider, create_vehicle):
    vehicle = create_vehicle(city="rome")
    with recorded(movr.engine) as start:
        ride = start_ride(movr, rider, vehicle)
    with recorded(movr.engine) as end:
        end_ride(movr, rider, ride)
    assert (len(start), len(end)) == (7, 7)


@on_each_backend
def test_repeated_start_and_end_take_no_more_than_the_first(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    with recorded(movr.engine) as start:
        start_ride(movr, rider, vehicle)
    end_ride(movr, rider, ride)
    with recorded(movr.engine) as end:
        end_ride(movr, rider, ride)
    assert len(start) <= 7, start
    assert len(end) <= 7, end


@on_each_backend
def test_refused_start_takes_no_more_than_a_start(movr: MovR, rider, owner, vehicle):
    start_ride(movr, owner, vehicle)
    with recorded(movr.engine) as sent, pytest.raises(VehicleUnavailable):
        start_ride(movr, rider, vehicle)
    assert len(sent) <= 7, sent
    assert "COMMIT" not in verbs(sent)


@on_each_backend
def test_adding_and_removing_a_vehicle_take_at_most_seven(movr: MovR, owner, vehicle):
    with recorded(movr.engine) as add:
        add_vehicle(movr, owner)
    with recorded(movr.engine) as remove:
        remove_vehicle(movr, owner, vehicle)
    assert 5 <= len(add) <= 7, add
    assert 5 <= len(remove) <= 7, remove


@on_each_backend
def test_opening_an_account_takes_five(movr: MovR):
    with recorded(movr.engine) as sent:
        add_user(movr)
    assert len(sent) == 5, sent


@on_each_backend
def test_changing_what_an_account_or_a_vehicle_says_takes_five(movr: MovR, rider, owner, vehicle):
    key = {"city": rider.city, "user_id": rider.id}
    with recorded(movr.engine) as person:
        movr.change_user(**key, first_name="A", last_name="B", email="b@example.com")
    with recorded(movr.engine) as thing:
        change_vehicle(movr, owner, vehicle)
    with recorded(movr.engine) as password:
        movr.change_password(**key, old_password=PASSWORD, new_password="another")
    assert (len(person), len(thing)) == (5, 5)
    # The hash is read first and checked outside the transaction, which would wait for it.
    assert len(password) == 6, password


@on_each_backend
def test_looking_at_a_ride_or_a_vehicle_takes_one(movr: MovR, rider, vehicle):
    ride = start_ride(movr, rider, vehicle)
    with recorded(movr.engine) as sent:
        get_ride(movr, rider, ride)
        movr.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)
    assert verbs(sent) == ["SELECT", "SELECT"]


@on_each_backend
def test_closing_an_account_and_signing_out_take_at_most_seven(movr: MovR, rider):
    with recorded(movr.engine) as sign_out:
        movr.end_sessions(city=rider.city, user_id=rider.id)
    with recorded(movr.engine) as close:
        movr.remove_user(city=rider.city, user_id=rider.id)
    assert 5 <= len(sign_out) <= 7, sign_out
    assert 5 <= len(close) <= 7, close


@on_each_backend
def test_signing_in_takes_one_at_home_and_two_away(movr: MovR, rider):
    def sign_in(cities):
        with recorded(movr.engine) as sent:
            assert movr.authenticate(username=rider.username, password=PASSWORD, cities=cities)
        return verbs(sent)

    assert sign_in(["boston", "new york"]) == ["SELECT"]
    assert sign_in(["rome"]) == ["SELECT", "SELECT"]


@on_each_backend
@pytest.mark.parametrize(
    "cities", [["new york"], ["rome"], list(CITIES)], ids=["home", "away", "all"]
)
def test_wrong_password_takes_what_an_unknown_name_takes(movr: MovR, rider, cities):
    with recorded(movr.engine) as wrong:
        assert movr.authenticate(username=rider.username, password="?", cities=cities) is None
    with recorded(movr.engine) as unknown:
        assert movr.authenticate(username="nobody", password="?", cities=cities) is None
    assert verbs(wrong) == verbs(unknown)
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
    "get_vehicles_near": {"city": "new york", "latitude": 40.7, "longitude": -74.0},
    "has_demo_user": {},
    "ping": {},
}


@on_each_backend
@pytest.mark.parametrize("read", READS)
def test_every_read_takes_one_and_no_transaction_block(movr: MovR, read):
    with recorded(movr.engine) as sent:
        getattr(movr, read)(**READS[read])
    assert verbs(sent) in (["SELECT"], ["WITH"])


@on_each_backend
def test_looking_up_a_user_with_a_running_ride_takes_one(movr: MovR, rider, vehicle):
    start_ride(movr, rider, vehicle)
    with recorded(movr.engine) as sent:
        assert movr.get_user(city=rider.city, user_id=rider.id).active_ride is not None
    assert verbs(sent) == ["SELECT"]


def log_statements(connection: Any, _record: object) -> None:
    """Let the server write down each message that it gets from this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET log_statement = 'all'")
    connection.commit()


@pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")
def test_count_is_what_the_server_receives(backend: Backend, make_movr):
    movr = make_movr()
    event.listen(movr.engine, "connect", log_statements)
    movr.ping()
    seen = len(backend.server.log())
    with recorded(movr.engine) as sent:
        exercise(movr)
    received = re.findall(r"LOG:  (?:statement|execute [^:]*): (\w+)", backend.server.log()[seen:])
    assert received == [each.text.replace(";", " ").split()[0] for each in sent]
    assert len(received) > 50


def exercise(movr: MovR) -> None:
    """Write, read in between, be refused by a rule and by a key, sign in: all kinds of traffic."""
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
    movr.remove_user(city=user.city, user_id=user.id)
