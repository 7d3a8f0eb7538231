"""The look-up of a rider travels with the list of a page: each says what it says alone."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Numeric, cast, event, func, literal, select

from movr import MovR, clock
from movr.accounts import queries
from movr.database import reading
from movr.database.companions import Accompanied, Companion, pair
from movr.database.reading import rows
from movr.errors import InvalidCursor, NotFound
from movr.kinds import VehicleType
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import Place, Point, User
from movr.rides.queries import get_ride_totals_txn
from tests.database.actions import end_ride, reserve_vehicle, start_ride
from tests.database.backends import on_each_server
from tests.database.wire import messages, recorded

pytestmark = on_each_server


def key_of(user: User) -> dict[str, Any]:
    return {"city": user.city, "user_id": user.id}


@pytest.fixture
def town(movr: MovR, create_rider, create_vehicle) -> User:
    """A city with all kinds of vehicles and riders; returns a rider with rides of some."""
    owner, rider, other = create_rider(), create_rider(), create_rider()
    for number in range(4):
        vehicle = create_vehicle(owner=owner)
        end_ride(movr, rider, start_ride(movr, rider, vehicle))
        if number < 2:
            create_vehicle(owner=owner, place=Place("somewhere"))
    start_ride(movr, other, create_vehicle(owner=owner))
    return rider


def lists(rider: User) -> list[tuple[str, dict[str, Any]]]:
    of_rider = {"rider_city": rider.city, "rider_id": rider.id}
    return [
        ("get_vehicles", {"city": rider.city}),
        ("get_vehicles", {"city": rider.city, "vehicle_type": VehicleType.BIKE}),
        ("get_vehicles", {"city": rider.city, "available_only": True}),
        ("get_vehicles", {"city": rider.city, "cursor": f"available~{uuid4()}"}),
        ("get_vehicles", {"city": "rome"}),
        ("get_vehicles_near", {"city": rider.city, "point": Point(40.7, -74.0)}),
        ("get_users", {"city": rider.city}),
        ("get_users", {"city": rider.city, "cursor": "a"}),
        ("get_rides", {"cities": [rider.city], **of_rider}),
        ("get_rides", {"cities": [rider.city, "rome"], **of_rider}),
        ("get_vehicles_of_owner", {"city": rider.city, "owner_id": rider.id}),
    ]


def compare(movr: MovR, rider: User) -> None:
    """Ask for the rider with each list, and for both alone."""
    alone = movr.get_user(**key_of(rider))
    for name, arguments in lists(rider):
        asking, user = movr.asking_for_user(**key_of(rider))
        with messages() as sent:
            found = getattr(asking, name)(**arguments)
            # As text, in which a status is no plain word.
            assert repr(user()) == repr(alone)
        assert sent == ["SELECT"], name
        assert repr(found) == repr(getattr(movr, name)(**arguments)), name


def test_both_are_as_if_they_were_asked_alone_whatever_the_rider_does(
    movr: MovR, town: User, create_vehicle
):
    compare(movr, town)
    # In JSON these are whole numbers.
    vehicle = create_vehicle(place=Place("a corner", Point(40.0, -74.0)))
    reserve_vehicle(movr, town, vehicle)
    compare(movr, town)
    start_ride(movr, town, vehicle)
    compare(movr, town)


def test_without_a_list_the_rider_is_read_alone(movr: MovR, rider: User):
    _asking, user = movr.asking_for_user(**key_of(rider))
    with messages() as sent:
        assert user() == movr.get_user(**key_of(rider))
    assert sent == ["SELECT", "SELECT"]


def test_nobody_there_is_said_beside_the_list(movr: MovR, town: User):
    asking, user = movr.asking_for_user(city=town.city, user_id=uuid4())
    assert asking.get_vehicles(city=town.city) == movr.get_vehicles(city=town.city)
    with messages() as sent, pytest.raises(NotFound):
        user()
    assert sent == []


def test_it_travels_once_and_with_nobody_elses_read(movr: MovR, rider: User):
    asking, _user = movr.asking_for_user(**key_of(rider))
    with recorded(movr.engine) as sent:
        for each in (movr, asking, movr, asking):
            each.get_vehicles(city=rider.city)
    assert ["UNION ALL" in each.text for each in sent] == [False, True, False, False]


def test_what_the_look_up_finds_is_not_kept(movr: MovR, rider: User):
    # The city has no vehicles, whose records would be.
    asked = reading._record.cache_info()
    asking, user = movr.asking_for_user(**key_of(rider))
    assert asking.get_vehicles(city=rider.city).rows == ()
    assert user().email == rider.email
    assert reading._record.cache_info() == asked


def test_list_that_is_refused_leaves_the_rider_to_be_asked_for(movr: MovR, rider: User):
    asking, user = movr.asking_for_user(**key_of(rider))
    with pytest.raises(InvalidCursor):
        asking.get_vehicles(city=rider.city, cursor="?")
    assert user() == movr.get_user(**key_of(rider))


def test_list_from_afar_takes_nothing_along(movr: MovR, rider: User):
    asking, user = movr.asking_for_user(**key_of(rider))
    with messages() as sent:
        asking.get_vehicles(city="rome", from_afar=True)
        user()
    assert sent == ["SELECT", "SELECT"]


def test_every_list_keeps_its_order(movr: MovR, rider: User):
    for name, arguments in lists(rider):
        asking, _user = movr.asking_for_user(**key_of(rider))
        with recorded(movr.engine) as sent:
            getattr(asking, name)(**arguments)
        # The nearest vehicles are sorted after the read, by their distance on the globe.
        is_ordered = re.search(r"ORDER BY part, c\d+", sent[0].text) is not None
        assert is_ordered or name == "get_vehicles_near", name


def test_rows_come_in_the_order_of_the_list(movr: MovR):
    # A server may keep it by chance, so this asks what it was told.
    counts = Vehicles.ride_count
    for order, kept in (
        ([counts, Vehicles.id.desc()], ", c2, c1 DESC"),
        ([counts.desc()], ", c2 DESC"),
        ([counts, -counts], ""),
        ([counts.nulls_first()], ""),
    ):
        ids = select(Vehicles.id, counts).order_by(*order).limit(500)
        assert str(pair(select(Users.id), ids)).endswith(f"ORDER BY part{kept}")


def test_all_columns_of_a_companion_come_back_as_they_are(movr: MovR, town: User):
    """Also where SQLAlchemy executes the statement, because somebody listens."""
    start_ride(movr, town, movr.get_vehicles(city=town.city).rows[0])
    for table in (Users, Vehicles, Rides):
        # How long a ride has lasted, the look-up of a running one does not ask.
        columns = [column for column in table.__table__.columns if column.name != "length"]
        everything = select(*columns).where(table.city == town.city)
        with movr._lend_connection() as connection:
            alone = rows(connection, everything, {})
            assert alone
            for listener in (None, lambda *_: None):
                if listener:
                    event.listen(connection, "before_cursor_execute", listener)
                companion = Companion(everything, {})
                assert rows(Accompanied(connection, companion), select(literal(7)), {}) == [(7,)]
                found = [tuple(row) for row in companion.rows or []]
                assert sorted(map(repr, found)) == sorted(map(repr, alone))


def test_what_json_has_no_words_for_goes_along_with_nothing(movr: MovR):
    for column in (Rides.length, func.current_date(), cast(Users.ride_count, Numeric)):
        with pytest.raises(TypeError):
            pair(select(column), select(Users.id))


def test_two_statements_are_united_once(movr: MovR):
    one, other = select(Users.id), select(Vehicles.id)
    assert pair(one, other) is pair(one, other)


def test_any_select_goes_along_whatever_its_shape(movr: MovR, town: User):
    now = clock.now()
    look_up = queries.look_up_of(now, **key_of(town))
    counts = select(func.count(Rides.id)).where(Rides.city == town.city)
    names = select(Vehicles.city, literal(7)).where(Vehicles.city.in_([town.city, "rome"]))
    with movr._lend_connection() as connection:
        for statement in (counts, names):
            accompanied = Accompanied(connection, look_up)
            assert rows(accompanied, statement, {}) == rows(connection, statement, {})
            assert queries.user_in(look_up.rows or []) == movr.get_user(**key_of(town))
        few = Companion(select(Users.username).where(Users.id == town.id), {})
        totals = {
            "cities": [town.city],
            "rider_city": town.city,
            "rider_id": town.id,
            "periods": [(now - timedelta(days=1), now + timedelta(days=1))] * 2,
        }
        found = get_ride_totals_txn(Accompanied(connection, few), **totals)
        assert found == movr.get_ride_totals(**totals)
        assert few.rows == [[town.username]]
