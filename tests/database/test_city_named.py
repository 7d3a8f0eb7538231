"""Every statement names the city of every row that it wants, so that a rider's action stays home.

The exceptions are in movr/home_actions.py, each with its reason.
"""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import case, delete, exists, func, or_, select, text, union_all, update
from sqlalchemy.orm import Session, aliased

from movr import MovR, clock
from movr.errors import MovRError
from movr.home_actions import LEAVES_HOME
from movr.kinds import VehicleType
from movr.models import Ride, User, Vehicle
from movr.records import Box, LoginSession, Place, Point
from movr.regions import CITIES
from movr.sample import DEMO_CITY, Sizes
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
from tests.database.backends import on_a_file
from tests.database.bulk import NOON
from tests.database.city_named import complaints
from tests.database.conftest import PASSWORD
from tests.database.wire import Sent, recorded

# They are about tables, and no container that serves riders calls them.
OF_OPERATORS = {"create_schema", "upgrade", "upgrade_statements"}

HERE = Place("here")


class Spy:
    """A MovR that notes what each of its methods sends, whether it succeeds or refuses."""

    def __init__(self, movr: MovR) -> None:
        self._movr = movr
        self.sent: dict[str, list[Sent]] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with recorded(*self._movr.engines) as sent:
                try:
                    result = getattr(self._movr, name)(*args, **kwargs)
                    return list(result) if inspect.isgenerator(result) else result
                finally:
                    self.sent.setdefault(name, []).extend(sent)

        return call

    def refuses(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Do what must be refused."""
        with pytest.raises(MovRError):
            act(*args, **kwargs)


@pytest.fixture
def spy(movr: MovR, create_rider, create_vehicle) -> Spy:
    """Has seen every method of MovR succeed, and refuse for each reason."""
    spy: Any = Spy(movr)
    for name in ("check_schema", "ping", "has_demo_user"):
        getattr(spy, name)()
    _use_accounts(spy, create_rider())
    _use_vehicles(spy, create_rider(), create_vehicle)
    _reserve(spy, create_rider, create_vehicle)
    _ride(spy, create_rider, create_vehicle)
    _report(spy, create_rider(), create_rider(), create_vehicle)
    assert spy.add_sample(DEMO_CITY, Sizes(4, 4, 4))
    return spy


def _use_accounts(spy: Any, rider: Any) -> None:
    new = {"first_name": "A", "last_name": "B", "email": "a@example.com", "password": PASSWORD}
    user = spy.add_user(city="rome", username="ada", **new)
    spy.refuses(spy.add_user, city="paris", username="ada", **new)
    spy.authenticate(username="ada", password=PASSWORD, cities=["rome", "paris"])
    spy.authenticate(username="nobody", password=PASSWORD, cities=["rome", "paris"])
    key = {"city": "rome", "user_id": user.id}
    spy.get_user(**key)
    # In a file, what travels together elsewhere is sent one by one.
    spy.asking_for_user(**key)
    for cursor in (None, "a"):
        spy.get_users(city="rome", cursor=cursor)
    names = {"first_name": "A", "last_name": "B"}
    moved = {"email": "b@example.com", "former_address": "a@example.com", "mail_in": "en"}
    spy.change_user(**key, **names, **moved, password=PASSWORD)
    spy.refuses(spy.change_user, **key, **names, email="c@example.com")
    spy.change_password(**key, old_password=PASSWORD, new_password="another", mail_in="en")
    spy.ask_to_confirm(**key, mail_in="en")
    mail, *_ = spy.get_due_mails(city="rome")
    email_hash = spy.get_user(**key).email_hash
    spy.confirm_email(**key, email_hash=email_hash)
    spy.refuses(spy.confirm_email, **key, email_hash="another")
    for cities in (["rome"], ["paris"]):
        spy.ask_reset(username="ada", cities=cities, mail_in="en")
    token = spy.issue_reset(spy.get_user(**key))
    spy.get_reset_user(**key, token=token)
    reset = key | {"token": token, "new_password": "another"}
    spy.reset_password(**reset, mail_in="en")
    spy.refuses(spy.reset_password, **reset)
    spy.claim_mail(mail)
    spy.remove_mail(city="rome", mail_id=mail.id)
    spy.refuses(spy.change_password, **key, old_password=PASSWORD, new_password="another")
    spy.end_sessions(**key)
    session = LoginSession(uuid4(), date(2026, 11, 20), "Firefox on Linux", "rome")
    spy.refuses(spy.begin_session, **key, session_epoch=0, session=session)
    spy.begin_session(**key, session_epoch=3, session=session)
    spy.note_session(**key, session_id=session.id, day=date(2026, 11, 21))
    spy.end_session(**key, session_id=session.id)
    spy.refuses(spy.remove_user, **key, password=PASSWORD)
    spy.remove_user(**key, password="another")
    spy.refuses(spy.remove_user, **key, password="another")
    spy.refuses(spy.get_user, **key)


def _use_vehicles(spy: Any, owner: Any, create_vehicle: Any) -> None:
    new = {"vehicle_type": VehicleType.BIKE, "color": "red", "brand": "City", "place": HERE}
    spy.add_vehicle(city=owner.city, owner_id=owner.id, **new)
    spy.refuses(spy.add_vehicle, city=owner.city, owner_id=uuid4(), **new)
    vehicle = create_vehicle(owner=owner)
    spy.add_vehicle(city=owner.city, owner_id=owner.id, vehicle_id=vehicle.id, **new)
    for cursor in (None, f"available~{uuid4()}"):
        for kind in (None, VehicleType.BIKE):
            for available in (False, True):
                spy.get_vehicles(
                    city=owner.city, vehicle_type=kind, available_only=available, cursor=cursor
                )
        spy.get_vehicles_of_owner(city=owner.city, owner_id=owner.id, cursor=cursor)
    for filters in ({}, {"vehicle_type": VehicleType.BIKE, "available_only": True}):
        spy.get_vehicles_in_view(city=owner.city, box=Box(40, -75, 41, -73), **filters)
        spy.get_vehicles_near(city=owner.city, point=Point(40.7, -74.0), **filters)
    spy.refuses(spy.remove_user, city=owner.city, user_id=owner.id, password=PASSWORD)
    spy.number_vehicles(city=vehicle.city, vehicle_ids=[vehicle.id])
    spy.find_vehicle(city=vehicle.city, number=vehicle.number)
    spy.refuses(spy.find_vehicle, city="rome", number=vehicle.number)
    spy.get_vehicle(city=vehicle.city, vehicle_id=vehicle.id)
    change_vehicle(spy, owner, vehicle)
    for act in (pause_vehicle, pause_vehicle, resume_vehicle, resume_vehicle, remove_vehicle):
        act(spy, owner, vehicle)
    remove_vehicle(spy, owner, vehicle)
    for act in (pause_vehicle, resume_vehicle):
        spy.refuses(act, spy, owner, vehicle)
    spy.refuses(change_vehicle, spy, owner, vehicle)


def _reserve(spy: Any, create_rider: Any, create_vehicle: Any) -> None:
    owner, rider, rival = create_rider(), create_rider(), create_rider()
    vehicle, other = create_vehicle(owner=owner), create_vehicle(city="rome")
    for each in (vehicle, vehicle, other):
        reserve_vehicle(spy, rider, each)
        spy.get_user(city=rider.city, user_id=rider.id)
    # That of the first one has just ended.
    spy.refuses(reserve_vehicle, spy, rider, vehicle)
    spy.refuses(reserve_vehicle, spy, rival, other)
    spy.refuses(start_ride, spy, rival, other)
    for person in (rival, rider):
        cancel_reservation(spy, person, other)
    reserve_vehicle(spy, rival, other)
    end_ride(spy, rival, start_ride(spy, rival, vehicle))
    reserve_vehicle(spy, rival, vehicle)
    for act in (change_vehicle, pause_vehicle, remove_vehicle):
        act(spy, owner, vehicle)


def _ride(spy: Any, create_rider: Any, create_vehicle: Any) -> None:
    owner, rider, rival = create_rider(), create_rider(), create_rider()
    vehicle, other = create_vehicle(owner=owner), create_vehicle(city="rome")
    ride = start_ride(spy, rider, vehicle, uuid4(), mail_in="en")
    (forgotten,) = spy.get_forgotten_rides(city=vehicle.city, started_by=clock.now())
    assert [spy.ask_if_riding(forgotten) for _ in range(2)] == [True, False]
    for ride_id in (None, ride.id):
        start_ride(spy, rider, vehicle, ride_id)
    spy.refuses(start_ride, spy, rider, other)
    spy.refuses(start_ride, spy, rival, vehicle)
    spy.refuses(start_ride, spy, rival, vehicle, ride.id)
    spy.refuses(end_ride, spy, rival, ride)
    spy.refuses(remove_vehicle, spy, owner, vehicle)
    spy.refuses(remove_vehicle, spy, rival, vehicle)
    spy.refuses(spy.remove_user, city=rider.city, user_id=rider.id, password=PASSWORD)
    spy.get_user(city=rider.city, user_id=rider.id)
    for _ in range(2):
        end_ride(spy, rider, ride)
    get_ride(spy, rider, ride)
    key = {"city": vehicle.city, "vehicle_id": vehicle.id}
    for cursor in (None, f"2026-11-20T12:00:00+00:00~{uuid4()}"):
        spy.get_history(**key, owner_city=owner.city, owner_id=owner.id, cursor=cursor)
    spy.refuses(spy.get_history, **key, owner_city=rider.city, owner_id=rider.id)
    spy.note_cities(rider_city=rider.city, rider_id=rider.id)
    spy.refuses(spy.note_cities, rider_city="rome", rider_id=rider.id)
    spy.get_ride_totals(
        cities=["rome", rider.city],
        rider_city=rider.city,
        rider_id=rider.id,
        periods=[(NOON, NOON), (NOON, NOON)],
    )
    start_ride(spy, rider, vehicle, ride.id)
    end_ride(spy, rider, start_ride(spy, rider, other))
    cancelled = start_ride(spy, rider, vehicle, uuid4())
    for _ in range(2):
        cancel_ride(spy, rider, cancelled)
    spy.refuses(start_ride, spy, rider, vehicle, cancelled.id)
    spy.refuses(end_ride, spy, rider, cancelled)
    spy.refuses(cancel_ride, spy, rider, ride)
    for cursor in (None, f"2026-11-20T12:00:00+00:00~{uuid4()}"):
        spy.get_rides(
            cities=["rome", rider.city], rider_city=rider.city, rider_id=rider.id, cursor=cursor
        )


def _report(spy: Any, owner: Any, rider: Any, create_vehicle: Any) -> None:
    vehicle = create_vehicle(owner=owner)
    first = uuid4()
    for _ in range(2):
        report_problem(spy, rider, vehicle, problem_id=first)
    spy.refuses(report_problem, spy, owner, vehicle, problem_id=first)
    spy.refuses(report_problem, spy, owner, vehicle, ride_id=uuid4())
    spy.refuses(resume_vehicle, spy, owner, vehicle)
    assert [each.id for each in problems_of(spy, owner, vehicle)] == [first]
    resume_vehicle(spy, owner, vehicle, [first])
    ride = start_ride(spy, rider, vehicle)
    report_problem(spy, rider, vehicle, ride_id=ride.id)
    end_ride(spy, rider, ride)
    assert spy.get_problems(city=vehicle.city)
    for _ in range(2):
        spy.resolve_problems(city=vehicle.city, number=vehicle.number)
    spy.refuses(spy.resolve_problems, city="rome", number=vehicle.number)


def test_every_statement_names_the_city_but_for_the_listed_exceptions(spy: Spy):
    public = {name for name, _ in inspect.getmembers(MovR, callable) if not name.startswith("_")}
    assert set(spy.sent) == public - OF_OPERATORS, "a method of MovR is not tried"
    found = {
        method: {complaint for each in sent for complaint in complaints(each)}
        for method, sent in spy.sent.items()
    }
    assert found["authenticate"] == {"any city of users"}
    assert found["ask_reset"] == {"any city of users"}
    # A sign-up names its city; it is the key of the usernames that asks every region. What is noted
    # of a rider's cities is asked of all of them by name.
    assert found["add_user"] == found["note_cities"] == set()
    open_ones = {method for method, texts in found.items() if texts}
    assert open_ones | {"add_user", "note_cities"} == LEAVES_HOME.keys()
    writes = [each for sent in spy.sent.values() for each in sent if each.text.startswith("UPD")]
    assert len(writes) > 10


@pytest.mark.parametrize("city", ["rome", "new york"])
def test_login_at_home_names_the_cities_of_the_region(movr: MovR, create_rider, city: str):
    rider = create_rider(city=city)
    region = [each.name for each in CITIES.values() if each.region == CITIES[city].region]
    with recorded(*movr.engines) as sent:
        assert movr.authenticate(username=rider.username, password=PASSWORD, cities=region)
    assert [complaints(each) for each in sent] == [[]]


OTHER = aliased(User, name="other")
NAMED = Ride.city == "rome"

OPEN: list[tuple[Any, list[str]]] = [
    (select(User.id), ["users"]),
    (select(User.id).where(User.id == uuid4()), ["users"]),
    (select(User.id).where(User.city != "rome"), ["users"]),
    (select(User.id).where(User.city.not_in(["rome"])), ["users"]),
    (select(User.id).where(func.lower(User.city) == "rome"), ["users"]),
    (select(User.id).where(or_(User.city == "rome", User.username == "ada")), ["users"]),
    (select(User.id).where(User.active_ride_city == "rome"), ["users"]),
    (select(User.id).where(~(User.city == "rome")), ["users"]),
    (select(Ride.id).join(Vehicle, Vehicle.id == Ride.vehicle_id).where(NAMED), ["vehicles"]),
    (select(Ride.id).join(Vehicle, Vehicle.city == Ride.city), ["rides", "vehicles"]),
    (select(Ride.id, Vehicle.id).where(NAMED), ["vehicles"]),
    (select(User.id, OTHER.id).where(User.city == "rome"), ["other"]),
    (select(User.id).where(User.city == User.city), ["users"]),
    (select(User.id).where(User.city == "rome", ~exists().where(Ride.id == uuid4())), ["rides"]),
    (select(select(Ride.id).subquery()), ["rides"]),
    (union_all(select(Ride.id).where(NAMED), select(Ride.id)), ["rides"]),
    (update(Vehicle).where(Vehicle.id == uuid4()).values(color="red"), ["vehicles"]),
    (update(Vehicle).values(city="rome"), ["vehicles"]),
    (
        update(Vehicle).where(Vehicle.city == User.reserved_city).values(color="red"),
        ["users", "vehicles"],
    ),
    (
        select(Vehicle.id).where(Vehicle.city == case((Vehicle.ride_count > 1, Vehicle.city))),
        ["vehicles"],
    ),
    (delete(Ride).where(Ride.id == uuid4()), ["rides"]),
]

CLOSED: list[Any] = [
    select(User.id).where(User.city == "rome"),
    select(User.id).where("rome" == User.city),  # noqa: SIM300 (this order is what is tried)
    select(User.id).where(User.city.in_(["rome", "paris"]), User.username == "ada"),
    select(Ride.id).join(Vehicle, Vehicle.city == Ride.city).where(NAMED),
    select(Ride.id)
    .join(Vehicle, Vehicle.city == Ride.city)
    .join(User, User.city == Vehicle.city)
    .where(NAMED),
    select(User.id).outerjoin(Ride, Ride.city == User.active_ride_city).where(User.city == "rome"),
    update(User).where(User.city == "rome", ~exists().where(NAMED)).values(first_name="A"),
    delete(Ride).where(NAMED),
    update(Vehicle)
    .where(User.city == "rome", Vehicle.city == User.reserved_city)
    .values(color="red"),
    select(User.id)
    .outerjoin(Vehicle, Vehicle.city == case((User.ride_count > 1, User.reserved_city)))
    .where(User.city == "rome"),
]


def found_in(movr: MovR, statement: Any) -> list[str]:
    """The complaints about a statement that a callback sends."""

    def send(session: Session) -> None:
        session.execute(statement, execution_options={"synchronize_session": False})

    with recorded(*movr.engines) as sent:
        movr._write(send)
    return [complaint for each in sent for complaint in complaints(each)]


@on_a_file
@pytest.mark.parametrize(("statement", "tables"), OPEN)
@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
def test_open_city_is_found(movr: MovR, statement, tables):
    assert set(found_in(movr, statement)) == {f"any city of {table}" for table in tables}


@on_a_file
@pytest.mark.parametrize("statement", CLOSED)
def test_named_city_is_recognised(movr: MovR, statement):
    assert found_in(movr, statement) == []


@on_a_file
def test_plain_text_is_not_trusted(movr: MovR):
    assert found_in(movr, text("SELECT id FROM users WHERE city = 'rome'")) == [
        "a part is plain text"
    ]
    by_hand = select(Ride.id).where(text("rides.city = 'rome'"))
    assert "a part is plain text" in found_in(movr, by_hand)
