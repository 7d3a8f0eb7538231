"""The reads behind the map: the vehicles in a part of it, and those nearest to a place.

A part of the map is a
few tiles, each of them one range of `ix_vehicles_cells`, off which so many ids are read. Type and
availability are not in that index: they are asked of the vehicles so chosen, of which there are
more than are wanted, so that no filter makes a read longer.
"""

from collections.abc import Iterable
from functools import cache
from math import cos, radians
from typing import Any, Final, cast

from sqlalchemy import BindParameter, Select, and_, bindparam, func, select, union_all

from movr.cells import joined, tiles_around, tiles_covering
from movr.cursors import PAGE_SIZE
from movr.database.replicas import few_seconds_ago
from movr.database.statements import Reader
from movr.models import IN_SERVICE
from movr.models import Vehicle as Vehicles
from movr.records import Box, Page, Point, Vehicle, VehicleStatus, VehicleType, View
from movr.regions import distance_km
from movr.vehicles.queries import VEHICLE

MAX_VEHICLES_ON_MAP: Final = 500
"""So many vehicles are shown on a map at most."""

_CHOSEN: Final = 2 * MAX_VEHICLES_ON_MAP
# A statement has a part for each of them, whether they are needed or not.
_MOST_TILES: Final = 16
_MOST_RANGES: Final = 10

# From a large crossing to a city with all that is around it.
_ZOOMS_AROUND: Final = range(18, 7, -1)
_TILES_AROUND: Final = 4 * len(_ZOOMS_AROUND)
# So many that, however densely vehicles stand, a page of them is in tiles that are read whole.
_OF_EACH_TILE_AROUND: Final = 96

# It ends before it begins.
_NO_CELLS: Final = (1, 0)

Ranges = list[tuple[int, int]]


def get_vehicles_in_view_txn(
    reader: Reader,
    *,
    city: str,
    box: Box,
    vehicle_type: VehicleType | None = None,
    available_only: bool = False,
    from_afar: bool = False,
) -> View:
    """Return the city's vehicles in service in a part of the map, a limited number of them."""
    edges = {name: getattr(box, name) for name in ("south", "west", "north", "east")}
    tiles = tiles_covering(**edges, at_most=_MOST_TILES)
    # The tiles of a long and narrow part of the map are hardly ever neighbours in the index.
    if len(joined(tiles)) > _MOST_RANGES:
        tiles = tiles_covering(**edges, at_most=_MOST_RANGES)
    rows = reader.execute(
        _in_view(vehicle_type is not None, available_only, from_afar),
        {
            **_values(city, vehicle_type),
            **edges,
            **_bounds("whole", joined(tiles), _MOST_RANGES),
            **_bounds("tile", tiles, _MOST_TILES),
            "of_each_tile": _CHOSEN // len(tiles),
        },
    ).all()
    # Where there is no vehicle, there is one row that says so.
    found = [row for row in rows if row.id is not None]
    shown = min(len(found), MAX_VEHICLES_ON_MAP)
    # They come tile by tile, so that to leave out every other one thins them out everywhere.
    vehicles = (Vehicle(*found[number * len(found) // shown][1:-1]) for number in range(shown))
    return View(tuple(vehicles), rows[0].all_found <= _CHOSEN and shown == len(found))


def get_vehicles_near_txn(
    reader: Reader,
    *,
    city: str,
    point: Point,
    vehicle_type: VehicleType | None = None,
    available_only: bool = False,
    from_afar: bool = False,
) -> Page[Vehicle]:
    """Return the city's vehicles in service that are nearest to a point, nearest first.

    Where vehicles stand so densely that not all of a tile are read, one may be missing.
    """
    tiles = [
        tile
        for zoom in _ZOOMS_AROUND
        for tile in tiles_around(point.latitude, point.longitude, zoom)
    ]
    rows = reader.execute(
        _near(vehicle_type is not None, available_only, from_afar),
        {
            **_values(city, vehicle_type),
            **_bounds("tile", tiles, _TILES_AROUND),
            "latitude": point.latitude,
            "longitude": point.longitude,
            "narrowing": cos(radians(point.latitude)) ** 2,
        },
    ).all()
    nearest = sorted(
        (Vehicle(*row) for row in rows),
        # None is without a point: it would be in no tile.
        key=lambda vehicle: (distance_km(point, cast(Point, vehicle.point)), vehicle.id),
    )
    return Page(tuple(nearest[:PAGE_SIZE]), None)


def _values(city: str, vehicle_type: VehicleType | None) -> dict[str, Any]:
    return {"city": city} | ({"type": vehicle_type} if vehicle_type else {})


def _bounds(name: str, ranges: Ranges, count: int) -> dict[str, int]:
    """Return the values for so many ranges: where there are fewer, the rest hold no cell."""
    return {
        f"{name}_{number}_{end}": cell
        for number, cells in enumerate(ranges + [_NO_CELLS] * (count - len(ranges)))
        for end, cell in zip(("first", "last"), cells, strict=True)
    }


# To put these statements together takes longer than to run them, so it is done once for each pair
# of filters. Nothing else may change them: every process would keep all that somebody asks for.
@cache
def _in_view(of_type: bool, available_only: bool, from_afar: bool) -> Select[Any]:
    """Return the query for a part of the map that is a few ranges of cells, and a few tiles.

    If there are not too many vehicles in it, all are chosen; else as many of each tile.
    """
    all_ids = _ids("whole", _MOST_RANGES, limit=_CHOSEN + 1).limit(_CHOSEN + 1).cte("all_ids")
    some_ids = _ids("tile", _MOST_TILES, limit=bindparam("of_each_tile")).subquery()
    count = select(func.count()).select_from(all_ids).scalar_subquery()
    chosen = union_all(
        select(all_ids.c.id).where(count <= _CHOSEN),
        select(some_ids.c.id).where(count > _CHOSEN),
    )
    all_found = select(count.label("all_found")).subquery()
    is_wanted = and_(
        Vehicles.city == bindparam("city"),
        Vehicles.id.in_(chosen),
        Vehicles.latitude.between(bindparam("south"), bindparam("north")),
        Vehicles.longitude.between(bindparam("west"), bindparam("east")),
        *_filters(of_type, available_only),
    )
    # The last column is for the order alone.
    query = select(all_found, *VEHICLE, Vehicles.cell).outerjoin_from(
        all_found, Vehicles, is_wanted
    )
    if from_afar:
        return few_seconds_ago(query, "cell", "id")
    return query.order_by(Vehicles.cell, Vehicles.id)


@cache
def _near(of_type: bool, available_only: bool, from_afar: bool) -> Select[Any]:
    """Return the query for the vehicles nearest to a place with the tiles around it."""
    ids = _ids("tile", _TILES_AROUND, limit=_OF_EACH_TILE_AROUND)
    north = Vehicles.latitude - bindparam("latitude")
    east = Vehicles.longitude - bindparam("longitude")
    query = (
        select(*VEHICLE)
        .where(
            Vehicles.city == bindparam("city"),
            Vehicles.id.in_(ids),
            *_filters(of_type, available_only),
        )
        # As on a flat map, on which two that are almost equally far may change places: so there
        # are some more than a page of them.
        .order_by(north * north + east * east * bindparam("narrowing"))
        .limit(PAGE_SIZE + 8)
    )
    return few_seconds_ago(query) if from_afar else query


def _ids(name: str, count: int, *, limit: int | BindParameter[int]) -> Any:
    """Return the ids of the vehicles in so many ranges of cells, so many of each at most."""
    parts = (
        select(Vehicles.id.label("id"))
        .where(
            Vehicles.city == bindparam("city"),
            Vehicles.cell.between(
                bindparam(f"{name}_{number}_first"), bindparam(f"{name}_{number}_last")
            ),
            IN_SERVICE,
        )
        .limit(limit)
        .subquery()
        for number in range(count)
    )
    return union_all(*(select(part.c.id) for part in parts))


def _filters(of_type: bool, available_only: bool) -> Iterable[Any]:
    if of_type:
        yield Vehicles.type == bindparam("type", type_=Vehicles.type.type)
    if available_only:
        yield Vehicles.status == VehicleStatus.AVAILABLE
