"""Demonstration data: owners, riders, vehicles at real places, and rides between them.

The rows obey every rule that the transactions enforce. They come in batches, so that any number
can be written with little memory and in short transactions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from movr.kinds import VehicleStatus, VehicleType
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.places import PLACES
from movr.records import Place, Point
from movr.regions import CITIES

DEMO_USERNAME: Final = "demo"
DEMO_PASSWORD: Final = "demo-rides"  # noqa: S105 (it is printed for everyone to use)
DEMO_CITY: Final = "new york"

_BATCH: Final = 240
_VEHICLES_PER_OWNER: Final = 12
_ONE_RIDDEN_IN: Final = 7
# How far from the centre of a place a vehicle may be parked, in degrees: some 40 m.
_SPREAD: Final = 0.0004
_HISTORY: Final = timedelta(days=90)
_LONGEST_RIDE: Final = timedelta(minutes=45)
_COLORS: Final = ("black", "blue", "green", "orange", "red", "silver", "white", "yellow")
_BRANDS: Final = {
    VehicleType.BIKE: ("Cargo", "City", "Folding", "Touring"),
    VehicleType.SCOOTER: ("Commuter", "Glide", "Sprint"),
    VehicleType.SKATEBOARD: ("Cruiser", "Longboard", "Street"),
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows of each kind a city gets, plus one owner for every dozen vehicles."""

    vehicles: int = 36
    riders: int = 12
    rides: int = 60


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to write in one transaction, in the order of the fields."""

    users: Rows = field(default_factory=list)
    vehicles: Rows = field(default_factory=list)
    rides: Rows = field(default_factory=list)


class Sample:
    """The demonstration data of one city.

    `password_hash` is that of all its riders: of the demo password, or one that no password
    matches. The same `random` gives the same rows.
    """

    def __init__(self, city: str, *, password_hash: str, now: datetime, random: Random) -> None:
        self._city = city
        self._password_hash = password_hash
        self._now = now
        self._random = random
        # Different in each sample, so that a second one adds to the first.
        self._tag = f"{random.getrandbits(32):08x}"

    def batches(self, sizes: Sizes) -> Iterator[Batch]:
        """Yield owners with vehicles, riders, some of them riding, and past rides."""
        chunks = max(1, -(-max(sizes.vehicles, sizes.riders) // _BATCH))
        for chunk in range(chunks):
            part = Sizes(
                *(
                    total * (chunk + 1) // chunks - total * chunk // chunks
                    for total in (sizes.vehicles, sizes.riders, sizes.rides)
                )
            )
            yield from self._chunk(part, chunk)

    def demo_user(self) -> Batch:
        """Return the demo account: an owner of three vehicles, with past rides."""
        demo = self._user(DEMO_USERNAME, "Demo", is_owner=True)
        vehicles = [self._vehicle(demo, kind) for kind in VehicleType]
        return Batch([demo], vehicles, list(self._past_rides(30, [demo], vehicles)))

    def _chunk(self, sizes: Sizes, chunk: int) -> Iterator[Batch]:
        owners = [
            self._user(f"owner-{self._tag}-{chunk}-{number}", "Owner", is_owner=True)
            for number in range(-(-sizes.vehicles // _VEHICLES_PER_OWNER))
        ]
        riders = [
            self._user(f"rider-{self._tag}-{chunk}-{number}", "Rider")
            for number in range(sizes.riders)
        ]
        kinds = tuple(VehicleType)
        vehicles = [
            self._vehicle(owners[number // _VEHICLES_PER_OWNER], kinds[number % len(kinds)])
            for number in range(sizes.vehicles)
        ]
        # At most half of the riders are riding, so that the others can start a ride.
        ridden = vehicles[_ONE_RIDDEN_IN - 1 :: _ONE_RIDDEN_IN]
        running = [
            self._running_ride(rider, vehicle)
            for rider, vehicle in zip(riders[::2], ridden, strict=False)
        ]
        # Before riders and vehicles are written, because their counts include these.
        rides = list(self._past_rides(sizes.rides, riders, vehicles)) if riders and vehicles else []
        yield Batch(owners + riders, vehicles, running)
        for begin in range(0, len(rides), _BATCH):
            yield Batch(rides=rides[begin : begin + _BATCH])

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _place(self) -> Place:
        return self._random.choice(PLACES[self._city])

    def _point(self, place: Place) -> Point:
        return place.point or CITIES[self._city].centre

    def _user(self, username: str, first_name: str, *, is_owner: bool = False) -> dict[str, Any]:
        return {
            "city": self._city,
            "id": self._id(),
            "first_name": first_name,
            "last_name": "Sample",
            "email": f"{username}@example.com",
            "username": username,
            "password_hash": self._password_hash,
            "is_owner": is_owner,
            "active_ride_city": None,
            "active_ride_id": None,
            "session_epoch": 0,
            "sessions": "",
            "confirmed_hash": None,
            "reset_hash": None,
            "reset_epoch": None,
            "reset_until": None,
            "ride_count": 0,
            "time_ridden": timedelta(0),
            "ridden_in": (),
            "rides_noted": 0,
        }

    def _vehicle(self, owner: dict[str, Any], kind: VehicleType) -> dict[str, Any]:
        place = self._place()
        centre = self._point(place)
        point = Point(
            round(centre.latitude + self._random.uniform(-_SPREAD, _SPREAD), 6),
            round(centre.longitude + self._random.uniform(-_SPREAD, _SPREAD), 6),
        )
        return {
            "city": self._city,
            "id": self._id(),
            "type": kind,
            "owner_id": owner["id"],
            "date_added": self._now - _HISTORY,
            "status": VehicleStatus.AVAILABLE,
            "last_location": place.name,
            "latitude": point.latitude,
            "longitude": point.longitude,
            "cell": point.cell,
            "color": self._random.choice(_COLORS),
            "brand": self._random.choice(_BRANDS[kind]),
            # Given when the row is there, because others may have the number.
            "number": None,
            "paused_since": None,
            "problem_since": None,
            "ride_count": 0,
            "time_ridden": timedelta(0),
        }

    def _ride(
        self, rider: dict[str, Any], vehicle: dict[str, Any], start: Place, start_time: datetime
    ) -> dict[str, Any]:
        point = self._point(start)
        return {
            "city": self._city,
            "id": self._id(),
            "rider_city": rider["city"],
            "rider_id": rider["id"],
            "vehicle_id": vehicle["id"],
            "start_location": start.name,
            "start_time": start_time,
            "end_location": None,
            "end_time": None,
            "length": None,
            "cancelled": False,
            "start_latitude": point.latitude,
            "start_longitude": point.longitude,
            "end_latitude": None,
            "end_longitude": None,
        }

    def _running_ride(self, rider: dict[str, Any], vehicle: dict[str, Any]) -> dict[str, Any]:
        start_time = self._now - timedelta(minutes=self._random.randrange(1, 20))
        point = Point(vehicle["latitude"], vehicle["longitude"])
        ride = self._ride(rider, vehicle, Place(vehicle["last_location"], point), start_time)
        rider.update(active_ride_city=self._city, active_ride_id=ride["id"])
        vehicle["status"] = VehicleStatus.UNAVAILABLE
        return ride

    def _past_rides(self, count: int, riders: Rows, vehicles: Rows) -> Iterator[dict[str, Any]]:
        """Yield `count` ended rides, one after the other, so that no two overlap."""
        step = (_HISTORY - timedelta(hours=1)) / max(count, 1)
        longest = min(step, _LONGEST_RIDE)
        for number in range(count):
            start_time = self._now - timedelta(hours=1) - step * (number + 1)
            start_time = start_time.replace(microsecond=0)
            length = timedelta(seconds=int(longest.total_seconds() * self._random.uniform(0.1, 1)))
            rider, vehicle = self._random.choice(riders), self._random.choice(vehicles)
            ride = self._ride(rider, vehicle, self._place(), start_time)
            place = self._place()
            point = self._point(place)
            ride.update(
                end_location=place.name,
                end_time=start_time + length,
                length=length,
                end_latitude=point.latitude,
                end_longitude=point.longitude,
            )
            for ridden in (rider, vehicle):
                ridden["ride_count"] += 1
                ridden["time_ridden"] += length
            rider.update(ridden_in=(self._city,), rides_noted=rider["ride_count"])
            yield ride


def add_sample_txn(session: Session, batch: Batch) -> None:
    """Write a batch of demonstration data."""
    for table, rows in (
        (Users, batch.users),
        (Vehicles, batch.vehicles),
        (Rides, batch.rides),
    ):
        if rows:
            session.execute(insert(table), rows)
