"""Draws what riders and owners do, right and wrong, does it to MovR and to the model, and compares.

Ids are small numbers, so that users, vehicles and rides of different cities often share one.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from movr import MovR
from movr.errors import MovRError
from movr.records import Page, Spot, VehicleType
from tests.database.invariants import check_invariants
from tests.database.model import CITIES, Fate, Model
from tests.database.world import Key, empty, read_world

PASSWORDS: Final = ("correct horse", "battery staple")
PAGE_SIZE: Final = 2
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Open accounts and vehicles in service: enough for something to happen, and few enough for people
# to get in each other's way.
FEWEST: Final = 2
MOST: Final = 5

_UNKNOWN: Final = UUID(int=99)

cities = st.sampled_from((*CITIES, "atlantis"))
several_cities = st.sampled_from((CITIES, CITIES[:1], CITIES[1:]))
usernames = st.sampled_from(("ada", "ADA", "Ben", "cleo", "Dora"))
passwords = st.sampled_from(PASSWORDS)
types = st.sampled_from(VehicleType)
spots = st.sampled_from((Spot("Pier 17", 40.7061, -73.9969), Spot("a corner")))
numbers = st.integers(0, 3)
# Whether the caller gives the id, which may be taken, perhaps by the very same call.
named = st.booleans()
# The clock of one container may be behind that of another.
ticks = st.sampled_from((0, 1, 1_000, 61_001, -1_000)).map(lambda ms: timedelta(milliseconds=ms))


def some(table: str) -> st.SearchStrategy[Key]:
    """The key of a row; at times one that is wrong, or right in another city only."""
    return st.runner().flatmap(lambda machine: st.sampled_from(machine.keys(table)))


# None stands for whoever may do it: the vehicle's owner or the ride's rider.
by_somebody = st.none() | st.none() | some("users")


class MovRMachine(RuleBasedStateMachine):
    """One run of many steps, on empty tables. `fate` must be what MovR's clock and ids obey."""

    def __init__(self, movr: MovR, fate: Fate, hashes: dict[str, str]) -> None:
        super().__init__()
        empty(movr)
        fate.now = NOON
        self.movr = movr
        self.fate = fate
        self.model = Model(fate, hashes)
        self.agreed = True

    def keys(self, table: str) -> list[Key]:
        """Where a row may be looked for: most often one of which something can become."""
        rows = getattr(self.model, table)
        live = [key for key, row in rows.items() if _is_live(row)]
        wrong = [(CITIES[CITIES.index(city) - 1], id_) for city, id_ in rows]
        return [*live * 4, *rows, *wrong, (CITIES[0], _UNKNOWN)]

    def live(self, table: str) -> int:
        """How many rows there are of which something can become."""
        return sum(map(_is_live, getattr(self.model, table).values()))

    def do(self, name: str, **given: Any) -> None:
        """Do the same to both: it must come to the same."""
        self.agreed = False
        wanted = _outcome(getattr(self.model, name), given)
        assert _outcome(getattr(self.movr, name), given) == wanted
        self.agreed = True

    def read(self, name: str, **given: Any) -> None:
        """Read a list from both: from MovR page by page, from the model at once."""
        self.agreed = False
        whole = getattr(self.model, name)(**given)
        cursor = None
        for begin in range(0, max(1, len(whole)), PAGE_SIZE):
            page: Page[Any] = getattr(self.movr, name)(**given, cursor=cursor)
            cursor = page.next_cursor
            assert page.rows == tuple(whole[begin : begin + PAGE_SIZE])
            assert (cursor is None) == (begin + PAGE_SIZE >= len(whole))
        self.agreed = True

    def next_id(self, table: str, city: str, number: int) -> None:
        """Let the next id be this number, or the first one after it that is free in the city."""
        taken = getattr(self.model, table)
        self.fate.new_id = next(
            UUID(int=each) for each in count(number) if (city, UUID(int=each)) not in taken
        )

    # --- Users ---

    @initialize()
    def people_and_vehicles(self) -> None:
        for number, city in enumerate(("new york", "new york", "rome", "rome")):
            self.add_user(city, f"rider-{number}", PASSWORDS[0], 0)
        # The one who is left without has an id that an owner in another city has too.
        for owner in (key for key in list(self.model.users) if key != ("rome", UUID(int=0))):
            self.add_vehicle(owner, VehicleType.BIKE, Spot("a corner"), timedelta(0), 0)

    @precondition(lambda self: self.live("users") < MOST)
    @rule(city=cities, username=usernames, password=passwords, number=numbers)
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

    @rule(user=some("users"), cities=several_cities)
    def look_at_account(self, user: Key, cities: Sequence[str]) -> None:
        self.do("get_user", city=user[0], user_id=user[1])
        self.read("get_vehicles_of_owner", city=user[0], owner_id=user[1])
        self.read("get_rides", cities=cities, rider_city=user[0], rider_id=user[1])

    @rule(city=cities, kind=st.none() | types, available_only=st.booleans())
    def look_at_city(self, city: str, kind: VehicleType | None, available_only: bool) -> None:
        self.read("get_users", city=city)
        self.read("get_vehicles", city=city, vehicle_type=kind, available_only=available_only)

    @rule(user=some("users"), username=usernames, password=passwords, cities=several_cities)
    def sign_out_and_in(
        self, user: Key, username: str, password: str, cities: Sequence[str]
    ) -> None:
        self.do("end_sessions", city=user[0], user_id=user[1])
        row = self.model.users.get(user)
        username = row.username if row and row.username else username
        self.do("authenticate", username=username, password=password, cities=cities)

    @precondition(lambda self: self.live("users") >= FEWEST)
    @rule(user=some("users"))
    def remove_user(self, user: Key) -> None:
        self.do("remove_user", city=user[0], user_id=user[1])

    # --- Vehicles ---

    @precondition(lambda self: self.live("vehicles") < MOST)
    @rule(owner=some("users"), kind=types, spot=spots, tick=ticks, number=numbers, named=named)
    def add_vehicle(
        self,
        owner: Key,
        kind: VehicleType,
        spot: Spot,
        tick: timedelta,
        number: int,
        named: bool = False,
    ) -> None:
        self.fate.now += tick
        self.next_id("vehicles", owner[0], number)
        self.do(
            "add_vehicle",
            city=owner[0],
            owner_id=owner[1],
            vehicle_type=kind,
            color=f"Color {number}",
            brand=f"Brand {number}",
            spot=spot,
            vehicle_id=UUID(int=number) if named else None,
        )

    @precondition(lambda self: self.live("vehicles") >= FEWEST)
    @rule(vehicle=some("vehicles"), by=by_somebody)
    def remove_vehicle(self, vehicle: Key, by: Key | None) -> None:
        row = self.model.vehicles.get(vehicle)
        by = by or ((row.city, row.owner_id) if row else vehicle)
        self.do(
            "remove_vehicle",
            city=vehicle[0],
            vehicle_id=vehicle[1],
            owner_city=by[0],
            owner_id=by[1],
        )

    # --- Rides ---

    @rule(vehicle=some("vehicles"), rider=some("users"), tick=ticks, number=numbers, named=named)
    def start_ride(
        self, vehicle: Key, rider: Key, tick: timedelta, number: int, named: bool = False
    ) -> None:
        self.fate.now += tick
        self.next_id("rides", vehicle[0], number)
        self._start(vehicle, rider, UUID(int=number) if named else None)

    @rule(vehicle=some("vehicles"), one=some("users"), other=some("users"), number=numbers)
    def start_two_rides(self, vehicle: Key, one: Key, other: Key, number: int) -> None:
        for rider in (one, other):
            self.start_ride(vehicle, rider, timedelta(0), number)

    @rule(vehicle=some("vehicles"), rider=some("users"), spot=spots, tick=ticks, number=numbers)
    def start_and_end_ride(
        self, vehicle: Key, rider: Key, spot: Spot, tick: timedelta, number: int
    ) -> None:
        self.start_ride(vehicle, rider, tick, number)
        self.end_ride((vehicle[0], self.fate.new_id), rider, spot, tick)

    @precondition(lambda self: self.model.rides)
    @rule(ride=some("rides"), by=by_somebody, tick=ticks)
    def start_ride_again(self, ride: Key, by: Key | None, tick: timedelta) -> None:
        self.fate.now += tick
        row = self.model.rides.get(ride)
        if row is not None:
            self._start((row.city, row.vehicle_id), by or (row.rider_city, row.rider_id), row.id)

    @precondition(lambda self: self.model.rides)
    @rule(ride=some("rides"), by=by_somebody, spot=spots, tick=ticks)
    def end_ride(self, ride: Key, by: Key | None, spot: Spot, tick: timedelta) -> None:
        self.fate.now += tick
        row = self.model.rides.get(ride)
        by = by or ((row.rider_city, row.rider_id) if row else ride)
        self.do(
            "end_ride",
            city=ride[0],
            ride_id=ride[1],
            rider_city=by[0],
            rider_id=by[1],
            spot=spot,
        )

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
        )

    # --- What is compared whatever was done ---

    @invariant()
    def rows_are_those_of_the_model(self) -> None:
        self.agreed = False
        assert read_world(self.movr) == self.model.world
        self.agreed = True

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


def _is_live(row: SimpleNamespace) -> bool:
    """Whether it is an open account, a vehicle in service or a running ride."""
    if hasattr(row, "username"):
        return row.username is not None
    return row.end_time is None if hasattr(row, "end_time") else row.status != "removed"


def _outcome(method: Callable[..., Any], given: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "returns", method(**given)
    except MovRError as error:
        return "raises", type(error)
