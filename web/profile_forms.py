"""The forms by which riders correct what their account says of them, and change their password."""

from typing import cast

from wtforms import Field, PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length

from movr.records import User
from web.base_form import Form
from web.forms import (
    LONGEST_PASSWORD,
    NEW_PASSWORD_RULES,
    SHORTEST_PASSWORD,
    RegisterForm,
    refuse_names,
)


class ChangeUserForm(Form):
    """What was said of the rider when signing up, under the same rules."""

    # Fields are bound to a form only when one is made.
    first_name = cast(StringField, RegisterForm.first_name)
    last_name = cast(StringField, RegisterForm.last_name)
    email = cast(StringField, RegisterForm.email)
    submit = SubmitField("Save changes")


class ChangePasswordForm(Form):
    """The password of now, which proves who is asking, and the one to come."""

    password = PasswordField(
        "Current password",
        [InputRequired("Please fill this in."), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        "New password",
        NEW_PASSWORD_RULES,
        description=f"At least {SHORTEST_PASSWORD} characters, and not your username.",
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("Change password")

    _user: User

    def validate_for(self, user: User) -> bool:
        """Return whether the form was sent and is good for this user."""
        self._user = user
        valid: bool = self.validate_on_submit()
        return valid

    def validate_new_password(self, field: Field) -> None:
        """Refuse the account's own names."""
        refuse_names(field, self._user.username, self._user.email)
