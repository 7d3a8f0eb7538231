"""How far away something is, in the words of a list."""

from dataclasses import fields

import pytest

from movr.records import Point, Vehicle
from web.filters import distance

pytestmark = pytest.mark.usefixtures("page")

DAM = Point(52.3731, 4.8926)
# Along a meridian, a degree is as long everywhere.
METRE = 1 / 111_195


def vehicle_at(latitude: float | None, longitude: float | None) -> Vehicle:
    nothing = dict.fromkeys(field.name for field in fields(Vehicle))
    return Vehicle(**nothing | {"latitude": latitude, "longitude": longitude})


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "under 20 m"),
        (19, "under 20 m"),
        (21, "20 m"),
        (346, "350 m"),
        (994, "990 m"),
        (996, "1.0 km"),
        (1249, "1.2 km"),
        (12_345, "12.3 km"),
    ],
)
def test_distance_is_as_exact_as_it_is_of_use(metres: int, words: str):
    for way in (1, -1):
        vehicle = vehicle_at(DAM.latitude + way * metres * METRE, DAM.longitude)
        assert distance(vehicle, DAM) == words


def test_nobody_knows_how_far_a_vehicle_without_coordinates_is():
    assert distance(vehicle_at(None, None), DAM) == ""
