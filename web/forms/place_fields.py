"""The fields of a place in a form: its description and, if picked on the map, its point."""

from abc import abstractmethod
from typing import Any, Final

from wtforms import Field, HiddenField, StringField
from wtforms.validators import ValidationError

from movr.places import place_named, place_near
from movr.records import Place, Point
from movr.regions import CITIES, distance_km
from web.forms.base import Form
from web.geoutils import parse_lat_long
from web.translation import gettext as _

FURTHEST_FROM_CENTRE_KM: Final = 50
"""A place farther away is not in the city."""

# Decimals of a degree: a precision of about a metre.
_DIGITS: Final = 5


class PlaceFields(Form):
    """For forms with a `location`, its description; templates/_place.html shows them."""

    latitude = HiddenField()
    longitude = HiddenField()
    # Empty on a page that can ask for a pin, "1" once it has asked. A client that doesn't know the
    # question sends nothing and isn't asked.
    anyway = HiddenField()
    asks_for_pin = False
    furthest_km = FURTHEST_FROM_CENTRE_KM

    location: StringField

    @property
    @abstractmethod
    def city_name(self) -> str:
        """The city in which the place is."""

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether the form is valid; a point without words is "near" a known place."""
        point = self.point()
        if point is not None and not self.location.data:
            place = place_near(self.city_name, point)
            if place is not None:
                # In the rider's language, like a description that the rider types.
                self.location.data = _("near %(place)s", place=place.name)
                self.location.raw_data = [self.location.data]
        valid: bool = super().validate(*args, **kwargs)
        return valid

    def validate_location(self, _field: Field) -> None:
        """Refuse a point that cannot be read, or is not in the city."""
        if not (self.latitude.data or self.longitude.data):
            return
        point, city = self.point(), CITIES[self.city_name]
        if point is None:
            raise ValidationError(_("The place on the map can't be read. Pick it again."))
        if distance_km(point, city.centre) > FURTHEST_FROM_CENTRE_KM:
            raise ValidationError(
                _(
                    "The place on the map is more than %(km)s km from the centre of %(city)s. Pick"
                    " it again, or remove the pin.",
                    km=FURTHEST_FROM_CENTRE_KM,
                    city=city.label,
                )
            )

    def point(self) -> Point | None:
        """Return the point that was picked; None if it is missing or cannot be read."""
        return parse_lat_long(f"{self.latitude.data},{self.longitude.data}")

    def lacks_pin(self) -> bool:
        """Return whether to ask for a pin: once, for a place that a map cannot show.

        From then on the form has `anyway` set, so that it can be sent again without a pin.
        """
        self.asks_for_pin = self.anyway.data == "" and self.place().point is None
        if self.asks_for_pin:
            self.anyway.data = "1"
        return self.asks_for_pin

    def place(self) -> Place:
        """Return the place in a valid form.

        Its point is the one that was picked, or that of the city's known place with this name.
        """
        words = self.location.data or ""
        known = place_named(self.city_name, words)
        point = self.point() or (known.point if known else None)
        if point is None:
            return Place(words)
        return Place(words, Point(round(point.latitude, _DIGITS), round(point.longitude, _DIGITS)))
