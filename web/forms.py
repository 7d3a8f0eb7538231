"""The forms of the site: what may be filled in, and what is said when it is wrong."""

import re
import uuid
from typing import Any, Final

from wtforms import (
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import UUID, Email, InputRequired, Length, Optional, Regexp, ValidationError

from movr.errors import NotFound
from movr.passwords import is_common
from movr.records import Lengths, Place, User, Vehicle, VehicleType
from movr.regions import CITIES
from web.base_form import Form
from web.geoutils import client_location, offered_cities
from web.place_fields import PlaceFields
from web.translation import lazy_gettext as _
from web.validators import TOO_LONG, chosen, printable, stripped, text

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128


_TOO_SHORT: Final = _("Use at least %(min)d characters.")


def text_in(field: StringField) -> str:
    """Return what a field of a valid form holds."""
    return field.data or ""


def _id_or_none(value: str | None) -> str | None:
    try:
        return str(uuid.UUID(value))
    except (TypeError, ValueError):
        return None


_PASSWORD_RULES: Final = [
    InputRequired(_("Enter your password.")),
    Length(max=LONGEST_PASSWORD, message=TOO_LONG),
]
_NEW_PASSWORD_RULES: Final = [
    InputRequired(_("Choose a password.")),
    Length(max=LONGEST_PASSWORD, message=TOO_LONG),
    Length(min=SHORTEST_PASSWORD, message=_TOO_SHORT),
]
_NEW_PASSWORD_HELP: Final = _(
    "At least %(count)s characters, and not your username.", count=SHORTEST_PASSWORD
)


def _refuse_guesses(password: Field, *names: str | None) -> None:
    """Refuse the passwords that an attacker tries first; raises ValidationError."""
    if is_common(password.data or ""):
        raise ValidationError(_("Too many people use this password. Choose another one."))
    if (password.data or "").casefold() in {(name or "").casefold() for name in names}:
        raise ValidationError(_("Choose a password that isn't your username or email."))


class LoginForm(Form):
    """Any wrong login gets one and the same answer, so nothing is checked here but the size."""

    username = StringField(
        _("Username"),
        [
            InputRequired(_("Enter your username.")),
            printable,
            Length(max=LONGEST_PASSWORD, message=TOO_LONG),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        _PASSWORD_RULES,
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_("Log in"))


class _PersonFields(Form):
    """What an account says of its holder."""

    first_name = StringField(
        _("First name"),
        text(Lengths.NAME, _("Enter your first name.")),
        filters=[stripped],
        render_kw={"autocomplete": "given-name"},
    )
    last_name = StringField(
        _("Last name"),
        text(Lengths.NAME, _("Enter your last name.")),
        filters=[stripped],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        _("Email"),
        [
            *text(Lengths.EMAIL, _("Enter your email address.")),
            Email(_("Enter an email address such as name@example.com.")),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )


class RegisterForm(_PersonFields):
    """A new account."""

    city = SelectField(_("City"), [chosen], validate_choice=False)
    username = StringField(
        _("Username"),
        [
            *text(Lengths.USERNAME, _("Choose a username.")),
            Length(min=3, message=_TOO_SHORT),
            Regexp(
                r"[A-Za-z0-9][A-Za-z0-9._-]*\Z",
                message=_("Use letters from A to Z, digits, dots, dashes and underscores."),
            ),
        ],
        description=_(
            "3 to 32 letters, digits, dots, dashes or underscores. Other riders can see it."
        ),
        filters=[stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        _NEW_PASSWORD_RULES,
        description=_NEW_PASSWORD_HELP,
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField(_("Sign up"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the cities that are served here, beginning with the one the client is in."""
        super().__init__(*args, **kwargs)
        self.city.choices = {city.name: city.label for city in offered_cities()}
        # A guess is good for a page, not for where an account and its data will be.
        if self.city.data is None and not self.is_submitted():
            self.city.data = client_location().city.name

    def validate_password(self, field: Field) -> None:
        """Refuse the account's own names, and what many others have chosen."""
        _refuse_guesses(field, self.username.data, self.email.data)


class ChangeUserForm(_PersonFields):
    """What was said of the rider when signing up."""

    submit = SubmitField(_("Save changes"))


class ChangePasswordForm(Form):
    """The current password, which proves who is asking, and the new one."""

    password = PasswordField(
        _("Current password"),
        _PASSWORD_RULES,
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        _("New password"),
        _NEW_PASSWORD_RULES,
        description=_NEW_PASSWORD_HELP,
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField(_("Change password"))

    def __init__(self, user: User) -> None:
        """Change the password of this account."""
        super().__init__()
        self._user = user

    def validate_new_password(self, field: Field) -> None:
        """Refuse the account's own names, and what many others have chosen."""
        _refuse_guesses(field, self._user.username, self._user.email)


class CloseAccountForm(Form):
    """The password of an account, for what cannot be undone."""

    password = PasswordField(
        _("Password"), _PASSWORD_RULES, render_kw={"autocomplete": "current-password"}
    )
    submit = SubmitField(_("Yes, close my account"))


class _CityForm(Form):
    """A form that names a vehicle or a ride carries its city, as every key does."""

    city = HiddenField(validators=[Optional()])

    def __init__(self, default_city: str, *args: Any, **kwargs: Any) -> None:
        """Take what was sent; without a city it is about `default_city`."""
        super().__init__(*args, **kwargs)
        self._default_city = default_city

    @property
    def city_name(self) -> str:
        """The city that the form names; raises NotFound."""
        city: str = self.city.data or self._default_city
        if city not in CITIES:
            raise NotFound("city")
        return city


class StartRideForm(_CityForm):
    """Names the ride that it starts, so that sending it twice starts one.

    `form_id` names one ride for each vehicle of the list that it comes from.
    """

    form_id = HiddenField(filters=[_id_or_none])

    ride_id = HiddenField(
        validators=[
            Optional(strip_whitespace=False),
            UUID(_("Reload the page and try again.")),
        ]
    )


class EndRideForm(_CityForm, PlaceFields):
    """Where the ride ends."""

    location = StringField(
        _("Where are you leaving it?"),
        text(Lengths.LOCATION, _("Describe where you're leaving it.")),
        description=_("A place the next rider will find, such as a square or a street corner."),
        filters=[stripped],
    )
    submit = SubmitField(_("End ride"))


class _VehicleFields(PlaceFields):
    """What an owner says of a vehicle."""

    color = StringField(_("Colour"), text(Lengths.NAME, _("Enter the colour.")), filters=[stripped])
    brand = StringField(_("Brand"), text(Lengths.NAME, _("Enter the brand.")), filters=[stripped])
    location = StringField(
        _("Where is it parked?"),
        text(Lengths.LOCATION, _("Describe where it's parked.")),
        description=_("A place riders will find, such as a square or a street corner."),
        filters=[stripped],
    )


class AddVehicleForm(_VehicleFields):
    """A vehicle that its owner shares; `form_id` tells when the same form is sent again."""

    form_id = HiddenField(filters=[_id_or_none])
    type = RadioField(
        _("Type"),
        [chosen],
        choices=[
            SelectChoice(VehicleType.BIKE.value, _("Bike")),
            SelectChoice(VehicleType.SCOOTER.value, _("Scooter")),
            SelectChoice(VehicleType.SKATEBOARD.value, _("Skateboard")),
        ],
        validate_choice=False,
    )
    submit = SubmitField(_("Share vehicle"))

    def __init__(self, city_name: str) -> None:
        """Share a vehicle in its owner's city."""
        super().__init__()
        self._city_name = city_name

    @property
    def city_name(self) -> str:
        """The owner's city."""
        return self._city_name

    def vehicle_id(self, owner_id: uuid.UUID) -> uuid.UUID | None:
        """Return an id that follows from what was sent; None if the form has no id of its own."""
        if not self.form_id.data:
            return None
        # Somebody may go back, change the form and send it for another vehicle: all of it counts.
        about = (self.form_id, self.type, self.color, self.brand)
        where = (self.location, self.latitude, self.longitude)
        return uuid.uuid5(owner_id, "\n".join(str(field.data) for field in (*about, *where)))


class ChangeVehicleForm(_CityForm, _VehicleFields):
    """What is said of a vehicle; `ride_count` tells if it has been ridden since it was shown."""

    ride_count = HiddenField()
    # By the script that put the vehicle's point on the map: from then on, no point means none.
    pin_shown = HiddenField()
    submit = SubmitField(_("Save changes"))

    def rides_before(self) -> int | None:
        """Return how many rides the vehicle had had when it was shown; None if that is not said."""
        count = self.ride_count.data or ""
        return int(count) if re.fullmatch(r"[0-9]{1,9}", count) else None

    def place_of(self, vehicle: Vehicle) -> Place:
        """Return the place that a valid form names for a vehicle.

        As long as its words stay, its point does, unless the point was shown and then removed.
        """
        place = self.place()
        says_all = self.pin_shown.data or self.point() is not None
        if not says_all and place.name == vehicle.last_location:
            return Place(place.name, vehicle.point)
        return place

    def fill_in(self, vehicle: Vehicle) -> None:
        """Show what is said of the vehicle so far."""
        self.color.data, self.brand.data = vehicle.color, vehicle.brand
        self.location.data = vehicle.last_location

    def show_where_it_is_now(self, vehicle: Vehicle) -> None:
        """Put where a ride has ended meanwhile in the place of what was sent, and say so."""
        self.location.data = vehicle.last_location
        self.latitude.data = self.longitude.data = self.pin_shown.data = None
        self.location.errors = [
            _(
                "Someone has ridden the vehicle in the meantime, and now it's parked here. Check"
                " the place."
            )
        ]


class RemoveVehicleForm(_CityForm):
    """Stops sharing a vehicle."""
