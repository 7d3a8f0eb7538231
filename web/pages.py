"""What templates are given besides their own data: the place, and times as people read them."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from flask import Flask, request
from werkzeug.local import LocalProxy

from movr.regions import CITIES
from web.geoutils import client_location, offered_cities
from web.security import is_safe_path

_MINUTE: Final = timedelta(minutes=1)


def city_label(city: str) -> str:
    """Return a city's name as it is written: "new york" -> "New York"."""
    return CITIES[city].label


def local_time(moment: datetime, city: str) -> str:
    """Return a time as a clock in the city shows it: "Fri 20 Nov 2026, 18:49"."""
    local = moment.astimezone(CITIES[city].time_zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def duration(length: timedelta) -> str:
    """Return a length of time in words: "under a minute", "25 min", "1 h 5 min"."""
    minutes = length // _MINUTE
    if not minutes:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)


def _path_here() -> str:
    path = request.full_path.removesuffix("?")
    return path if request.method == "GET" and is_safe_path(path) else ""


def init_app(app: Flask) -> None:
    """Give every template the filters and the client's place."""
    app.jinja_env.filters.update(city_label=city_label, local_time=local_time, duration=duration)

    @app.context_processor
    def _context() -> dict[str, object]:
        refused_end = request.endpoint == "rides.end_ride"
        # Proxies, so that pages which do not ask need neither session nor database.
        return {
            "location": LocalProxy(client_location),
            "offered_cities": LocalProxy(offered_cities),
            "path_here": LocalProxy(_path_here),
            "new_id": uuid4,
            # The page that is shown, for links to it: a refused end of a ride shows that of rides.
            "shown": "rides.get_rides" if refused_end else request.endpoint,
            "shown_args": {} if refused_end else request.view_args,
        }
