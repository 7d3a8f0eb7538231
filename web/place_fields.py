"""Places that people name or pick on a map: the fields of a form, and what they say as a Spot."""

from typing import Any, Final

from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from movr.places import place_named, place_near
from movr.records import Spot
from movr.regions import CITIES, distance_km
from web.geoutils import parse_lat_long

FURTHEST_FROM_CENTRE_KM: Final = 50
"""A place further away is not in the city."""

# Of a degree: about a metre, which is finer than any vehicle is parked.
_DIGITS = 5


class PlaceFields:
    """For forms with a `location` in words: its point, where one was picked on the map.

    templates/_place.html shows them, spot_of() makes a Spot of them.
    """

    latitude = HiddenField()
    longitude = HiddenField()

    _city: str

    def validate_at(self, city: str) -> bool:
        """Return whether the form is good for a place in `city`.

        Where there is a point and no words, the words are those of a known place nearby.
        """
        self._city = city
        form: Any = self
        point = self.point()
        if point is not None and not form.location.data:
            place = place_near(city, *point)
            if place is not None:
                form.location.data = f"near {place.name}"
                form.location.raw_data = [form.location.data]
        valid: bool = form.validate()
        return valid

    def words(self) -> str:
        """Return what is said of the place."""
        form: Any = self
        words: str = form.location.data or ""
        return words

    def point(self) -> tuple[float, float] | None:
        """Return (latitude, longitude) in degrees; None if no point was sent, or a wrong one."""
        return parse_lat_long(f"{self.latitude.data},{self.longitude.data}")

    def validate_location(self, _field: Field) -> None:
        """Refuse a point that cannot be read, or is not in the city."""
        if not (self.latitude.data or self.longitude.data):
            return
        point, city = self.point(), CITIES[self._city]
        if point is None:
            raise ValidationError("The place on the map cannot be read. Please pick it again.")
        if distance_km(*point, city) > FURTHEST_FROM_CENTRE_KM:
            raise ValidationError(
                f"The place on the map is more than {FURTHEST_FROM_CENTRE_KM} km from the centre"
                f" of {city.label}. Please pick it again, or remove the pin."
            )


def spot_of(city: str, form: PlaceFields) -> Spot:
    """Return the place that a valid form names.

    Its point is the one that was picked on the map; else that of the known place of the city whose
    name the words are; else there is none.
    """
    words = form.words()
    point = form.point() or place_named(city, words)
    if point is None:
        return Spot(words)
    latitude, longitude = point[-2:]
    return Spot(words, round(latitude, _DIGITS), round(longitude, _DIGITS))
