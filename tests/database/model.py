"""MovR without a database: what each method must answer and change, in plain Python.

Rows are kept as the tables hold them, so that both can be compared as they are. Lists come whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from movr.errors import (
    AlreadyRiding,
    NotFound,
    NotYours,
    OwnsVehicles,
    RideCancelled,
    RideRunning,
    TooLateToCancel,
    UsernameTaken,
    VehicleInUse,
    VehicleMoved,
    VehiclePaused,
    VehicleUnavailable,
    WrongEndTime,
    WrongPassword,
)
from movr.records import (
    LoginSession,
    OwnVehicle,
    Place,
    Ride,
    Rider,
    Totals,
    User,
    Vehicle,
    VehicleStatus,
    VehicleType,
)
from tests.database.world import Rows, World, as_record

_NO_RIDES = {"ride_count": 0, "time_ridden": timedelta(0)}

_LOOKS = ("type", "color", "brand", "number")

CITIES = ("new york", "boston", "rome")


@dataclass
class Fate:
    """What is neither asked for nor decided: the time, and the ids and numbers of what comes."""

    now: datetime
    new_id: UUID
    new_numbers: tuple[str, ...] = ()


class Model:
    """What MovR must do. Methods have the names, arguments and errors of MovR's."""

    def __init__(self, fate: Fate, hashes: dict[str, str]) -> None:
        self.fate = fate
        self.users: Rows = {}
        self.vehicles: Rows = {}
        self.rides: Rows = {}
        self._hashes = hashes

    @property
    def world(self) -> World:
        """All rows, as read_world() reads them."""
        return World(self.users, self.vehicles, self.rides)

    # --- Users ---

    def add_user(
        self,
        *,
        city: str,
        username: str,
        password: str,
        session: LoginSession | None = None,
        **person: str,
    ) -> User:
        if city not in CITIES:
            raise NotFound
        if any(user.username == username.lower() for user in self.users.values()):
            raise UsernameTaken
        self.users[city, self.fate.new_id] = SimpleNamespace(
            city=city,
            id=self.fate.new_id,
            username=username.lower(),
            password_hash=self._hashes[password],
            is_owner=False,
            session_epoch=0,
            sessions=(session,) if session else (),
            active_ride_city=None,
            active_ride_id=None,
            ridden_in=(),
            rides_noted=0,
            **_NO_RIDES,
            **person,
        )
        return self.get_user(city=city, user_id=self.fate.new_id)

    def authenticate(
        self, *, username: str, password: str, cities: Sequence[str]
    ) -> tuple[str, UUID, int] | None:
        for user in self.users.values():
            if user.username == username.lower() and user.password_hash == self._hashes[password]:
                return user.city, user.id, user.session_epoch
        return None

    def get_user(self, *, city: str, user_id: UUID) -> User:
        user = self._open_account(city, user_id)
        riding = user.active_ride_id is not None
        ride = self.rides[user.active_ride_city, user.active_ride_id] if riding else None
        return as_record(User, user, active_ride=self._ride(ride) if ride else None)

    def get_users(self, *, city: str) -> list[Rider]:
        names = {
            user.username: Rider(user.username, user.first_name, user.is_owner)
            for user in self.users.values()
            if user.city == city and user.username is not None
        }
        return [names[name] for name in sorted(names)]

    def begin_session(
        self, *, city: str, user_id: UUID, session_epoch: int, session: LoginSession
    ) -> None:
        user = self._open_account(city, user_id)
        if user.session_epoch != session_epoch:
            raise NotFound
        others = [each for each in user.sessions if each != session]
        user.sessions = (session, *others)[:10]

    def note_session(self, *, city: str, user_id: UUID, session_id: UUID, day: date) -> None:
        user = self.users.get((city, user_id))
        if user is not None:
            user.sessions = tuple(
                replace(each, last_seen=day) if each.id == session_id else each
                for each in user.sessions
            )

    def end_session(self, *, city: str, user_id: UUID, session_id: UUID) -> None:
        user = self.users.get((city, user_id))
        if user is not None:
            user.sessions = tuple(each for each in user.sessions if each.id != session_id)

    def end_sessions(self, *, city: str, user_id: UUID) -> None:
        user = self.users.get((city, user_id))
        if user is not None and user.username is not None:
            user.session_epoch += 1
            user.sessions = ()

    def change_user(self, *, city: str, user_id: UUID, **person: str) -> None:
        vars(self._open_account(city, user_id)).update(person)

    def change_password(
        self,
        *,
        city: str,
        user_id: UUID,
        old_password: str,
        new_password: str,
        session: LoginSession | None = None,
    ) -> int:
        user = self._open_account(city, user_id)
        if user.password_hash != self._hashes[old_password]:
            raise WrongPassword
        user.password_hash = self._hashes[new_password]
        user.session_epoch += 1
        user.sessions = (session,) if session else ()
        return int(user.session_epoch)

    def remove_user(self, *, city: str, user_id: UUID, password: str) -> None:
        user = self._open_account(city, user_id)
        if user.password_hash != self._hashes[password]:
            raise WrongPassword
        if user.active_ride_id is not None:
            raise RideRunning
        if self.get_vehicles_of_owner(city=city, owner_id=user_id):
            raise OwnsVehicles
        for name in ("first_name", "last_name", "email", "username", "password_hash"):
            setattr(user, name, None)
        user.session_epoch += 1
        user.sessions = ()

    def _open_account(self, city: str, user_id: UUID) -> SimpleNamespace:
        user = self.users.get((city, user_id))
        if user is None or user.username is None:
            raise NotFound
        return user

    # --- Vehicles ---

    def add_vehicle(
        self,
        *,
        city: str,
        owner_id: UUID,
        vehicle_type: VehicleType,
        place: Place,
        vehicle_id: UUID | None = None,
        **looks: str,
    ) -> UUID:
        vehicle_id = vehicle_id or self.fate.new_id
        known = self.vehicles.get((city, vehicle_id))
        if known and known.owner_id == owner_id:
            return vehicle_id
        owner = self._open_account(city, owner_id)
        if known:
            raise NotFound
        owner.is_owner = True
        self.vehicles[city, vehicle_id] = SimpleNamespace(
            city=city,
            id=vehicle_id,
            type=vehicle_type,
            owner_id=owner_id,
            date_added=self.fate.now,
            status=VehicleStatus.AVAILABLE,
            number=self._free_number(city),
            paused_since=None,
            **_at(place),
            **looks,
            **_NO_RIDES,
        )
        return vehicle_id

    def number_vehicles(self, *, city: str, vehicle_ids: Sequence[UUID]) -> None:
        for vehicle_id in vehicle_ids:
            vehicle = self.vehicles.get((city, vehicle_id))
            if vehicle is not None and vehicle.number is None:
                vehicle.number = self._free_number(city)

    def _free_number(self, city: str) -> str | None:
        taken = {vehicle.number for vehicle in self.vehicles.values() if vehicle.city == city}
        return next((each for each in self.fate.new_numbers if each not in taken), None)

    def find_vehicle(self, *, city: str, number: str) -> Vehicle:
        for vehicle in self._kept(city):
            if vehicle.number == number:
                return vehicle
        raise NotFound

    def get_vehicles(
        self, *, city: str, vehicle_type: VehicleType | None, available_only: bool
    ) -> list[Vehicle]:
        wanted = (
            vehicle
            for vehicle in self._in_service(city)
            if vehicle_type in (None, vehicle.type)
            and not (available_only and vehicle.status != VehicleStatus.AVAILABLE)
        )
        return sorted(wanted, key=lambda vehicle: (vehicle.status, vehicle.id))

    def get_vehicle(self, *, city: str, vehicle_id: UUID) -> Vehicle:
        for vehicle in self._kept(city):
            if vehicle.id == vehicle_id:
                return vehicle
        raise NotFound

    def get_vehicles_of_owner(self, *, city: str, owner_id: UUID) -> list[OwnVehicle]:
        since = {
            (ride.city, ride.vehicle_id): ride.start_time
            for ride in self.rides.values()
            if ride.end_time is None
        }
        own = (
            as_record(OwnVehicle, vehicle, ridden_since=since.get(key))
            for key, vehicle in self.vehicles.items()
            if (vehicle.city, vehicle.owner_id) == (city, owner_id) and not is_gone(vehicle)
        )
        return sorted(own, key=lambda vehicle: vehicle.id)

    def remove_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        vehicle.status, vehicle.paused_since = VehicleStatus.REMOVED, None

    def pause_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        if is_gone(vehicle):
            raise NotFound
        if vehicle.paused_since is None:
            vehicle.status, vehicle.paused_since = VehicleStatus.REMOVED, self.fate.now

    def resume_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        try:
            vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        except VehicleInUse:
            return
        if is_gone(vehicle):
            raise NotFound
        vehicle.status, vehicle.paused_since = VehicleStatus.AVAILABLE, None

    def change_vehicle(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        owner_city: str,
        owner_id: UUID,
        place: Place,
        ride_count: int | None,
        **looks: str,
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        if is_gone(vehicle):
            raise NotFound
        if ride_count not in (None, vehicle.ride_count):
            raise VehicleMoved
        vars(vehicle).update(looks, **_at(place))

    def _own(self, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID) -> SimpleNamespace:
        """An owner's vehicle that nobody rides."""
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None:
            raise NotFound
        if (vehicle.city, vehicle.owner_id) != (owner_city, owner_id):
            raise NotYours
        if vehicle.status == VehicleStatus.UNAVAILABLE:
            raise VehicleInUse
        return vehicle

    def _kept(self, city: str) -> list[Vehicle]:
        return [
            as_record(Vehicle, vehicle)
            for vehicle in self.vehicles.values()
            if vehicle.city == city and not is_gone(vehicle)
        ]

    def _in_service(self, city: str) -> list[Vehicle]:
        return [
            as_record(Vehicle, vehicle)
            for vehicle in self.vehicles.values()
            if vehicle.city == city and vehicle.status != VehicleStatus.REMOVED
        ]

    # --- Rides ---

    def get_rides(self, *, cities: Sequence[str], rider_city: str, rider_id: UUID) -> list[Ride]:
        ended = (
            self._ride(ride)
            for ride in self.rides.values()
            if (ride.rider_city, ride.rider_id) == (rider_city, rider_id)
            and ride.city in cities
            and ride.end_time is not None
            and not ride.cancelled
        )
        return sorted(ended, key=lambda ride: (ride.start_time, ride.id), reverse=True)

    def get_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> Ride:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            raise NotFound
        return self._ride(ride)

    def get_ride_totals(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        periods: Sequence[tuple[datetime, datetime]],
    ) -> tuple[Totals, ...]:
        rides = self.get_rides(cities=cities, rider_city=rider_city, rider_id=rider_id)
        totals = []
        for begin, end in periods:
            lengths = [
                ride.length or timedelta(0) for ride in rides if begin <= ride.start_time < end
            ]
            totals.append(Totals(len(lengths), sum(lengths, timedelta(0))))
        return tuple(totals)

    def start_ride(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        rider_city: str,
        rider_id: UUID,
        ride_id: UUID | None = None,
    ) -> Ride:
        ride_id = ride_id or self.fate.new_id
        known = self.rides.get((city, ride_id))
        if known and (known.rider_city, known.rider_id) == (rider_city, rider_id):
            if known.cancelled:
                raise RideCancelled
            return self._ride(known)
        rider = self._open_account(rider_city, rider_id)
        if rider.active_ride_id is not None:
            running = self.rides[rider.active_ride_city, rider.active_ride_id]
            if (running.city, running.vehicle_id) != (city, vehicle_id):
                raise AlreadyRiding
            return self._ride(running)
        vehicle = self.vehicles.get((city, vehicle_id))
        if known or vehicle is None or is_gone(vehicle):
            raise NotFound
        if vehicle.paused_since is not None:
            raise VehiclePaused
        if vehicle.status == VehicleStatus.UNAVAILABLE:
            raise VehicleUnavailable
        vehicle.status = VehicleStatus.UNAVAILABLE
        rider.active_ride_city, rider.active_ride_id = city, ride_id
        self.rides[city, ride_id] = SimpleNamespace(
            city=city,
            id=ride_id,
            rider_city=rider_city,
            rider_id=rider_id,
            vehicle_id=vehicle_id,
            start_location=vehicle.last_location,
            end_location=None,
            start_time=self.fate.now,
            end_time=None,
            length=None,
            cancelled=False,
        )
        return self._ride(self.rides[city, ride_id])

    def cancel_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> None:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            return
        if ride.end_time is not None or self.fate.now - ride.start_time > timedelta(minutes=1):
            raise TooLateToCancel
        ride.cancelled = True
        self._finish(ride, ride.start_location)

    def end_ride(
        self,
        *,
        city: str,
        ride_id: UUID,
        rider_city: str,
        rider_id: UUID,
        place: Place,
        end_time: datetime | None = None,
    ) -> Ride:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            raise RideCancelled
        if ride.end_time is None:
            if end_time and not ride.start_time <= end_time <= self.fate.now:
                raise WrongEndTime
            rider, vehicle = self._finish(ride, place.name, end_time)
            vars(vehicle).update(_at(place))
            for ridden in (rider, vehicle):
                ridden.ride_count += 1
                ridden.time_ridden += ride.length
            rider.ridden_in = (*(each for each in rider.ridden_in if each != city), city)
            rider.rides_noted += 1
        return self._ride(ride)

    def note_cities(self, *, rider_city: str, rider_id: UUID) -> tuple[str, ...]:
        rider = self._open_account(rider_city, rider_id)
        rides = self.get_rides(cities=CITIES, rider_city=rider_city, rider_id=rider_id)
        # In the order of the catalogue.
        ridden = tuple(city for city in CITIES if city in {ride.city for ride in rides})
        rider.ridden_in, rider.rides_noted = ridden, rider.ride_count
        return ridden

    def _own_ride(
        self, city: str, ride_id: UUID, rider_city: str, rider_id: UUID
    ) -> SimpleNamespace:
        ride = self.rides.get((city, ride_id))
        if ride is None or (ride.rider_city, ride.rider_id) != (rider_city, rider_id):
            raise NotFound
        return ride

    def _finish(
        self, ride: SimpleNamespace, location: str, end_time: datetime | None = None
    ) -> tuple[SimpleNamespace, SimpleNamespace]:
        """End a running ride, and return its rider and its vehicle, who are free."""
        # A clock that is behind ends the ride when it began.
        ride.end_time = max(ride.start_time, end_time or self.fate.now)
        ride.length = ride.end_time - ride.start_time
        ride.end_location = location
        rider = self.users[ride.rider_city, ride.rider_id]
        rider.active_ride_city = rider.active_ride_id = None
        vehicle = self.vehicles[ride.city, ride.vehicle_id]
        vehicle.status = VehicleStatus.AVAILABLE
        return rider, vehicle

    def _ride(self, ride: SimpleNamespace) -> Ride:
        vehicle = self.vehicles[ride.city, ride.vehicle_id]
        looks = {f"vehicle_{name}": getattr(vehicle, name) for name in _LOOKS}
        return as_record(Ride, ride, **looks)


def is_gone(vehicle: SimpleNamespace) -> bool:
    """Whether its owner has stopped sharing it for good."""
    return bool(vehicle.status == VehicleStatus.REMOVED and vehicle.paused_since is None)


def _at(place: Place) -> dict[str, Any]:
    return {
        "last_location": place.name,
        "latitude": place.point and place.point.latitude,
        "longitude": place.point and place.point.longitude,
        "cell": place.point and place.point.cell,
    }
