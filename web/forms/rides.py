"""Starting, cancelling and ending a ride."""

from datetime import datetime

from wtforms import HiddenField, StringField, SubmitField
from wtforms.validators import UUID, Optional

from movr.records import Ride
from movr.rules import Lengths
from web.filters import lasts_long
from web.forms.city_form import CityForm, id_or_none
from web.forms.end_time_field import EndTimeField
from web.forms.place_fields import PlaceFields
from web.forms.validators import stripped, text
from web.translation import lazy_gettext as _


class StartRideForm(CityForm):
    """Starts a ride with an id, so that sending the form twice starts one ride.

    `form_id` stands for one ride on each vehicle of the list that the form comes from.
    """

    form_id = HiddenField(filters=[id_or_none])

    ride_id = HiddenField(
        validators=[
            Optional(strip_whitespace=False),
            UUID(_("Reload the page and try again.")),
        ]
    )


class CancelRideForm(CityForm):
    """Cancels a ride, in the city that it names."""


class EndRideForm(CityForm, PlaceFields):
    """Where the ride ends and, for a long one, perhaps when it ended."""

    location = StringField(
        _("Where are you leaving it?"),
        text(Lengths.LOCATION, _("Describe where the vehicle is.")),
        description=_("A place the next rider will find, such as a square or a street corner."),
        filters=[stripped],
    )
    end_time = EndTimeField(
        _("When did it end?"),
        description=_("Leave this empty if you're ending it now."),
    )
    submit = SubmitField(_("End ride"))

    def __init__(self, default_city: str, ride: Ride | None = None) -> None:
        """Read the form to end this running ride, if it is known."""
        super().__init__(default_city)
        if ride is None or not lasts_long(ride.start_time):
            del self.end_time
        else:
            self.end_time.is_of(ride)
            self.location.label.text = _("Where did you leave it?")

    def ended_at(self) -> datetime | None:
        """Return when the rider says that the ride ended; None for now."""
        return self.end_time.moment if "end_time" in self else None
