"""Many rows at once, for lists of several pages: written past MovR, by the rules of MovR."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, update

from movr import MovR
from movr.kinds import VehicleStatus, VehicleType
from movr.models import Base, Ride, User, Vehicle
from movr.records import Place
from movr.records import User as UserRecord
from movr.records import Vehicle as VehicleRecord
from movr.rides.cities import with_city

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def add_rows(movr: MovR, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write rows of one table in one transaction."""
    with movr.engine.begin() as connection:
        connection.execute(insert(model), rows)


def add_users(movr: MovR, city: str, usernames: list[str], password_hash: str = "none") -> None:
    """Open accounts, which nobody can log in to without a hash."""
    rows = [
        {
            "city": city,
            "id": uuid4(),
            "first_name": "Ada",
            "last_name": "Rider",
            "email": f"{number}@example.com",
            "username": username,
            "password_hash": password_hash,
            "is_owner": False,
            "session_epoch": 0,
        }
        for number, username in enumerate(usernames)
    ]
    add_rows(movr, User, rows)


def add_vehicles(
    movr: MovR,
    owner: UserRecord,
    count: int,
    kind: VehicleType = VehicleType.BIKE,
    status: VehicleStatus = VehicleStatus.AVAILABLE,
    places: Sequence[Place] = (Place("here"),),
) -> list[UUID]:
    """Share vehicles of an owner, whose ids are returned in order; they share the places."""
    ids = sorted(uuid4() for _ in range(count))
    rows = [
        {
            "city": owner.city,
            "id": vehicle_id,
            "type": kind,
            "owner_id": owner.id,
            "date_added": NOON,
            "status": status,
            "last_location": place.name,
            "latitude": place.point and place.point.latitude,
            "longitude": place.point and place.point.longitude,
            "cell": place.point and place.point.cell,
            "color": "red",
            "brand": "City",
        }
        for vehicle_id, place in zip(ids, cycle(places), strict=False)
    ]
    add_rows(movr, Vehicle, rows)
    with movr.engine.begin() as connection:
        whose = (User.city == owner.city, User.id == owner.id)
        connection.execute(update(User).where(*whose).values(is_owner=True))
    return ids


def add_rides(
    movr: MovR, rider: UserRecord, vehicle: VehicleRecord, start_times: list[datetime]
) -> list[tuple[datetime, UUID]]:
    """Write ended rides of ten minutes; returns their (start_time, id), newest first."""
    keys = sorted(((moment, uuid4()) for moment in start_times), reverse=True)
    length = timedelta(minutes=10)
    rows = [
        {
            "city": vehicle.city,
            "id": ride_id,
            "rider_city": rider.city,
            "rider_id": rider.id,
            "vehicle_id": vehicle.id,
            "start_location": "here",
            "end_location": "there",
            "start_time": start_time,
            "end_time": start_time + length,
            "length": length,
        }
        for start_time, ride_id in keys
    ]
    add_rows(movr, Ride, rows)
    with movr.engine.begin() as connection:
        for model, ridden in ((User, rider), (Vehicle, vehicle)):
            connection.execute(
                update(model)
                .where(model.city == ridden.city, model.id == ridden.id)
                .values(
                    ride_count=model.ride_count + len(keys),
                    time_ridden=model.time_ridden + len(keys) * length,
                )
            )
        connection.execute(
            update(User)
            .where(User.city == rider.city, User.id == rider.id)
            .values(
                ridden_in=with_city(User.ridden_in, vehicle.city),
                rides_noted=User.rides_noted + len(keys),
            )
        )
    return keys
