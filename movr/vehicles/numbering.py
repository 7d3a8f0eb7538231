"""Statements that give vehicles their numbers: each the first of a few that is free in its city."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, String, bindparam, case, exists, update
from sqlalchemy.orm import aliased

from movr.models import Vehicle as Vehicles
from movr.numbers import CANDIDATES

_OTHER: Final = aliased(Vehicles)


def _is_free(number: BindParameter[str]) -> ColumnElement[bool]:
    return ~exists().where(_OTHER.city == bindparam("in_city"), _OTHER.number == number)


# NULL if all of them are taken. Built once, because that takes longer than running it.
_CANDIDATES: Final = [bindparam(f"number_{place}", type_=String()) for place in range(CANDIDATES)]
FIRST_FREE: Final = case(*((_is_free(number), number) for number in _CANDIDATES))
NUMBERING: Final = (
    update(Vehicles)
    .where(
        Vehicles.city == bindparam("in_city"),
        Vehicles.id == bindparam("vehicle_id"),
        Vehicles.number.is_(None),
    )
    .values(number=FIRST_FREE)
)


def candidates(city: str, numbers: Sequence[str]) -> dict[str, str]:
    """Return the values for FIRST_FREE."""
    return {"in_city": city} | {f"number_{place}": each for place, each in enumerate(numbers)}
