"""Reporting a problem of a vehicle."""

from typing import Any, Final
from uuid import UUID, uuid5

from wtforms import HiddenField, RadioField, SubmitField, TextAreaField
from wtforms.validators import Length, ValidationError

from movr.kinds import ProblemKind
from movr.rules import Lengths
from web.forms.city_form import CityForm, id_or_none
from web.forms.validators import TOO_LONG, chosen, printable
from web.translation import gettext
from web.translation import lazy_gettext as _

_ROWS: Final = 3


def _in_one_line(value: str | None) -> str | None:
    return " ".join(value.split()) if value else value


class ReportProblemForm(CityForm):
    """What is wrong with a vehicle; `form_id` tells when the same form is sent again."""

    form_id = HiddenField(filters=[id_or_none])
    kind = RadioField(
        _("What's wrong?"), [chosen(_("Choose what's wrong."))], validate_choice=False
    )
    words = TextAreaField(
        _("In your words"),
        [printable, Length(max=Lengths.PROBLEM, message=TOO_LONG)],
        description=_("The owner reads this, but not who wrote it."),
        filters=[_in_one_line],
        render_kw={"rows": _ROWS},
    )
    submit = SubmitField(_("Report the problem"))

    def __init__(self, default_city: str) -> None:
        """Report a problem of a vehicle in this city, unless the form names another."""
        super().__init__(default_city)
        self.kind.choices = {
            ProblemKind.FLAT_TYRE.value: gettext("Flat tyre or wheel"),
            ProblemKind.BRAKES.value: gettext("Brakes"),
            ProblemKind.LOCK.value: gettext("Lock"),
            ProblemKind.MISSING.value: gettext("It isn't there"),
            ProblemKind.OTHER.value: gettext("Something else"),
        }

    def validate_words(self, field: Any) -> None:
        """Ask for words where nothing else says what is wrong."""
        if self.kind.data == ProblemKind.OTHER and not field.data:
            raise ValidationError(gettext("Describe what's wrong."))

    def problem_id(self, rider_id: UUID, vehicle_id: UUID) -> UUID | None:
        """Return an id that follows from what was sent; None if the form has no id of its own."""
        if not self.form_id.data:
            return None
        about = (self.form_id.data, self.city_name, vehicle_id, self.kind.data, self.words.data)
        return uuid5(rider_id, "\n".join(map(str, about)))
