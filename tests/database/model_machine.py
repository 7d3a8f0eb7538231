"""What riders and owners do, right and wrong, as the steps of a state machine.

Ids are small numbers, so that users, vehicles and rides of different cities often share one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis.stateful import initialize, precondition, rule

from movr.kinds import ProblemKind, VehicleType
from movr.records import LoginSession, Place
from tests.database import model_draws as draw
from tests.database.invariants import check_invariants
from tests.database.model_comparison import NOON, SideBySide
from tests.database.model_rows import CITIES
from tests.database.world import Key

# Open accounts and vehicles in service: enough for something to happen, and few enough for people
# to get in each other's way.
FEWEST: Final = 2
MOST: Final = 5
DAY: Final = timedelta(days=1)


class MovRMachine(SideBySide):
    """Every method of MovR as a step, and some that often come together as one."""

    # --- Users ---

    @initialize()
    def people_and_vehicles(self) -> None:
        for number, city in enumerate(("new york", "new york", "rome", "rome")):
            self.add_user(city, f"rider-{number}", draw.PASSWORDS[0], 0)
        # The one who is left without has an id that an owner in another city has too.
        for owner in (key for key in list(self.model.users) if key != ("rome", UUID(int=0))):
            self.add_vehicle(owner, VehicleType.BIKE, Place("a corner"), timedelta(0), 0)

    @precondition(lambda self: self.live("users") < MOST)
    @rule(city=draw.cities, username=draw.usernames, password=draw.passwords, number=draw.numbers)
    def add_user(self, city: str, username: str, password: str, number: int) -> None:
        self.next_id("users", city, number)
        self.do(
            "add_user",
            city=city,
            username=username,
            password=password,
            first_name=f"First {number}",
            last_name=f"Last {number}",
            email=f"{number}@example.com",
        )

    @rule(user=draw.some("users"), cities=draw.several_cities)
    def look_at_account(self, user: Key, cities: Sequence[str]) -> None:
        self.do("get_user", city=user[0], user_id=user[1])
        self.read("get_vehicles_of_owner", city=user[0], owner_id=user[1])
        self.read("get_rides", cities=cities, rider_city=user[0], rider_id=user[1])
        self.do(
            "get_ride_totals",
            cities=cities,
            rider_city=user[0],
            rider_id=user[1],
            periods=[(NOON - DAY, NOON), (NOON, NOON + DAY), (NOON + DAY, NOON + DAY)],
        )

    @rule(user=draw.some("users"))
    def note_cities(self, user: Key) -> None:
        self.do("note_cities", rider_city=user[0], rider_id=user[1])

    @rule(user=draw.some("users"), number=draw.numbers, password=draw.passwords_or_none)
    def change_user(self, user: Key, number: int, password: str | None) -> None:
        self.do(
            "change_user",
            city=user[0],
            user_id=user[1],
            first_name=f"Another {number}",
            last_name="Name",
            email=f"another-{number}@example.com",
            password=password,
        )

    @rule(user=draw.some("users"), late=draw.booleans)
    def confirm_email(self, user: Key, late: bool) -> None:
        row = self.model.users.get(user)
        is_open = row is not None and row.username is not None
        email_hash = (
            self.model.get_user(city=user[0], user_id=user[1]).email_hash if is_open else ""
        )
        if late:
            email_hash = email_hash[::-1]
        self.do("confirm_email", city=user[0], user_id=user[1], email_hash=email_hash)

    @rule(
        user=draw.some("users"),
        old=draw.passwords,
        new=draw.passwords,
        session=draw.sessions_or_none,
    )
    def change_password(self, user: Key, old: str, new: str, session: LoginSession | None) -> None:
        self.do(
            "change_password",
            city=user[0],
            user_id=user[1],
            old_password=old,
            new_password=new,
            session=session,
        )

    @rule(user=draw.some("users"), session=draw.sessions, more=draw.times, late=draw.booleans)
    def begin_sessions(self, user: Key, session: LoginSession, more: int, late: bool) -> None:
        row = self.model.users.get(user)
        epoch = row.session_epoch if row else 0
        for number in range(4 * more):
            self.do(
                "begin_session",
                city=user[0],
                user_id=user[1],
                session_epoch=epoch - late,
                session=replace(session, id=UUID(int=session.id.int + number)),
            )

    @rule(user=draw.some("users"), session=draw.sessions, day=draw.days)
    def note_session_and_end_the_next(self, user: Key, session: LoginSession, day: date) -> None:
        key = {"city": user[0], "user_id": user[1]}
        self.do("note_session", **key, session_id=session.id, day=day)
        self.do("end_session", **key, session_id=UUID(int=session.id.int + 1))

    @rule(city=draw.cities, kind=draw.types_or_all, available_only=draw.booleans)
    def look_at_city(self, city: str, kind: VehicleType | None, available_only: bool) -> None:
        self.read("get_users", city=city)
        self.read("get_vehicles", city=city, vehicle_type=kind, available_only=available_only)

    @rule(
        user=draw.some("users"),
        username=draw.usernames,
        password=draw.passwords,
        cities=draw.several_cities,
    )
    def log_out_and_in(
        self, user: Key, username: str, password: str, cities: Sequence[str]
    ) -> None:
        self.do("end_sessions", city=user[0], user_id=user[1])
        row = self.model.users.get(user)
        username = row.username if row and row.username else username
        self.do("authenticate", username=username, password=password, cities=cities)

    @precondition(lambda self: self.live("users") >= FEWEST)
    @rule(user=draw.some("users"), password=draw.passwords)
    def remove_user(self, user: Key, password: str) -> None:
        self.do("remove_user", city=user[0], user_id=user[1], password=password)

    @precondition(lambda self: self.live("users") >= FEWEST and self.live("vehicles") < MOST)
    @rule(user=draw.some("users"), password=draw.passwords, vehicle=draw.some("vehicles"))
    def remove_user_who_goes_on(self, user: Key, password: str, vehicle: Key) -> None:
        self.remove_user(user, password)
        self.add_vehicle(user, VehicleType.SCOOTER, Place("a corner"), timedelta(0), 0)
        self.start_ride(vehicle, user, timedelta(0), 0)

    # --- Vehicles ---

    @precondition(lambda self: self.live("vehicles") < MOST)
    @rule(
        owner=draw.some("users"),
        kind=draw.types,
        place=draw.places,
        tick=draw.ticks,
        number=draw.numbers,
        named=draw.named,
    )
    def add_vehicle(
        self,
        owner: Key,
        kind: VehicleType,
        place: Place,
        tick: timedelta,
        number: int,
        named: bool = False,
    ) -> None:
        self.fate.now += tick
        self.next_id("vehicles", owner[0], number)
        self.fate.new_numbers = draw.few_numbers(number)
        self.do(
            "add_vehicle",
            city=owner[0],
            owner_id=owner[1],
            vehicle_type=kind,
            color=f"Color {number}",
            brand=f"Brand {number}",
            place=place,
            vehicle_id=UUID(int=number) if named else None,
        )

    @precondition(lambda self: self.model.vehicles)
    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody)
    def add_vehicle_again(self, vehicle: Key, by: Key | None) -> None:
        self.do(
            "add_vehicle",
            city=vehicle[0],
            owner_id=(by or self.owner_of(vehicle))[1],
            vehicle_type=VehicleType.SKATEBOARD,
            color="another",
            brand="another",
            place=Place("elsewhere"),
            vehicle_id=vehicle[1],
        )

    @rule(
        vehicle=draw.some("vehicles"),
        by=draw.by_somebody,
        place=draw.places,
        number=draw.numbers,
        count=draw.numbers_or_none,
    )
    def change_vehicle(
        self, vehicle: Key, by: Key | None, place: Place, number: int, count: int | None
    ) -> None:
        self.do("get_vehicle", city=vehicle[0], vehicle_id=vehicle[1])
        by = by or self.owner_of(vehicle)
        self.do(
            "change_vehicle",
            city=vehicle[0],
            vehicle_id=vehicle[1],
            owner_city=by[0],
            owner_id=by[1],
            color=f"Another color {number}",
            brand=f"Another brand {number}",
            place=place,
            ride_count=count,
        )

    @rule(vehicle=draw.some("vehicles"), number=draw.numbers)
    def number_vehicle_and_find_it(self, vehicle: Key, number: int) -> None:
        self.fate.new_numbers = draw.few_numbers(number)
        self.do("number_vehicles", city=vehicle[0], vehicle_ids=[vehicle[1]])
        for each in self.fate.new_numbers:
            self.do("find_vehicle", city=vehicle[0], number=each)

    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody, rider=draw.some("users"))
    def pause_vehicle_and_try_to_ride_it(self, vehicle: Key, by: Key | None, rider: Key) -> None:
        self._as_owner("pause_vehicle", vehicle, by)
        self.start_ride(vehicle, rider, timedelta(0), 0)

    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody)
    def resume_vehicle(self, vehicle: Key, by: Key | None) -> None:
        self._as_owner("resume_vehicle", vehicle, by)

    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody)
    def look_at_history(self, vehicle: Key, by: Key | None) -> None:
        self._as_owner("get_history", vehicle, by)

    @precondition(lambda self: self.live("vehicles") >= FEWEST)
    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody)
    def remove_vehicle(self, vehicle: Key, by: Key | None) -> None:
        self._as_owner("remove_vehicle", vehicle, by)

    def _as_owner(self, name: str, vehicle: Key, by: Key | None, **given: Any) -> None:
        owner = by or self.owner_of(vehicle)
        self.do(
            name,
            city=vehicle[0],
            vehicle_id=vehicle[1],
            owner_city=owner[0],
            owner_id=owner[1],
            **given,
        )

    # --- Reservations ---

    @rule(
        vehicle=draw.some("vehicles"),
        rider=draw.some("users"),
        other=draw.some("users"),
        wait=draw.waits,
        again=draw.booleans,
    )
    def reserve_and_try_to_start(
        self, vehicle: Key, rider: Key, other: Key, wait: timedelta, again: bool
    ) -> None:
        self._reserve(vehicle, rider)
        self.fate.now += wait
        if again:
            self._reserve(vehicle, rider)
        self.do("get_user", city=rider[0], user_id=rider[1])
        self.read("get_vehicles", city=vehicle[0], vehicle_type=None, available_only=True)
        self.start_ride(vehicle, other, timedelta(0), 0)

    @rule(
        one=draw.some("vehicles"),
        other=draw.some("vehicles"),
        rider=draw.some("users"),
        tick=draw.ticks,
    )
    def reserve_two_and_start_the_first(
        self, one: Key, other: Key, rider: Key, tick: timedelta
    ) -> None:
        self._reserve(one, rider)
        self.fate.now += tick
        self._reserve(other, rider)
        self.start_ride(one, rider, timedelta(0), 0)

    @rule(vehicle=draw.some("vehicles"), by=draw.some("users"), wait=draw.waits)
    def cancel_reservation(self, vehicle: Key, by: Key, wait: timedelta) -> None:
        row = self.model.vehicles.get(vehicle)
        holder = (row.reserver_city, row.reserver_id) if row and row.reserver_id else by
        for rider in (by, holder):
            self.do(
                "cancel_reservation",
                city=vehicle[0],
                vehicle_id=vehicle[1],
                rider_city=rider[0],
                rider_id=rider[1],
            )
        self.fate.now += wait
        self._reserve(vehicle, holder)

    def _reserve(self, vehicle: Key, rider: Key) -> None:
        self.do(
            "reserve_vehicle",
            city=vehicle[0],
            vehicle_id=vehicle[1],
            rider_city=rider[0],
            rider_id=rider[1],
        )

    # --- Problems ---

    @rule(
        vehicle=draw.some("vehicles"),
        rider=draw.some("users"),
        kind=draw.problem_kinds,
        tick=draw.ticks,
        ride=draw.some("rides"),
        number=draw.numbers,
        named=draw.named,
    )
    def report_problem(
        self,
        vehicle: Key,
        rider: Key,
        kind: ProblemKind,
        tick: timedelta,
        ride: Key,
        number: int,
        named: bool,
    ) -> None:
        self.fate.now += tick
        self.next_id("problems", vehicle[0], number)
        self.do(
            "report_problem",
            city=vehicle[0],
            vehicle_id=vehicle[1],
            rider_city=rider[0],
            rider_id=rider[1],
            kind=kind,
            words=f"Words {number}",
            ride_id=ride[1],
            problem_id=UUID(int=number) if named else None,
        )

    @precondition(lambda self: self.model.rides)
    @rule(ride=draw.any_ride, kind=draw.problem_kinds, place=draw.places, cancel=draw.booleans)
    def report_problem_of_a_ride_and_end_it(
        self, ride: Key, kind: ProblemKind, place: Place, cancel: bool
    ) -> None:
        row = self.model.rides[ride]
        vehicle, rider = (row.city, row.vehicle_id), (row.rider_city, row.rider_id)
        self.report_problem(vehicle, rider, kind, timedelta(0), ride, 0, False)
        if cancel:
            self.cancel_ride(ride, None, timedelta(0))
        self.end_ride(ride, None, place, timedelta(0))

    @rule(vehicle=draw.some("vehicles"), by=draw.by_somebody, seen=draw.booleans)
    def look_at_problems_and_resolve_them(self, vehicle: Key, by: Key | None, seen: bool) -> None:
        row = self.model.vehicles.get(vehicle)
        owner = by or self.owner_of(vehicle)
        self.do("get_problems", city=vehicle[0])
        reading = {"owner_id": owner[1], "vehicle_ids": [vehicle[1]]}
        self.do("get_problems_of_owner", city=vehicle[0], **reading)
        ids = [each.id for each in self.model.get_problems(city=vehicle[0])]
        self._as_owner("resume_vehicle", vehicle, by, problem_ids=ids[: None if seen else 1])
        if row and row.number:
            self.do("resolve_problems", city=vehicle[0], number=row.number)

    # --- Rides ---

    @rule(
        vehicle=draw.some("vehicles"),
        rider=draw.some("users"),
        tick=draw.ticks,
        number=draw.numbers,
        named=draw.named,
    )
    def start_ride(
        self, vehicle: Key, rider: Key, tick: timedelta, number: int, named: bool = False
    ) -> None:
        self.fate.now += tick
        self.next_id("rides", vehicle[0], number)
        self._start(vehicle, rider, UUID(int=number) if named else None)

    @rule(
        vehicle=draw.some("vehicles"),
        one=draw.some("users"),
        other=draw.some("users"),
        number=draw.numbers,
    )
    def start_two_rides(self, vehicle: Key, one: Key, other: Key, number: int) -> None:
        for rider in (one, other):
            self.start_ride(vehicle, rider, timedelta(0), number)

    @rule(
        vehicle=draw.some("vehicles"),
        rider=draw.some("users"),
        place=draw.places,
        tick=draw.ticks,
        times=draw.times,
    )
    def start_and_end_rides(
        self, vehicle: Key, rider: Key, place: Place, tick: timedelta, times: int
    ) -> None:
        for _ in range(times):
            self.start_ride(vehicle, rider, tick, number=0)
            self.end_ride((vehicle[0], self.fate.new_id), rider, place, tick)

    @precondition(lambda self: self.model.rides)
    @rule(ride=draw.any_ride, by=draw.by_somebody, tick=draw.ticks)
    def start_ride_again(self, ride: Key, by: Key | None, tick: timedelta) -> None:
        self.fate.now += tick
        row = self.model.rides[ride]
        self._start((row.city, row.vehicle_id), by or (row.rider_city, row.rider_id), row.id)

    @precondition(lambda self: self.model.rides)
    @rule(
        ride=draw.some("rides"),
        by=draw.by_somebody,
        place=draw.places,
        tick=draw.ticks,
        ago=draw.ticks_or_none,
    )
    def end_ride(
        self, ride: Key, by: Key | None, place: Place, tick: timedelta, ago: timedelta | None = None
    ) -> None:
        self.fate.now += tick
        end_time = None if ago is None else self.fate.now - ago
        row = self.model.rides.get(ride)
        by = by or ((row.rider_city, row.rider_id) if row else ride)
        key = {"city": ride[0], "ride_id": ride[1], "rider_city": by[0], "rider_id": by[1]}
        self.do("end_ride", **key, place=place, end_time=end_time)
        self.do("get_ride", **key)

    @precondition(lambda self: self.model.rides)
    @rule(ride=draw.some("rides"), by=draw.by_somebody, tick=draw.ticks)
    def cancel_ride(self, ride: Key, by: Key | None, tick: timedelta) -> None:
        self.fate.now += tick
        row = self.model.rides.get(ride)
        by = by or ((row.rider_city, row.rider_id) if row else ride)
        key = {"city": ride[0], "ride_id": ride[1], "rider_city": by[0], "rider_id": by[1]}
        self.do("cancel_ride", **key)
        self.do("get_ride", **key)

    @rule(city=draw.cities, ago=draw.ticks, twice=draw.booleans)
    def ask_about_forgotten_rides(self, city: str, ago: timedelta, twice: bool) -> None:
        given = {"city": city, "started_by": self.fate.now - ago}
        found = self.model.get_forgotten_rides(**given)
        self.do("get_forgotten_rides", **given)
        for ride in found * (1 + twice):
            self.do("ask_if_riding", ride=ride)

    def _start(self, vehicle: Key, rider: Key, ride_id: UUID | None = None) -> None:
        # A list is ordered by start and id, and an id means one ride where nobody forges it.
        wanted = ride_id or self.fate.new_id
        while any(
            (row.start_time, row.id) == (self.fate.now, wanted) for row in self.model.rides.values()
        ):
            self.fate.now += timedelta(milliseconds=1)
        self.do(
            "start_ride",
            city=vehicle[0],
            vehicle_id=vehicle[1],
            rider_city=rider[0],
            rider_id=rider[1],
            ride_id=ride_id,
            mail_in="en" if wanted.int % 2 else None,
        )

    # --- The end ---

    def teardown(self) -> None:
        # After a failure this would only hide it behind another one.
        if not self.agreed:
            return
        check_invariants(self.movr)
        for user in self.model.users:
            self.look_at_account(user, CITIES)
        for city in CITIES:
            for kind in (None, *VehicleType):
                self.look_at_city(city, kind, available_only=kind is None)
