"""The forms of the site: what may be filled in, and what is said when it is wrong."""

import re
import unicodedata
import uuid
from typing import Any, Final, cast

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
from wtforms.validators import UUID, Email, InputRequired, Length, Optional, Regexp, ValidationError

from movr.errors import NotFound
from movr.records import Lengths, VehicleType
from movr.regions import CITIES
from web.base_form import Form
from web.geoutils import client_location, offered_cities
from web.place_fields import PlaceFields

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128


def text_in(field: StringField) -> str:
    """Return what a field of a valid form holds."""
    return field.data or ""


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _id_or_none(value: str | None) -> str | None:
    try:
        return str(uuid.UUID(value))
    except (TypeError, ValueError):
        return None


def _can_be_shown(character: str) -> bool:
    """Return False for controls, NUL above all, and for what Unicode keeps out of texts."""
    number = ord(character)
    return not (
        unicodedata.category(character) in ("Cc", "Cs")
        or number & 0xFFFE == 0xFFFE
        or 0xFDD0 <= number <= 0xFDEF
        # These turn the direction of all that follows, on the pages of other riders too.
        or 0x202A <= number <= 0x202E
        or 0x2066 <= number <= 0x2069
    )


def _printable(_form: Form, field: Field) -> None:
    """Refuse characters that databases cannot keep or pages cannot show, and leave the others."""
    typed = field.data or ""
    field.data = "".join(filter(_can_be_shown, typed))
    if field.data != typed:
        raise ValidationError("This contained characters that cannot be shown. Please check it.")


def _text(longest: int) -> list[Any]:
    return [
        InputRequired("Please fill this in."),
        _filled,
        _printable,
        Length(max=longest, message=f"Please shorten this to {longest} characters."),
    ]


NEW_PASSWORD_RULES: Final = [
    InputRequired("Please fill this in."),
    Length(
        min=SHORTEST_PASSWORD, message=f"Please choose at least {SHORTEST_PASSWORD} characters."
    ),
    Length(max=LONGEST_PASSWORD, message=f"Please shorten this to {LONGEST_PASSWORD} characters."),
]


def refuse_names(password: Field, *names: str | None) -> None:
    """Refuse the passwords that an attacker tries first; raises ValidationError."""
    if (password.data or "").casefold() in {(name or "").casefold() for name in names}:
        raise ValidationError("Please choose a password that is not your name or e-mail.")


def _chosen(_form: Form, field: SelectField) -> None:
    if field.data not in [choice[0] for choice in field.iter_choices()]:
        raise ValidationError("Please choose one of these.")


def _filled(_form: Form, field: Field) -> None:
    if not field.data:
        raise ValidationError("Please fill this in.")


class LoginForm(Form):
    """Any wrong login gets one and the same answer, so nothing is checked here but the size."""

    username = StringField(
        "Username",
        [InputRequired("Please fill this in."), _printable, Length(max=LONGEST_PASSWORD)],
        filters=[_stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Please fill this in."), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField("Log in")


class RegisterForm(Form):
    """A new account."""

    city = SelectField("City", [_chosen], validate_choice=False)
    first_name = StringField(
        "First name",
        _text(Lengths.NAME),
        filters=[_stripped],
        render_kw={"autocomplete": "given-name"},
    )
    last_name = StringField(
        "Last name",
        _text(Lengths.NAME),
        filters=[_stripped],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        "E-mail",
        [
            *_text(Lengths.EMAIL),
            Email("Please give an e-mail address such as name@example.com."),
        ],
        filters=[_stripped],
        render_kw={"autocomplete": "email"},
    )
    username = StringField(
        "Username",
        [
            *_text(Lengths.USERNAME),
            Length(min=3, message="Please choose at least 3 characters."),
            Regexp(
                r"[A-Za-z0-9][A-Za-z0-9._-]*\Z",
                message="Please use letters from A to Z, digits, dots, dashes and underscores.",
            ),
        ],
        description="3 to 32 letters, digits, dots, dashes or underscores. Other riders see it.",
        filters=[_stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password",
        NEW_PASSWORD_RULES,
        description=f"At least {SHORTEST_PASSWORD} characters, and not your username.",
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("Sign up")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the cities that are served here, beginning with the one the client is in."""
        super().__init__(*args, **kwargs)
        self.city.choices = {city.name: city.label for city in offered_cities()}
        # A guess is good for a page, not for where an account and its data will be.
        if self.city.data is None and not self.is_submitted():
            self.city.data = client_location().city.name

    def validate_password(self, field: Field) -> None:
        """Refuse the account's own names."""
        refuse_names(field, self.username.data, self.email.data)


class AddVehicleForm(PlaceFields, Form):
    """A vehicle that its owner shares; `form_id` tells when the same form is sent again."""

    form_id = HiddenField(filters=[_id_or_none])
    type = RadioField(
        "Type",
        [_chosen],
        choices={kind.value: kind.value.capitalize() for kind in VehicleType},
        validate_choice=False,
    )
    color = StringField("Colour", _text(Lengths.NAME), filters=[_stripped])
    brand = StringField("Brand", _text(Lengths.NAME), filters=[_stripped])
    location = StringField(
        "Where it stands",
        _text(Lengths.LOCATION),
        description="A place that riders will find, such as a square or a street corner.",
        filters=[_stripped],
    )
    submit = SubmitField("Register vehicle")


class _CityForm(Form):
    """A form that names a vehicle or a ride carries its city, as every key does."""

    city = HiddenField(validators=[Optional()])

    def city_or(self, default: str) -> str:
        """Return the city that the form names, else `default`; raises NotFound."""
        city: str = self.city.data or default
        if city not in CITIES:
            raise NotFound("city")
        return city


class StartRideForm(_CityForm):
    """Names the ride that it starts, so that sending it twice starts one."""

    ride_id = HiddenField(
        validators=[
            Optional(strip_whitespace=False),
            UUID("Please reload the page and try again."),
        ]
    )


class EndRideForm(PlaceFields, _CityForm):
    """Where the ride ends."""

    location = StringField(
        "Where do you leave the vehicle?",
        _text(Lengths.LOCATION),
        description="A place that the next rider will find, such as a square or a street corner.",
        filters=[_stripped],
    )
    submit = SubmitField("End ride")


class ChangeVehicleForm(PlaceFields, _CityForm):
    """What is said of a vehicle; `ride_count` tells if it has been ridden since it was shown."""

    ride_count = HiddenField()
    # By the script that put the vehicle's point on the map: from then on, no point means none.
    pin_shown = HiddenField()
    # Fields are bound to a form only when one is made: these are under the same rules.
    color = cast(StringField, AddVehicleForm.color)
    brand = cast(StringField, AddVehicleForm.brand)
    location = cast(StringField, AddVehicleForm.location)
    submit = SubmitField("Save changes")

    def rides_before(self) -> int | None:
        """Return how many rides the vehicle had had when it was shown; None if that is not said."""
        count = self.ride_count.data or ""
        return int(count) if re.fullmatch(r"[0-9]{1,9}", count) else None


class RemoveVehicleForm(_CityForm):
    """Takes a vehicle out of service."""
