"""What the writes of rides have in common: which ride may end, and what says that it has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case

from movr.database.intervals import elapsed
from movr.models import Ride as Rides


def running_ride(
    city: str, ride_id: UUID, rider_city: str, rider_id: UUID
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on which a rider may end a ride, or cancel it."""
    return (
        Rides.city == city,
        Rides.id == ride_id,
        Rides.rider_city == rider_city,
        Rides.rider_id == rider_id,
        Rides.end_time.is_(None),
    )


def ended_at(moment: datetime) -> dict[str, Any]:
    """Return the values of a ride's columns that say when it ended."""
    # The clocks of two containers may differ, but no ride may end before it started.
    end_time = case((Rides.start_time > moment, Rides.start_time), else_=moment)
    return {"end_time": end_time, "length": elapsed(Rides.start_time, end_time), "note_in": None}
