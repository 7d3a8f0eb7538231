"""The reads behind the map: the vehicles in a part of it, and those nearest to a place.

A part of the map is a few tiles, each one range of `ix_vehicles_cells`, of which a limited number
of ids is read. Type and availability are not in that index: they filter the vehicles that were
chosen, which are more than needed, so that no filter makes a read longer.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from math import cos, radians
from typing import Any, Final, cast

from sqlalchemy import BindParameter, Select, and_, bindparam, func, select, union_all

from movr.cells import joined, tiles_around, tiles_covering
from movr.cursors import PAGE_SIZE
from movr.database.preparing import NEVER_PREPARED
from movr.database.reading import Reader, records, rows
from movr.database.replicas import few_seconds_ago
from movr.kinds import VehicleStatus, VehicleType
from movr.models import SHARED
from movr.models import Vehicle as Vehicles
from movr.records import Box, Page, Point, Vehicle, View
from movr.regions import distance_km
from movr.reservations.conditions import NOW, not_reserved
from movr.vehicles.queries import VEHICLE

MAX_VEHICLES_ON_MAP: Final = 500
"""The most vehicles that a map shows."""

_CHOSEN: Final = 2 * MAX_VEHICLES_ON_MAP
# A statement has a part for each of them, needed or not.
_MAX_TILES: Final = 16
_MAX_RANGES: Final = 10

# From a large intersection to a city with its surroundings.
_ZOOMS_AROUND: Final = range(18, 7, -1)
_TILES_AROUND: Final = 4 * len(_ZOOMS_AROUND)
# Enough for a page of vehicles from tiles that are read completely, however dense they are.
_OF_EACH_TILE_AROUND: Final = 96

# An empty range: it ends before it begins.
_NO_CELLS: Final = (1, 0)

Ranges = list[tuple[int, int]]


def get_vehicles_in_view_txn(
    reader: Reader,
    now: datetime,
    *,
    city: str,
    box: Box,
    vehicle_type: VehicleType | None = None,
    available_only: bool = False,
    from_afar: bool = False,
) -> View:
    """Return the city's shared vehicles in a part of the map.

    If there are too many, it is an even selection, and the view is not complete.
    """
    edges = {name: getattr(box, name) for name in ("south", "west", "north", "east")}
    tiles = tiles_covering(**edges, at_most=_MAX_TILES)
    # The tiles of a long, narrow part of the map are rarely neighbours in the index.
    if len(joined(tiles)) > _MAX_RANGES:
        tiles = tiles_covering(**edges, at_most=_MAX_RANGES)
    found = rows(
        reader,
        _in_view(vehicle_type is not None, available_only, from_afar),
        {
            **_values(city, vehicle_type, now if available_only else None),
            **edges,
            **_bounds("whole", joined(tiles), _MAX_RANGES),
            **_bounds("tile", tiles, _MAX_TILES),
            "of_each_tile": _CHOSEN // len(tiles),
        },
    )
    all_found = found[0][0]
    # Without vehicles there is still one row, with the count.
    inside = [vehicle for _, *vehicle, cell in found if cell is not None]
    shown = min(len(inside), MAX_VEHICLES_ON_MAP)
    # They come tile by tile, so that leaving out every other one thins them out evenly.
    vehicles = (Vehicle(*inside[number * len(inside) // shown]) for number in range(shown))
    return View(tuple(vehicles), all_found <= _CHOSEN and shown == len(inside))


def get_vehicles_near_txn(
    reader: Reader,
    now: datetime,
    *,
    city: str,
    point: Point,
    vehicle_type: VehicleType | None = None,
    available_only: bool = False,
    from_afar: bool = False,
) -> Page[Vehicle]:
    """Return one page of the city's shared vehicles nearest to a point, nearest first.

    Vehicles without a point are left out. In a tile so dense that not all of it is read, one may
    be missing.
    """
    tiles = [
        tile
        for zoom in _ZOOMS_AROUND
        for tile in tiles_around(point.latitude, point.longitude, zoom)
    ]
    found = records(
        reader,
        Vehicle,
        _near(vehicle_type is not None, available_only, from_afar),
        {
            **_values(city, vehicle_type, now if available_only else None),
            **_bounds("tile", tiles, _TILES_AROUND),
            "latitude": point.latitude,
            "longitude": point.longitude,
            "narrowing": cos(radians(point.latitude)) ** 2,
        },
    )
    nearest = sorted(
        found,
        # A vehicle without a point is in no tile.
        key=lambda vehicle: (distance_km(point, cast(Point, vehicle.point)), vehicle.id),
    )
    return Page(tuple(nearest[:PAGE_SIZE]), None)


def _values(city: str, vehicle_type: VehicleType | None, now: datetime | None) -> dict[str, Any]:
    given = {"type": vehicle_type, "now": now}
    return {"city": city} | {name: value for name, value in given.items() if value}


def _bounds(name: str, ranges: Ranges, count: int) -> dict[str, int]:
    """Return the values for `count` ranges; the unused ones are empty."""
    return {
        f"{name}_{number}_{end}": cell
        for number, cells in enumerate(ranges + [_NO_CELLS] * (count - len(ranges)))
        for end, cell in zip(("first", "last"), cells, strict=True)
    }


# Cached by their filters only: any other argument would let clients fill the memory. They are not
# prepared: more than other plans, one of so many steps depends on how many vehicles there are. What
# PostgreSQL had planned for an empty table took more than ten seconds for 50,000.
@cache
def _in_view(of_type: bool, available_only: bool, from_afar: bool) -> Select[Any]:
    """Return the query for a part of the map, given as ranges of cells and as tiles.

    Unless there are too many vehicles, all are chosen; else the same number of each tile.
    """
    all_ids = _ids("whole", _MAX_RANGES, limit=_CHOSEN + 1).limit(_CHOSEN + 1).cte("all_ids")
    some_ids = _ids("tile", _MAX_TILES, limit=bindparam("of_each_tile")).subquery()
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
    # The last column is only for the order.
    query = select(all_found, *VEHICLE, Vehicles.cell).outerjoin_from(
        all_found, Vehicles, is_wanted
    )
    if from_afar:
        return few_seconds_ago(query, "cell", "id")
    return query.order_by(Vehicles.cell, Vehicles.id).execution_options(**NEVER_PREPARED)


@cache
def _near(of_type: bool, available_only: bool, from_afar: bool) -> Select[Any]:
    """Return the query for the vehicles nearest to a place, in the tiles around it."""
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
        # The order of a flat map, in which vehicles at almost the same distance may swap: so
        # the query returns a few more than a page.
        .order_by(north * north + east * east * bindparam("narrowing"))
        .limit(PAGE_SIZE + 8)
    )
    return few_seconds_ago(query) if from_afar else query.execution_options(**NEVER_PREPARED)


def _ids(name: str, count: int, *, limit: int | BindParameter[int]) -> Any:
    """Return the ids of the vehicles in `count` ranges of cells, at most `limit` of each."""
    parts = (
        select(Vehicles.id.label("id"))
        .where(
            Vehicles.city == bindparam("city"),
            Vehicles.cell.between(
                bindparam(f"{name}_{number}_first"), bindparam(f"{name}_{number}_last")
            ),
            SHARED,
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
        yield not_reserved(NOW)
