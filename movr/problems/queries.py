"""The reads of problems: those of an owner's vehicles, and those of a city for its operators."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, select

from movr.database.reading import Reader, rows
from movr.models import OPEN
from movr.models import Problem as Problems
from movr.models import Vehicle as Vehicles
from movr.records import Problem
from movr.rules import MOST_PROBLEMS

_OPEN: Final = (
    select(
        Problems.city,
        Problems.id,
        Problems.vehicle_id,
        Vehicles.number,
        Vehicles.last_location,
        Problems.kind,
        Problems.words,
        Problems.reported_time,
    )
    .join(Vehicles, and_(Vehicles.city == Problems.city, Vehicles.id == Problems.vehicle_id))
    .where(Problems.city == bindparam("city"), OPEN)
    .limit(MOST_PROBLEMS)
)
# In the order of the index: some databases would read every problem that there ever was.
_OF_CITY: Final = _OPEN.order_by(
    Problems.vehicle_id, Problems.rider_city, Problems.rider_id, Problems.kind
)
_OF_OWNER: Final = _OPEN.where(
    Problems.vehicle_id.in_(bindparam("vehicle_ids", expanding=True)),
    Vehicles.owner_id == bindparam("owner_id"),
)


def get_problems_txn(reader: Reader, *, city: str) -> tuple[Problem, ...]:
    """Return the open problems of a city, MOST_PROBLEMS at most, oldest first."""
    return _read(reader, _OF_CITY, {"city": city})


def get_problems_of_owner_txn(
    reader: Reader, *, city: str, owner_id: UUID, vehicle_ids: Sequence[UUID]
) -> tuple[Problem, ...]:
    """Return the open problems of these vehicles of an owner, oldest first."""
    values = {"city": city, "owner_id": owner_id, "vehicle_ids": vehicle_ids}
    return _read(reader, _OF_OWNER, values)


def _read(reader: Reader, query: Select[Any], values: dict[str, Any]) -> tuple[Problem, ...]:
    found = (Problem(*row) for row in rows(reader, query, values))
    return tuple(sorted(found, key=lambda problem: (problem.reported_time, problem.id)))
