"""What the pages of owners have in common: their vehicles, every one with its number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import request

from movr import MovR
from movr.numbers import read_number
from movr.records import OwnVehicle, Page, Problem, Totals, User
from web.claims import Claim
from web.extensions import movr
from web.filters import seems_forgotten
from web.reservations import standing


@dataclass(frozen=True, slots=True)
class FleetTotals:
    """How many of an owner's vehicles there are in each state, and how much all were ridden."""

    count: int
    problems: int
    in_use: int
    paused: int
    available: int
    ridden: Totals


def own_fleet(asking: MovR, owner: User | Claim) -> tuple[Page[OwnVehicle], FleetTotals | None]:
    """Return an owner's vehicles, what needs the owner first, with totals.

    Of more than fit on a page there are no totals, and each page is in order for itself.
    """
    page = own_vehicles(asking, owner, fleet=True)
    is_all = page.next_cursor is None and not request.args.get("after")
    # They come in the order of their ids, which is kept among those that need as much.
    ordered = Page(tuple(sorted(page.rows, key=_need)), page.next_cursor)
    return ordered, _totals(page.rows) if is_all and page.rows else None


def _need(vehicle: OwnVehicle) -> int:
    """Return how little a vehicle needs its owner, from 0."""
    if vehicle.problem_since:
        return 0
    if vehicle.ridden_since:
        return 1 if seems_forgotten(vehicle.ridden_since) else 2
    return 3 if vehicle.paused_since else 4


def _totals(vehicles: Sequence[OwnVehicle]) -> FleetTotals:
    needs = Counter(map(_need, vehicles))
    return FleetTotals(
        count=len(vehicles),
        problems=needs[0],
        in_use=needs[1] + needs[2],
        paused=needs[3],
        available=needs[4],
        ridden=Totals(
            sum(vehicle.ride_count for vehicle in vehicles),
            sum((vehicle.time_ridden for vehicle in vehicles), timedelta()),
        ),
    )


def own_vehicles(asking: MovR, owner: User | Claim, *, fleet: bool = False) -> Page[OwnVehicle]:
    """Return the page of an owner's vehicles that begins after ?after=.

    Those that the version before has added are given their numbers now, whoever asks.
    """
    cursor = request.args.get("after") or None

    def read() -> Page[OwnVehicle]:
        return asking.get_vehicles_of_owner(
            city=owner.city, owner_id=owner.id, cursor=cursor, fleet=fleet
        )

    page = read()
    without_number = [vehicle.id for vehicle in page.rows if vehicle.number is None]
    if not without_number:
        return page
    movr.number_vehicles(city=owner.city, vehicle_ids=without_number)
    return read()


def own_vehicle_numbered(asking: MovR, owner: User | Claim, typed: str) -> Page[OwnVehicle]:
    """Return an owner's vehicle with the number that was typed, as a page of one or none."""
    found = read_number(typed, owner.city)
    if found is None or found[0] != owner.city:
        return Page((), None)
    return asking.get_vehicles_of_owner(city=owner.city, owner_id=owner.id, number=found[1])


def states_of(page: Page[OwnVehicle], problems: dict[UUID, list[Problem]]) -> dict[UUID, str]:
    """Return what each vehicle of a page is to its owner, as class names have it.

    That is "available", "reserved", "in-use", "paused" or "problem".
    """
    return {vehicle.id: _state(vehicle, bool(problems.get(vehicle.id))) for vehicle in page.rows}


def _state(vehicle: OwnVehicle, is_reported: bool) -> str:
    state = standing(vehicle, None)
    if state == "in_use":
        return "in-use"
    if is_reported:
        return "problem"
    return "paused" if state == "problem" else state


def problems_of(owner: User, page: Page[OwnVehicle]) -> dict[UUID, list[Problem]]:
    """Return the open problems of each vehicle of a page that has some, oldest first."""
    reported: dict[UUID, list[Problem]] = {
        vehicle.id: [] for vehicle in page.rows if vehicle.problem_since
    }
    if reported:
        for problem in movr.get_problems_of_owner(
            city=owner.city, owner_id=owner.id, vehicle_ids=list(reported)
        ):
            reported[problem.vehicle_id].append(problem)
    return reported
