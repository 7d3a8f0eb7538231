"""What the pages of owners have in common: their vehicles, every one with its number."""

from uuid import UUID

from flask import request

from movr.numbers import read_number
from movr.records import OwnVehicle, Page, Problem, User
from web.extensions import movr


def own_vehicles(owner: User) -> Page[OwnVehicle]:
    """Return the page of an owner's vehicles that begins after ?after=.

    Those that the version before has added are given their numbers now.
    """
    cursor = request.args.get("after") or None

    def read() -> Page[OwnVehicle]:
        return movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id, cursor=cursor)

    page = read()
    without_number = [vehicle.id for vehicle in page.rows if vehicle.number is None]
    if not without_number:
        return page
    movr.number_vehicles(city=owner.city, vehicle_ids=without_number)
    return read()


def own_vehicle_numbered(owner: User, typed: str) -> Page[OwnVehicle]:
    """Return an owner's vehicle with the number that was typed, as a page of one or none."""
    found = read_number(typed, owner.city)
    if found is None or found[0] != owner.city:
        return Page((), None)
    return movr.get_vehicles_of_owner(city=owner.city, owner_id=owner.id, number=found[1])


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
