"""The vehicles in a part of the map, and those nearest to a place, on every database."""

from itertools import product
from random import Random
from typing import Any

import pytest

from movr import MovR
from movr.database import reading
from movr.kinds import VehicleStatus, VehicleType
from movr.records import Box, Place, Point, User, Vehicle
from movr.regions import distance_km
from movr.vehicles.map_queries import MAX_VEHICLES_ON_MAP
from tests.database.actions import start_ride
from tests.database.bulk import add_vehicles
from tests.database.wire import recorded

MANHATTAN = Box(40.70, -74.02, 40.80, -73.93)
HERE = Point(40.75, -73.98)


def scattered(count: int, box: Box = MANHATTAN, seed: int = 7) -> list[Place]:
    """Spots all over a part of the map."""
    draw = Random(seed)
    return [
        Place("here", Point(draw.uniform(box.south, box.north), draw.uniform(box.west, box.east)))
        for _ in range(count)
    ]


def distance(vehicle: Vehicle) -> float:
    return distance_from_here(Place("", vehicle.point))


def distance_from_here(place: Place) -> float:
    assert place.point is not None
    return distance_km(HERE, place.point)


def places(vehicles: tuple[Vehicle, ...]) -> list[str]:
    return sorted(vehicle.last_location for vehicle in vehicles)


@pytest.fixture
def corners(create_vehicle, owner: User) -> list[Vehicle]:
    """Vehicles within a part of the map, on its edge, just outside, and nowhere."""
    all_places = [
        Place("inside", Point(40.75, -73.98)),
        Place("edge", Point(40.70, -74.02)),
        Place("south", Point(40.6999, -73.98)),
        Place("east", Point(40.75, -73.9299)),
        Place("nowhere"),
    ]
    return [create_vehicle(owner=owner, place=place) for place in all_places]


def test_view_has_what_is_in_it_and_nothing_else(movr: MovR, corners, create_vehicle):
    create_vehicle(city="boston", place=Place("another city", Point(40.75, -73.98)))
    view = movr.get_vehicles_in_view(city="new york", box=MANHATTAN)
    assert places(view.vehicles) == ["edge", "inside"]
    assert view.complete
    assert set(view.vehicles) <= set(corners)


def test_view_of_no_vehicles_is_empty_and_complete(movr: MovR, corners):
    for box in (Box(41, -74, 41, -74), Box(-90, -180, -89, -179)):
        view = movr.get_vehicles_in_view(city="new york", box=box)
        assert (view.vehicles, view.complete) == ((), True)


def test_view_of_the_world_has_all_that_have_coordinates(movr: MovR, corners):
    view = movr.get_vehicles_in_view(city="new york", box=Box(-90, -180, 90, 180))
    assert places(view.vehicles) == ["east", "edge", "inside", "south"]


def test_vehicle_out_of_service_is_on_no_map(movr: MovR, owner: User, corners):
    inside = corners[0]
    movr.remove_vehicle(
        city=inside.city, vehicle_id=inside.id, owner_city=owner.city, owner_id=owner.id
    )
    view = movr.get_vehicles_in_view(city="new york", box=MANHATTAN)
    assert places(view.vehicles) == ["edge"]
    near = movr.get_vehicles_near(city="new york", point=HERE)
    assert inside.id not in {vehicle.id for vehicle in near.rows}


FILTERS: list[dict[str, Any]] = [
    {"vehicle_type": kind, "available_only": available}
    for kind, available in product((None, *VehicleType), (False, True))
]


def test_every_part_of_the_map_is_asked_for_by_the_same_statement(movr: MovR):
    draw = Random(3)
    boxes = [Box(-90, -180, 90, 180), Box(40, -74, 40, -74), Box(-90, 1, 90, 1.01)]
    for _ in range(60):
        south, west = draw.uniform(-90, 89), draw.uniform(-180, 179)
        height, width = 10 ** draw.uniform(-4, 2), 10 ** draw.uniform(-4, 2)
        boxes.append(Box(south, west, min(south + height, 90), min(west + width, 180)))

    def look(filters: dict[str, Any], boxes: list[Box]) -> None:
        for box in boxes:
            movr.get_vehicles_in_view(city="new york", box=box, **filters)
            movr.get_vehicles_near(city="new york", point=Point(box.south, box.west), **filters)

    with recorded(movr.engine) as sent:
        for filters in FILTERS:
            look(filters, boxes[:2])
        look({}, boxes)
    # Of a type or of any, available or not; in view and near.
    assert len({statement.text for statement in sent}) == 2 * 4
    look({}, boxes[:1])
    compiled = reading._compile.cache_info().misses
    look({}, boxes)
    assert reading._compile.cache_info().misses == compiled


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_choose_among_those_in_view_and_nearby(
    movr: MovR, create_vehicle, rider: User, owner: User, filters
):
    vehicles = [
        create_vehicle(owner=owner, vehicle_type=kind, place=Place("here", Point(40.75, -73.98)))
        for kind in (*VehicleType, VehicleType.SCOOTER)
    ]
    start_ride(movr, rider, vehicles[1])
    taken = {vehicles[1].id}
    expected = {
        vehicle.id
        for vehicle in vehicles
        if filters["vehicle_type"] in (None, vehicle.type)
        and not (filters["available_only"] and vehicle.id in taken)
    }
    view = movr.get_vehicles_in_view(city="new york", box=MANHATTAN, **filters)
    near = movr.get_vehicles_near(city="new york", point=HERE, **filters)
    assert {vehicle.id for vehicle in view.vehicles} == expected
    assert {vehicle.id for vehicle in near.rows} == expected
    assert view.complete


def test_view_that_is_full_shows_some_from_everywhere_and_says_so(movr: MovR, owner: User):
    # Nine tenths stand in one corner; they must not hide the rest.
    corner = Box(40.70, -74.02, 40.71, -74.01)
    add_vehicles(movr, owner, 2700, places=scattered(2700, corner))
    add_vehicles(movr, owner, 300, places=scattered(300))
    view = movr.get_vehicles_in_view(city="new york", box=MANHATTAN)
    assert not view.complete
    assert 200 <= len(view.vehicles) <= MAX_VEHICLES_ON_MAP
    assert len({vehicle.id for vehicle in view.vehicles}) == len(view.vehicles)
    quarters = {
        (vehicle.latitude > 40.75, vehicle.longitude > -73.975) for vehicle in view.vehicles
    }
    assert len(quarters) == 4


def test_closer_look_at_a_full_view_shows_them_all(movr: MovR, owner: User):
    ids = add_vehicles(movr, owner, 1200, places=scattered(1200))
    box = Box(40.74, -73.99, 40.76, -73.97)
    all_places = scattered(1200)
    expected = {
        vehicle_id
        for vehicle_id, place in zip(ids, all_places, strict=True)
        if box.south <= place.point.latitude <= box.north
        and box.west <= place.point.longitude <= box.east
    }
    view = movr.get_vehicles_in_view(city="new york", box=box)
    assert view.complete
    assert len(expected) > 20
    assert {vehicle.id for vehicle in view.vehicles} == expected


@pytest.mark.parametrize(
    ("count", "complete"), [(MAX_VEHICLES_ON_MAP, True), (MAX_VEHICLES_ON_MAP + 1, False)]
)
def test_view_is_complete_up_to_so_many(movr: MovR, owner: User, count, complete):
    add_vehicles(movr, owner, count, places=scattered(count))
    view = movr.get_vehicles_in_view(city="new york", box=MANHATTAN)
    assert (len(view.vehicles), view.complete) == (MAX_VEHICLES_ON_MAP, complete)


def test_view_in_which_a_filter_may_have_missed_some_is_not_complete(movr: MovR, owner: User):
    # The few scooters are at the end of a street full of bikes.
    add_vehicles(movr, owner, 1500, places=scattered(1500))
    add_vehicles(movr, owner, 3, VehicleType.SCOOTER, places=scattered(3, seed=1))
    view = movr.get_vehicles_in_view(
        city="new york", box=MANHATTAN, vehicle_type=VehicleType.SCOOTER
    )
    assert len(view.vehicles) <= 3
    assert not view.complete


def test_nearest_come_first_a_page_of_them(movr: MovR, owner: User, corners):
    all_places = scattered(300)
    add_vehicles(movr, owner, 300, places=all_places)
    near = movr.get_vehicles_near(city="new york", point=HERE)
    found = [distance(vehicle) for vehicle in near.rows]
    everywhere = movr.get_vehicles_in_view(city="new york", box=Box(-90, -180, 90, 180))
    assert everywhere.complete
    nearest = sorted(map(distance, everywhere.vehicles))[:24]
    assert found == pytest.approx(nearest, abs=1e-9)
    assert near.next_cursor is None


def test_nearest_of_a_crowd_are_nearer_than_all_others(movr: MovR, owner: User):
    all_places = scattered(4000)
    add_vehicles(movr, owner, 4000, places=all_places)
    near = movr.get_vehicles_near(city="new york", point=HERE)
    nearest = sorted(map(distance_from_here, all_places))[:24]
    assert [distance(each) for each in near.rows] == pytest.approx(nearest, abs=1e-9)


def test_few_vehicles_far_away_are_found(movr: MovR, create_vehicle, owner: User):
    far = create_vehicle(owner=owner, place=Place("far", Point(41.1, -73.6)))
    further = create_vehicle(owner=owner, place=Place("further", Point(40.3, -74.5)))
    near = movr.get_vehicles_near(city="new york", point=HERE)
    assert [vehicle.id for vehicle in near.rows] == [far.id, further.id]
    assert near.rows[0].status == VehicleStatus.AVAILABLE
