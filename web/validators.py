"""What fields have in common: how a text is tidied, and what it may hold and how much of it."""

import unicodedata
from typing import Any

from wtforms import Field, SelectField
from wtforms.validators import InputRequired, Length, ValidationError

from web.base_form import Form


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


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


def printable(_form: Form, field: Field) -> None:
    """Refuse characters that databases cannot keep or pages cannot show, and leave the others."""
    typed = field.data or ""
    field.data = "".join(filter(_can_be_shown, typed))
    if field.data != typed:
        raise ValidationError("This contained characters that cannot be shown. Please check it.")


def text(longest: int) -> list[Any]:
    return [
        InputRequired("Please fill this in."),
        filled,
        printable,
        Length(max=longest, message=f"Please shorten this to {longest} characters."),
    ]


def chosen(_form: Form, field: SelectField) -> None:
    if field.data not in [choice[0] for choice in field.iter_choices()]:
        raise ValidationError("Please choose one of these.")


def filled(_form: Form, field: Field) -> None:
    if not field.data:
        raise ValidationError("Please fill this in.")
