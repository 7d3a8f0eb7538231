"""The fields of a place in a form: its words, and its point where one was picked on the map."""

from typing import TYPE_CHECKING, Any, Final

from wtforms import Field, HiddenField, StringField
from wtforms.validators import ValidationError

from movr.places import place_named, place_near
from movr.records import Place, Point
from movr.regions import CITIES, distance_km
from web.forms.base import Form
from web.geoutils import parse_lat_long
from web.translation import gettext as _

FURTHEST_FROM_CENTRE_KM: Final = 50
"""A place further away is not in the city."""

# Of a degree: about a metre, which is finer than any vehicle is parked.
_DIGITS: Final = 5


class PlaceFields(Form):
    """For forms with a `location` in words, in a city; templates/_place.html shows them."""

    latitude = HiddenField()
    longitude = HiddenField()
    # Empty on a page that asks for a pin, "1" where it has asked; a client that knows of no such
    # question sends nothing, and isn't asked.
    anyway = HiddenField()
    asks_for_pin = False
    furthest_km = FURTHEST_FROM_CENTRE_KM

    if TYPE_CHECKING:
        # Every such form has these two.
        location: StringField

        @property
        def city_name(self) -> str: ...

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether the form is good.

        Where there is a point and no words, the words are those of a known place nearby.
        """
        point = self.point()
        if point is not None and not self.location.data:
            place = place_near(self.city_name, point)
            if place is not None:
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
        """Return the point that was picked; None if none was sent, or a wrong one."""
        return parse_lat_long(f"{self.latitude.data},{self.longitude.data}")

    def lacks_pin(self) -> bool:
        """Return whether a valid form names a place that no map can show, and ask for a pin once.

        From then on the form says `anyway`, so that sending it again is the answer.
        """
        self.asks_for_pin = self.anyway.data == "" and self.place().point is None
        if self.asks_for_pin:
            self.anyway.data = "1"
        return self.asks_for_pin

    def place(self) -> Place:
        """Return the place that a valid form names.

        Its point is the one that was picked; else that of the known place of the city whose name
        the words are; else there is none.
        """
        words = self.location.data or ""
        known = place_named(self.city_name, words)
        point = self.point() or (known.point if known else None)
        if point is None:
            return Place(words)
        return Place(words, Point(round(point.latitude, _DIGITS), round(point.longitude, _DIGITS)))
