"""What templates are given besides their own data: the place, and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import uuid4

from flask import Flask, request

from movr.months import day_of
from movr.records import Point, Vehicle
from movr.regions import CITIES, distance_km
from web.geoutils import client_location, is_far, offered_cities, other_cities

_MINUTE: Final = timedelta(minutes=1)


def city_label(city: str) -> str:
    """Return a city's name as it is written: "new york" -> "New York"."""
    return CITIES[city].label


def local_time(moment: datetime, city: str) -> str:
    """Return a time as a clock in the city shows it: "Fri 20 Nov 2026, 18:49 CET"."""
    local = moment.astimezone(CITIES[city].time_zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def day_words(day: date, city: str) -> str:
    """Return a day in words, for somebody in a city: "today", "yesterday", "20 Nov 2026"."""
    days = (day_of(datetime.now(UTC), city) - day).days
    return {0: "today", 1: "yesterday"}.get(days, f"{day.day} {day:%b %Y}")


def so_far(moment: datetime) -> timedelta:
    """Return the time since a moment; none at all, if another container's clock is ahead."""
    return max(datetime.now(UTC) - moment, timedelta(0))


def duration(length: timedelta) -> str:
    """Return a length of time in words: "under a minute", "25 min", "1 h 5 min"."""
    minutes = length // _MINUTE
    if not minutes:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)


def distance(vehicle: Vehicle, here: Point) -> str:
    """Return how far a vehicle is from here in words: "under 20 m", "350 m", "1.2 km"; or ""."""
    if vehicle.point is None:
        return ""
    metres = 1000 * distance_km(vehicle.point, here)
    if metres < 20:
        return "under 20 m"
    return f"{round(metres, -1):.0f} m" if metres < 995 else f"{metres / 1000:.1f} km"


def counted(count: int, what: str) -> str:
    """Return so many of something in words: "1 ride", "1,250 rides"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def often(count: int) -> str:
    """Return how often something was done: "once", "12 times"."""
    return "once" if count == 1 else counted(count, "time")


def init_app(app: Flask) -> None:
    """Give every template the filters and the client's place."""
    for word in (city_label, local_time, day_words, so_far, duration, counted, often, distance):
        app.jinja_env.filters[word.__name__] = word
    app.jinja_env.tests["far"] = is_far

    @app.context_processor
    def _context() -> dict[str, object]:
        shown, shown_args = request.endpoint, request.view_args
        # A form that is refused is shown again on the page that it stands on.
        if shown == "rides.end_ride":
            shown, shown_args = "rides.get_rides", {}
        elif shown == "accounts.remove_user":
            shown = "accounts.get_user"
        return {
            "location": client_location(),
            "offered_cities": offered_cities(),
            "other_cities": other_cities(),
            "new_id": uuid4,
            # The page that is shown, for links to it.
            "shown": shown,
            "shown_args": shown_args,
        }
