"""The field in which a rider says when a forgotten ride ended, on the clocks of the ride's city."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import DateTimeLocalInput

from movr.records import Ride
from movr.regions import CITIES
from web.filters import local_time
from web.translation import gettext as _

# Browsers send the first format, and some add seconds.
_FORMATS: Final = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_MINUTE: Final = timedelta(minutes=1)


class EndTimeField(Field):
    """A date and time between the start of a ride and now, or empty; `moment` has it in UTC."""

    widget = DateTimeLocalInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moment: datetime | None = None

    def is_of(self, ride: Ride) -> None:
        """Set the ride, before the field is validated."""
        self._ride, self._zone = ride, CITIES[ride.city].time_zone
        self.render_kw = {
            "min": f"{self._local(ride.start_time):%Y-%m-%dT%H:%M}",
            "max": f"{self._local(datetime.now(UTC)):%Y-%m-%dT%H:%M}",
        }
        self.description = _(
            "Leave this empty if you're ending it now. Times are those of %(city)s.",
            city=CITIES[ride.city].label,
        )

    def _value(self) -> str:
        return self.data or ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Keep the text, to show it again."""
        self.data = valuelist[0].strip() if valuelist else ""

    def pre_validate(self, _form: Any) -> None:
        """Refuse a text that cannot be read, and a time before the start or in the future."""
        if not self.data:
            return
        said = _read(self.data)
        if said is None:
            raise ValidationError(_("Enter a date and a time."))
        start, now = self._ride.start_time, datetime.now(UTC)
        for moment in self._moments(said):
            # The field has no seconds, so the minute in which the ride started is allowed.
            if start - _MINUTE < moment <= now:
                self.moment = max(moment, start)
                return
        raise ValidationError(
            _(
                "Choose a time between the start of your ride, %(start)s, and now.",
                start=local_time(start, self._ride.city),
            )
        )

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    def _moments(self, said: datetime) -> Iterator[datetime]:
        """Yield the moments that a clock time can mean: two where the clocks were set back."""
        for fold in (0, 1):
            # Near the first and the last year, the moment cannot be expressed in UTC.
            with suppress(OverflowError):
                yield said.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)


def _read(text: str) -> datetime | None:
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 (its zone is that of the city)
        except ValueError:
            continue
    return None
