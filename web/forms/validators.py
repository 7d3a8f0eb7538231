"""What fields share: trimming, and rules for the characters and the length of a text."""

import unicodedata
from collections.abc import Callable
from typing import Any, Final

from wtforms import Field, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from web.forms.base import Form
from web.translation import LazyString
from web.translation import lazy_gettext as _


def stripped(value: str | None) -> str | None:
    """Return a text without leading and trailing spaces."""
    return value.strip() if value else value


def _can_be_shown(character: str) -> bool:
    """Return whether a character can be stored and shown: no controls, no line breaks."""
    number = ord(character)
    return not (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or number & 0xFFFE == 0xFFFE
        or 0xFDD0 <= number <= 0xFDEF
        # These change the direction of all text after them, also on other riders' pages.
        or 0x202A <= number <= 0x202E
        or 0x2066 <= number <= 0x2069
    )


def printable(_form: Form, field: Field) -> None:
    """Refuse characters that cannot be stored or shown, and keep the others in the field."""
    typed = field.data or ""
    field.data = "".join(filter(_can_be_shown, typed))
    if field.data != typed:
        raise ValidationError(
            _("This contained characters that can't be shown. Check what is left.")
        )


# Controls, formats, private use, surrogates, combining marks and separators.
_UNSEEN: Final = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
# Letters and symbols that look blank: Hangul fillers, the blank Braille pattern, the null notehead,
# and the object replacement character.
_BLANK_LOOKING: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159")


def _can_be_seen(character: str) -> bool:
    """Return whether a character is visible by itself: no space, joiner, accent, tag or filler."""
    return not (
        unicodedata.category(character) in _UNSEEN
        or character in _BLANK_LOOKING
        # Reserved for future tags and variation selectors.
        or 0xE0000 <= ord(character) <= 0xE0FFF
        or 0xFFF0 <= ord(character) <= 0xFFF8
        or ord(character) == 0x2065
        # Blank Egyptian hieroglyphs.
        or 0x13441 <= ord(character) <= 0x13442
    )


def visible(_form: Form, field: Field) -> None:
    """Refuse a text that would look empty; joiners within a text are fine."""
    if not any(map(_can_be_seen, field.data)):
        raise ValidationError(_("Nobody could see this. Use letters, digits or symbols."))


TOO_LONG: Final = _("Use at most %(max)d characters.")


def text(longest: int, missing: LazyString) -> list[Any]:
    """Return the validators of a required text; `missing` is the message for an empty one."""

    def filled(_form: Form, field: Field) -> None:
        if not field.data:
            raise ValidationError(missing)

    return [
        InputRequired(missing),
        filled,
        printable,
        visible,
        Length(max=longest, message=TOO_LONG),
    ]


def chosen(missing: LazyString) -> Callable[[Form, SelectField], None]:
    """Return the validator of a required choice; `missing` is the message for none."""

    def validate(_form: Form, field: SelectField) -> None:
        if field.data not in [choice[0] for choice in field.iter_choices()]:
            raise ValidationError(missing)

    return validate


def text_in(field: StringField) -> str:
    """Return the text of a field in a valid form."""
    return field.data or ""
