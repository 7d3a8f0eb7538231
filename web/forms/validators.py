"""What fields have in common: how a text is tidied, and what it may hold and how much of it."""

import unicodedata
from collections.abc import Callable
from typing import Any, Final

from wtforms import Field, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from web.forms.base import Form
from web.translation import LazyString
from web.translation import lazy_gettext as _


def stripped(value: str | None) -> str | None:
    """Return a text without the blanks around it."""
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
        raise ValidationError(
            _("This contained characters that can't be shown. Check what is left.")
        )


# Controls, formats, private characters, marks that need another character, and blanks.
_UNSEEN: Final = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
# Letters and symbols that show as nothing: fillers between Hangul, a Braille cell without dots, a
# note without a head, the place of an object.
_BLANK_LOOKING: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159")


def _can_be_seen(character: str) -> bool:
    """Return False for what leaves no mark by itself: blanks, joiners, accents, tags, fillers."""
    return not (
        unicodedata.category(character) in _UNSEEN
        or character in _BLANK_LOOKING
        # Unicode keeps these for tags and variations to come.
        or 0xE0000 <= ord(character) <= 0xE0FFF
        or 0xFFF0 <= ord(character) <= 0xFFF8
        or ord(character) == 0x2065
        # Blanks between hieroglyphs.
        or 0x13441 <= ord(character) <= 0x13442
    )


def visible(_form: Form, field: Field) -> None:
    """Refuse a text of which nobody would see anything; joiners within a text are fine."""
    if not any(map(_can_be_seen, field.data)):
        raise ValidationError(_("Nobody could see this. Use letters, digits or symbols."))


TOO_LONG: Final = _("Use at most %(max)d characters.")


def text(longest: int, missing: LazyString) -> list[Any]:
    """Return the rules of a field that needs a text; `missing` says what to enter."""

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
    """Return the rule of a field that needs one of its choices; `missing` says what to choose."""

    def validate(_form: Form, field: SelectField) -> None:
        if field.data not in [choice[0] for choice in field.iter_choices()]:
            raise ValidationError(missing)

    return validate


def text_in(field: StringField) -> str:
    """Return what a field of a valid form holds."""
    return field.data or ""
