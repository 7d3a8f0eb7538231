"""The base class of all forms, which limits how much text they process."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, Self, TypeVar

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.validators import StopValidation, ValidationError

from web.drafts import draft_waits, take_draft

MAX_CHARACTERS: Final = 1000
"""Many times what any field accepts. Longer text is cut off here, and refused as too long."""

_Validator = Callable[[Any, Any], object]

T = TypeVar("T", bound="Form")


class Form(FlaskForm):
    """A form that is cheap to validate: it cuts off long texts, and stops at a field's first fault.

    `is_draft` means that it shows what was typed before and arrived too late, `is_shared` that all
    requests share it, and templates keep its fields as rendered.
    """

    is_draft = False
    is_shared = False

    class Meta(FlaskForm.Meta):
        """How fields get their texts and validators."""

        # web/csrf.py has checked the token of each request before any form reads it.
        csrf = False

        def wrap_formdata(self, form: "Form", formdata: Any) -> Any:
            """Return what was sent, with texts cut off where they are too long for any field.

            Normalising 60 kB of Unicode can take more than a second.
            """
            sent = super().wrap_formdata(form, formdata)
            if not sent and formdata is _Auto and not form.is_submitted():
                sent = take_draft()
                form.is_draft = sent is not None
            if not sent:
                return sent
            return MultiDict((name, text[:MAX_CHARACTERS]) for name, text in sent.items(multi=True))

        def bind_field(self, form: "Form", unbound_field: Any, options: dict[str, Any]) -> Field:
            """Return a field whose validators run only if those before them have passed."""
            field: Field = super().bind_field(form, unbound_field, options)
            field.form = form  # type: ignore[attr-defined]  # for templates, which get the field
            field.validators = [_final(validator) for validator in field.validators]
            return field

    @classmethod
    def of_request(cls) -> Self:
        """Return the form that was sent, or its draft, or else the empty one that all share."""
        return cls() if request.method == "POST" or draft_waits() else _empty(cls)  # type: ignore[arg-type]


@cache
def _empty(kind: type[T]) -> T:
    form = kind(formdata=None)
    form.is_shared = True
    return form


def _final(validator: _Validator) -> _Validator:
    """Return the validator, so that no other runs after it has refused."""

    def validate(form: Any, field: Any) -> None:
        try:
            validator(form, field)
        except ValidationError as error:
            raise StopValidation(*error.args) from error

    return validate
