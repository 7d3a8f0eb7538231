"""What people say of themselves: logging in, signing up, changing what an account says."""

from typing import Any, Final

from wtforms import EmailField, Field, PasswordField, SelectField, StringField, SubmitField
from wtforms.validators import Email, InputRequired, Length, Regexp, ValidationError

from movr.passwords import is_common
from movr.records import User
from movr.rules import Lengths
from web.forms.base import Form
from web.forms.validators import TOO_LONG, chosen, printable, stripped, text
from web.geoutils import Reason, client_location, offered_cities
from web.mail_addresses import ENCODED_WORD
from web.translation import gettext
from web.translation import lazy_gettext as _

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128

_TOO_SHORT: Final = _("Use at least %(min)d characters.")
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
    "At least %(count)s characters, and not your username or email.", count=SHORTEST_PASSWORD
)


_NOT_AN_ADDRESS: Final = _("Enter an email address such as name@example.com.")


def _can_be_mailed(_form: Form, field: Field) -> None:
    """Refuse addresses that many mail servers would not take, or would take for another one."""
    if ENCODED_WORD in field.data:
        raise ValidationError(_NOT_AN_ADDRESS)
    if not field.data.rpartition("@")[0].isascii():
        raise ValidationError(_("Use only letters from A to Z, digits and symbols before the @."))


def _refuse_guesses(password: Field, *names: str | None) -> None:
    """Refuse the passwords that an attacker tries first; raises ValidationError."""
    if is_common(password.data or ""):
        raise ValidationError(_("Too many people use this password. Choose another one."))
    if (password.data or "").casefold() in {(name or "").casefold() for name in names}:
        raise ValidationError(_("Choose a password that isn't your username or email."))


class _AnyUsername(Form):
    """A wrong name always gets the same message, so only the length is checked here."""

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


class LoginForm(_AnyUsername):
    """A wrong login always gets the same message."""

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
            Email(_NOT_AN_ADDRESS),
            _can_be_mailed,
        ],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )


class RegisterForm(_PersonFields):
    """A new account."""

    city = SelectField(
        _("City"),
        [InputRequired(_("Choose a city.")), chosen(_("Choose a city."))],
        description=_("Your home city, where you ride most. It can't be changed later."),
        validate_choice=False,
    )
    username = StringField(
        _("Username"),
        [
            *text(Lengths.USERNAME, _("Choose a username.")),
            Length(min=3, message=_TOO_SHORT),
            Regexp(
                r"[A-Za-z0-9][A-Za-z0-9._-]*\Z",
                message=_(
                    "Begin with a letter or digit. Use only letters from A to Z, digits, dots,"
                    " dashes and underscores."
                ),
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
        """Offer the cities that are served here, and choose one only where it is no guess."""
        super().__init__(*args, **kwargs)
        cities = {city.name: city.label for city in offered_cities()}
        self.city.choices = {"": gettext("Choose your city")} | cities
        # A guess is good for a page, not for where an account and its data will be.
        location = client_location()
        is_known = location.reason is Reason.CITY_HEADER and not self.is_submitted()
        if self.city.data is None and is_known:
            self.city.data = location.city.name

    def validate_password(self, field: Field) -> None:
        """Refuse the account's own names, and what many others have chosen."""
        _refuse_guesses(field, self.username.data, self.email.data)


class ChangeUserForm(_PersonFields):
    """What was said of the rider when signing up, and who is asking, if the address changes."""

    password = PasswordField(
        _("Current password"),
        [Length(max=LONGEST_PASSWORD, message=TOO_LONG)],
        description=_("Only needed for another email address."),
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_("Save changes"))

    def __init__(self, user: User) -> None:
        """Change the details of this account."""
        super().__init__(obj=None if self.is_submitted() else user)
        self._user = user

    @property
    def is_other_address(self) -> bool:
        """Whether the account is to have another address."""
        return bool(self.email.data != self._user.email)

    def validate_password(self, field: Field) -> None:
        """Ask for the password where the address changes: links to a new one are sent there."""
        if self.is_other_address and not field.data:
            raise ValidationError(_("Enter your password to change your email address."))


class _NewPasswordForm(Form):
    """A new password for an account that there is."""

    def __init__(self, user: User) -> None:
        """Set the password of this account."""
        super().__init__()
        self._user = user

    def validate_new_password(self, field: Field) -> None:
        """Refuse the account's own names, and what many others have chosen."""
        _refuse_guesses(field, self._user.username, self._user.email)


class ChangePasswordForm(_NewPasswordForm):
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


class ForgotPasswordForm(_AnyUsername):
    """Whose password is forgotten."""

    submit = SubmitField(_("Send me a link"))


class ResetPasswordForm(_NewPasswordForm):
    """A new password, for whoever has the link."""

    new_password = PasswordField(
        _("New password"),
        _NEW_PASSWORD_RULES,
        description=_NEW_PASSWORD_HELP,
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField(_("Set password"))


class CloseAccountForm(Form):
    """The password of an account, for what cannot be undone."""

    password = PasswordField(
        _("Password"), _PASSWORD_RULES, render_kw={"autocomplete": "current-password"}
    )
    submit = SubmitField(_("Yes, close my account"))
