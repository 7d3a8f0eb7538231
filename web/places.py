"""Places that people name or pick on a map: what a form says of one, as a Spot."""

from movr.places import place_named
from movr.records import Spot
from web.forms import PlaceFields

# Of a degree: about a metre, which is finer than any vehicle is parked.
_DIGITS = 5


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
