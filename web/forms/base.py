"""The base of all forms: how much of a text they look at, and when they stop. No fields."""

from collections.abc import Callable
from typing import Any, Final

from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.validators import StopValidation, ValidationError

from web.drafts import take_draft

MAX_CHARACTERS: Final = 1000
"""Many times what any field accepts. Whatever is longer ends here, and is refused as too long."""

_Validator = Callable[[Any, Any], object]


class Form(FlaskForm):
    """A form that nobody can keep busy: it reads short texts, and of each the first fault.

    `is_draft` says that it shows what was typed before and came too late.
    """

    is_draft = False

    class Meta(FlaskForm.Meta):
        """How fields come by their texts and their validators."""

        def wrap_formdata(self, form: "Form", formdata: Any) -> Any:
            """Return what was sent, each text cut off where it is too long for every field.

            To normalise 60 kB of Unicode can take more than a second, and nobody wants them back.
            """
            sent = super().wrap_formdata(form, formdata)
            if not sent and formdata is _Auto and not form.is_submitted():
                sent = take_draft()
                form.is_draft = sent is not None
            if not sent:
                return sent
            return MultiDict((name, text[:MAX_CHARACTERS]) for name, text in sent.items(multi=True))

        def bind_field(self, form: "Form", unbound_field: Any, options: dict[str, Any]) -> Field:
            """Return a field whose validators see only what those before them have let through."""
            field: Field = super().bind_field(form, unbound_field, options)
            field.validators = [_final(validator) for validator in field.validators]
            return field


def _final(validator: _Validator) -> _Validator:
    """Return the validator with its refusal made the last word on a field."""

    def validate(form: Any, field: Any) -> None:
        try:
            validator(form, field)
        except ValidationError as error:
            raise StopValidation(*error.args) from error

    return validate
