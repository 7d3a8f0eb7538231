"""Cells of the map: a place as one number, so that an index keeps neighbours together.

A cell is a tile of the usual web map (Web Mercator, zoom 20, some 40 m wide at the equator), and
its number is the tile's quadkey: the bits of its two coordinates, interleaved. So every tile of a
smaller zoom is one contiguous range of cells.
"""

from collections.abc import Iterable
from math import asinh, pi, radians, tan
from typing import Final

ZOOM: Final = 20

# The limit of Web Mercator; there are no streets beyond it.
_NORTHERNMOST: Final = 85.0511


def cell_at(latitude: float, longitude: float) -> int:
    """Return the number of the cell that contains a place, given in degrees."""
    return _interleaved(*tile_at(latitude, longitude, ZOOM))


def tile_at(latitude: float, longitude: float, zoom: int) -> tuple[int, int]:
    """Return x (to the east) and y (to the south) of the tile that contains a place."""
    side = 2**zoom
    latitude = max(-_NORTHERNMOST, min(latitude, _NORTHERNMOST))
    x = int((longitude / 360 + 0.5) * side)
    y = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * side)
    return min(max(x, 0), side - 1), min(max(y, 0), side - 1)


def tiles_covering(
    *, south: float, west: float, north: float, east: float, at_most: int
) -> list[tuple[int, int]]:
    """Return the one to `at_most` tiles that cover a part of the map, of the largest zoom possible.

    Each is given by its first and last cell.
    """
    for zoom in range(ZOOM, -1, -1):
        left, top = tile_at(north, west, zoom)
        right, bottom = tile_at(south, east, zoom)
        if (right - left + 1) * (bottom - top + 1) <= at_most:
            break
    return [_cells_of(x, y, zoom) for y in range(top, bottom + 1) for x in range(left, right + 1)]


def tiles_around(latitude: float, longitude: float, zoom: int) -> list[tuple[int, int]]:
    """Return the four tiles of this zoom that are nearest to a place, fewer at the map's edge.

    Each is given by its first and last cell. Together they reach at least half a tile from the
    place in every direction.
    """
    x, y = tile_at(latitude, longitude, zoom)
    half_x, half_y = tile_at(latitude, longitude, zoom + 1)
    beside_x, beside_y = x + (1 if half_x % 2 else -1), y + (1 if half_y % 2 else -1)
    on_map = range(2**zoom)
    return [
        _cells_of(column, row, zoom)
        for row in (y, beside_y)
        for column in (x, beside_x)
        if column in on_map and row in on_map
    ]


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same cells in as few ranges as possible, in order."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def _cells_of(x: int, y: int, zoom: int) -> tuple[int, int]:
    """Return the first and last cell of a tile."""
    bits = 2 * (ZOOM - zoom)
    number = _interleaved(x, y)
    return number << bits, (number + 1 << bits) - 1


def _interleaved(x: int, y: int) -> int:
    return _spread(x) | _spread(y) << 1


def _spread(number: int) -> int:
    """Return a number with a zero inserted before each bit."""
    return sum((number >> bit & 1) << 2 * bit for bit in range(ZOOM))
