"""Sharing a vehicle, editing it, and no longer sharing it."""

import re
import uuid

from wtforms import HiddenField, RadioField, StringField, SubmitField

from movr.kinds import VehicleType
from movr.records import Place, Vehicle
from movr.rules import Lengths
from web.forms.city_form import CityForm, id_or_none
from web.forms.place_fields import PlaceFields
from web.forms.validators import chosen, stripped, text
from web.translation import gettext
from web.translation import lazy_gettext as _


class _VehicleFields(PlaceFields):
    """An owner's description of a vehicle."""

    color = StringField(_("Colour"), text(Lengths.NAME, _("Enter the colour.")), filters=[stripped])
    brand = StringField(_("Brand"), text(Lengths.NAME, _("Enter the brand.")), filters=[stripped])
    location = StringField(
        _("Where is it parked?"),
        text(Lengths.LOCATION, _("Describe where it's parked.")),
        description=_("A place riders will find, such as a square or a street corner."),
        filters=[stripped],
    )


class AddVehicleForm(_VehicleFields):
    """A new vehicle; `form_id` makes it possible to tell when the same form is sent again."""

    form_id = HiddenField(filters=[id_or_none])
    type = RadioField(_("Type"), [chosen(_("Choose a type."))], validate_choice=False)
    submit = SubmitField(_("Share vehicle"))

    def __init__(self, city_name: str) -> None:
        """Share a vehicle in its owner's city."""
        super().__init__()
        self.type.choices = {
            VehicleType.BIKE.value: gettext("Bike"),
            VehicleType.SCOOTER.value: gettext("Scooter"),
            VehicleType.SKATEBOARD.value: gettext("Skateboard"),
        }
        self._city_name = city_name

    @property
    def city_name(self) -> str:
        """The owner's city."""
        return self._city_name

    def vehicle_id(self, owner_id: uuid.UUID) -> uuid.UUID | None:
        """Return an id derived from what was sent; None if the form has no id of its own."""
        if not self.form_id.data:
            return None
        # An owner may go back and change the form for a second vehicle, so all fields count.
        about = (self.form_id, self.type, self.color, self.brand)
        where = (self.location, self.latitude, self.longitude)
        return uuid.uuid5(owner_id, "\n".join(str(field.data) for field in (*about, *where)))


class ChangeVehicleForm(CityForm, _VehicleFields):
    """The description of a vehicle; `ride_count` shows whether it was ridden in the meantime."""

    ride_count = HiddenField()
    # Set by the script that shows the vehicle's pin: from then on, no point means none.
    pin_shown = HiddenField()
    submit = SubmitField(_("Save changes"))

    def rides_before(self) -> int | None:
        """Return the vehicle's ride count when the form was shown; None if it was not sent."""
        count = self.ride_count.data or ""
        return int(count) if re.fullmatch(r"[0-9]{1,9}", count) else None

    def place_of(self, vehicle: Vehicle) -> Place:
        """Return the place in a valid form.

        Unless the description changes, the point stays, except when it was shown and then removed.
        """
        place = self.place()
        says_all = self.pin_shown.data or self.point() is not None
        if not says_all and place.name == vehicle.last_location:
            return Place(place.name, vehicle.point)
        return place

    def fill_in(self, vehicle: Vehicle) -> None:
        """Show the vehicle's current description."""
        self.color.data, self.brand.data = vehicle.color, vehicle.brand
        self.location.data = vehicle.last_location

    def show_where_it_is_now(self, vehicle: Vehicle) -> None:
        """Replace the place that was sent by the place where a ride has ended, and say so."""
        self.location.data = vehicle.last_location
        self.latitude.data = self.longitude.data = self.pin_shown.data = None
        self.location.errors = [
            _(
                "Someone has ridden the vehicle in the meantime, and now it's parked here. Check"
                " the place."
            )
        ]


class OwnVehicleForm(CityForm):
    """Pauses or resumes a vehicle, or stops sharing it."""
