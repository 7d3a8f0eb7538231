"""Cells and tiles of the map: a tile is one range of cells, and tiles cover what is asked for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movr.cells import ZOOM, cell_at, joined, tile_at, tiles_around, tiles_covering

LAST = 4**ZOOM - 1

latitudes = st.floats(-85, 85)
longitudes = st.floats(-180, 180)
places = st.tuples(latitudes, longitudes)
zooms = st.integers(0, ZOOM)


def is_in(cell: int, tiles: list[tuple[int, int]]) -> bool:
    return any(first <= cell <= last for first, last in tiles)


@st.composite
def boxes(draw: st.DrawFn) -> dict[str, float]:
    """Parts of the map of every size, down to a point."""
    (south, north), (west, east) = (
        sorted((start, min(top, start + size)))
        for start, size, top in (
            (draw(latitudes), draw(st.floats(0, 1) | st.floats(0, 170)), 85.0),
            (draw(longitudes), draw(st.floats(0, 1) | st.floats(0, 360)), 180.0),
        )
    )
    return {"south": south, "west": west, "north": north, "east": east}


@given(places)
def test_cell_is_one_number_within_the_map(place):
    assert 0 <= cell_at(*place) <= LAST


@pytest.mark.parametrize(
    ("place", "zoom", "tile"),
    [
        # As the tile server of OpenStreetMap numbers them.
        ((52.3731, 4.8926), 12, (2103, 1346)),
        ((40.7128, -74.0060), 10, (301, 385)),
        ((-33.8688, 151.2093), 5, (29, 19)),
        ((0, 0), 1, (1, 1)),
    ],
)
def test_tiles_are_numbered_as_on_every_web_map(place, zoom, tile):
    assert tile_at(*place, zoom) == tile


@given(places, zooms)
def test_cell_of_a_place_is_in_the_nearest_tiles_of_every_zoom(place, zoom):
    tiles = tiles_around(*place, zoom)
    assert is_in(cell_at(*place), tiles[:1])
    assert 1 <= len(tiles) <= 4


@given(places, zooms, st.floats(-0.49, 0.49))
def test_nearest_tiles_hold_all_that_is_within_half_a_tile(place, zoom, tiles_east):
    latitude, longitude = place
    # Along a parallel, where a tile is as many degrees wide everywhere.
    other = longitude + tiles_east * 360 / 2**zoom
    if -180 <= other < 180:
        assert is_in(cell_at(latitude, other), tiles_around(*place, zoom))


@given(boxes(), st.integers(1, 64), st.floats(0, 1), st.floats(0, 1))
def test_tiles_cover_all_of_a_part_of_the_map(box, at_most, up, across):
    tiles = tiles_covering(**box, at_most=at_most)
    assert 1 <= len(tiles) <= at_most
    latitude = min(box["south"] + up * (box["north"] - box["south"]), box["north"])
    longitude = min(box["west"] + across * (box["east"] - box["west"]), box["east"])
    assert is_in(cell_at(latitude, longitude), tiles)


@given(boxes(), st.integers(1, 64))
def test_tiles_that_cover_are_of_one_size_and_do_not_overlap(box, at_most):
    tiles = sorted(tiles_covering(**box, at_most=at_most))
    sizes = {last - first + 1 for first, last in tiles}
    assert len(sizes) == 1
    assert sizes <= {4**zoom for zoom in range(ZOOM + 1)}
    assert all(first[1] < second[0] for first, second in pairwise(tiles))


@given(boxes())
def test_joined_tiles_are_the_same_cells_in_fewer_ranges(box):
    tiles = tiles_covering(**box, at_most=24)
    ranges = joined(tiles)
    assert len(ranges) <= len(tiles)
    assert all(first[1] + 1 < second[0] for first, second in pairwise(ranges))
    assert sum(last - first + 1 for first, last in ranges) == sum(
        last - first + 1 for first, last in tiles
    )
    assert all(is_in(first, ranges) and is_in(last, ranges) for first, last in tiles)


def test_ranges_that_overlap_are_joined_as_well():
    assert joined([(8, 11), (0, 3), (2, 5), (9, 10), (6, 6)]) == [(0, 6), (8, 11)]
