"""The base class of forms about a vehicle or a ride, which carry a city and perhaps an id."""

import uuid
from typing import Any

from wtforms import HiddenField
from wtforms.validators import Optional

from movr.errors import NotFound
from movr.regions import CITIES
from web.forms.base import Form


def id_or_none(value: str | None) -> str | None:
    """Return a UUID in its canonical form; None if the text is not a UUID."""
    try:
        return str(uuid.UUID(value))
    except (TypeError, ValueError):
        return None


class CityForm(Form):
    """A form about a vehicle or a ride, with its city, which is part of every key."""

    city = HiddenField(validators=[Optional()])

    def __init__(self, default_city: str, *args: Any, **kwargs: Any) -> None:
        """Read the form; without a city, it is about `default_city`."""
        super().__init__(*args, **kwargs)
        self._default_city = default_city

    @property
    def city_name(self) -> str:
        """The city that the form names; raises NotFound."""
        city: str = self.city.data or self._default_city
        if city not in CITIES:
            raise NotFound("city")
        return city
