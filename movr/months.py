"""Days, months and years of a rider's history, in a city's time zone. No requests, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from movr.records import Ride
from movr.regions import CITIES

FIRST_YEAR: Final = 2000
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return date(self.year, self.number, 1)

    def begin(self, city: str) -> datetime:
        """Return when it begins in a city's time zone, in UTC."""
        return _begin(self.year, self.number, city)

    def next(self) -> "Month":
        """Return the month after it."""
        if self.number < _MONTHS_A_YEAR:
            return Month(self.year, self.number + 1)
        return Month(self.year + 1, 1)


@lru_cache(1024)  # A history asks for the same few again and again.
def _begin(year: int, month: int, city: str) -> datetime:
    return datetime(year, month, 1, tzinfo=CITIES[city].time_zone).astimezone(UTC)


def day_of(moment: datetime, city: str) -> date:
    """Return the date of a moment in a city's time zone."""
    return moment.astimezone(CITIES[city].time_zone).date()


def month_of(moment: datetime, city: str) -> Month:
    """Return the month of a moment in a city's time zone."""
    local = moment.astimezone(CITIES[city].time_zone)
    return Month(local.year, local.month)


def months_until(year: int, last: Month) -> tuple[Month, ...]:
    """Return the months of a year up to `last`, in order."""
    months = (Month(year, number + 1) for number in range(_MONTHS_A_YEAR))
    return tuple(
        month for month in months if (month.year, month.number) <= (last.year, last.number)
    )


def year_in(text: str, last: int) -> int | None:
    """Return the year in a text; None unless it is one from FIRST_YEAR to `last`."""
    if not (text.isascii() and text.isdecimal() and len(text) == len(str(last))):
        return None
    year = int(text)
    return year if FIRST_YEAR <= year <= last else None


def by_month(rides: Iterable[Ride], city: str) -> list[tuple[Month, list[Ride]]]:
    """Group rides, newest first, by the month in which they began, in a city's time zone."""
    months: list[tuple[Month, list[Ride]]] = []
    begin = datetime.max.replace(tzinfo=UTC)
    for ride in rides:
        if ride.start_time < begin:
            month = month_of(ride.start_time, city)
            begin = month.begin(city)
            months.append((month, []))
        months[-1][1].append(ride)
    return months
