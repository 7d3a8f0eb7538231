"""Starting, cancelling and ending a ride."""

from wtforms import HiddenField, StringField, SubmitField
from wtforms.validators import UUID, Optional

from movr.records import Lengths
from web.forms.city_form import CityForm, id_or_none
from web.forms.place_fields import PlaceFields
from web.forms.validators import stripped, text
from web.translation import lazy_gettext as _


class StartRideForm(CityForm):
    """Names the ride that it starts, so that sending it twice starts one.

    `form_id` names one ride for each vehicle of the list that it comes from.
    """

    form_id = HiddenField(filters=[id_or_none])

    ride_id = HiddenField(
        validators=[
            Optional(strip_whitespace=False),
            UUID(_("Reload the page and try again.")),
        ]
    )


class CancelRideForm(CityForm):
    """Says in which city the ride is."""


class EndRideForm(CityForm, PlaceFields):
    """Where the ride ends."""

    location = StringField(
        _("Where are you leaving it?"),
        text(Lengths.LOCATION, _("Describe where you're leaving it.")),
        description=_("A place the next rider will find, such as a square or a street corner."),
        filters=[stripped],
    )
    submit = SubmitField(_("End ride"))
