"""Template filters and variables: the client's place, and times and numbers in readable form."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import uuid4

from flask import Flask, current_app

from movr.kinds import ProblemKind
from movr.months import Month, day_of
from movr.numbers import full_number
from movr.records import Point, Problem, Ride, Totals, User, Vehicle
from movr.regions import CITIES, distance_km
from movr.rules import CANCEL_WITHIN
from web.geoutils import is_far, offered_cities, other_cities
from web.translation import format_date, format_decimal, gettext, ngettext, pgettext

_MINUTE: Final = timedelta(minutes=1)


def city_label(city: str) -> str:
    """Return a city's name as it is written: "new york" -> "New York"."""
    return CITIES[city].label


def local_time(moment: datetime, city: str) -> str:
    """Return a time on the city's clocks: "Fri 20 Nov 2026, 18:49 CET"."""
    local = moment.astimezone(CITIES[city].time_zone)
    date = format_date(local.date(), pgettext("CLDR date pattern", "EEE d MMM y"))
    return gettext("%(date)s, %(time)s", date=date, time=f"{local:%H:%M %Z}")


def month_name(month: Month) -> str:
    """Return a month's name in its year: "November"."""
    return format_date(month.first_day, "LLLL")


def month_and_year(month: Month) -> str:
    """Return a month's name with its year: "November 2026"."""
    return format_date(month.first_day, pgettext("CLDR date pattern", "LLLL y"))


def last_seen(day: date, city: str) -> str:
    """Return when a device was seen, for a rider of a city: "Last seen yesterday"."""
    days = (day_of(datetime.now(UTC), city) - day).days
    if days == 0:
        return gettext("Last seen today")
    if days == 1:
        return gettext("Last seen yesterday")
    date = format_date(day, pgettext("CLDR date pattern", "d MMM y"))
    return gettext("Last seen on %(day)s", day=date)


def paused_on(moment: datetime, city: str) -> str:
    """Return when a vehicle was paused, by the calendar of its city: "Paused on 20 Nov 2026"."""
    day = day_of(moment, city)
    if day == day_of(datetime.now(UTC), city):
        return gettext("Paused today")
    return gettext("Paused on %(day)s", day=format_date(day, "d MMM y"))


def reported_on(moment: datetime, city: str) -> str:
    """Return when a problem was reported, by the calendar of its city: "Reported today"."""
    day = day_of(moment, city)
    if day == day_of(datetime.now(UTC), city):
        return gettext("Reported today")
    return gettext("Reported on %(day)s", day=format_date(day, "d MMM y"))


def what_is_wrong(problem: Problem) -> str:
    """Return what was reported of a vehicle, as a heading."""
    return {
        ProblemKind.FLAT_TYRE: gettext("Flat tyre or wheel"),
        ProblemKind.BRAKES: gettext("Brakes"),
        ProblemKind.LOCK: gettext("Lock"),
        ProblemKind.MISSING: gettext("It isn't where the list says"),
        ProblemKind.OTHER: gettext("Something is wrong"),
    }[problem.kind]


def what_to_do(problem: Problem) -> str:
    """Return what an owner does about a problem before the vehicle is listed again."""
    return {
        ProblemKind.FLAT_TYRE: gettext("Pump up or mend it, then list the vehicle again."),
        ProblemKind.BRAKES: gettext("Check the brakes, then list the vehicle again."),
        ProblemKind.LOCK: gettext("Check the lock, then list the vehicle again."),
        ProblemKind.MISSING: gettext(
            "Look for it, correct its place with Edit, then list it again."
        ),
        ProblemKind.OTHER: gettext("Look at the vehicle, then list it again."),
    }[problem.kind]


def so_far(moment: datetime) -> timedelta:
    """Return the time since a moment, never negative: another container's clock may be ahead."""
    return max(datetime.now(UTC) - moment, timedelta(0))


def cancel_for_ms(ride: Ride) -> int:
    """Return for how many more milliseconds a running ride can be cancelled; 0 if no longer."""
    return max((CANCEL_WITHIN - so_far(ride.start_time)) // timedelta(milliseconds=1), 0)


def lasts_long(start_time: datetime) -> bool:
    """Return whether to ask the rider if a running ride goes on."""
    return so_far(start_time) >= timedelta(hours=current_app.config["STILL_RIDING_AFTER"])


def seems_forgotten(start_time: datetime) -> bool:
    """Return whether to tell the owner that the rider may have forgotten the ride."""
    return so_far(start_time) >= timedelta(hours=current_app.config["FORGOTTEN_AFTER"])


def duration(length: timedelta) -> str:
    """Return a duration in words: "under a minute", "25 min", "1 h 5 min"; numbers in one line."""
    minutes = length // _MINUTE
    if not minutes:
        return gettext("under a minute")
    hours, minutes = divmod(minutes, 60)
    if not hours:
        said = gettext("%(minutes)s min", minutes=minutes)
    elif not minutes:
        said = gettext("%(hours)s h", hours=hours)
    else:
        said = gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    # Here, and not in the texts, where translators could not see which spaces these are.
    return said.replace(" ", "\N{NO-BREAK SPACE}")


def distance(vehicle: Vehicle, here: Point) -> str:
    """Return how far a vehicle is from here in words: "under 20 m", "350 m", "1.2 km"; or ""."""
    if vehicle.point is None:
        return ""
    metres = 1000 * distance_km(vehicle.point, here)
    if metres < 20:
        return gettext("under 20 m")
    if metres < 995:
        return gettext("%(metres)s m", metres=f"{round(metres, -1):.0f}")
    return gettext("%(km)s km", km=format_decimal(metres / 1000, "0.0"))


def rides_so_far(user: User) -> str:
    """Return how many rides a rider has ended, and their time: "12 rides, 3 h 5 min"."""
    return ngettext(
        "%(count)s ride, %(time)s",
        "%(count)s rides, %(time)s",
        user.ride_count,
        count=format_decimal(user.ride_count),
        time=duration(user.time_ridden),
    )


def use_so_far(vehicle: Vehicle | Totals) -> str:
    """Return how often a vehicle, or a fleet, was ridden: "Ridden 12 times, 3 h 5 min"."""
    return ngettext(
        "Ridden once, %(time)s",
        "Ridden %(count)s times, %(time)s",
        vehicle.ride_count,
        count=format_decimal(vehicle.ride_count),
        time=duration(vehicle.time_ridden),
    )


def vehicle_name(kind: str, color: str) -> str:
    """Return a vehicle's name within a sentence: "red bike"."""
    match kind:
        case "bike":
            return gettext("%(color)s bike", color=color.lower())
        case "scooter":
            return gettext("%(color)s scooter", color=color.lower())
        case _:
            return gettext("%(color)s skateboard", color=color.lower())


def vehicle_number(city: str, number: str | None) -> str:
    """Return the number of a vehicle as it stands on it: "NY-4F7K"; "" if it has none yet."""
    return full_number(city, number) if number else ""


def kinds(kind: str) -> str:
    """Return the plural of a kind of vehicle: "Bikes"."""
    return {
        "bike": gettext("Bikes"),
        "scooter": gettext("Scooters"),
        "skateboard": gettext("Skateboards"),
    }[kind]


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case: "red bike" -> "Red bike"."""
    return text[:1].upper() + text[1:]


def init_app(app: Flask) -> None:
    """Give every template the filters."""
    for word in (
        *(cancel_for_ms, city_label, distance, kinds, rides_so_far, upper_first, use_so_far),
        *(duration, last_seen, local_time, month_and_year, month_name, paused_on, so_far),
        *(reported_on, what_is_wrong, what_to_do),
    ):
        app.jinja_env.filters[word.__name__] = word
    app.jinja_env.globals |= {
        "new_id": uuid4,
        "offered_cities": offered_cities,
        "other_cities": other_cities,
        "vehicle_name": vehicle_name,
        "vehicle_number": vehicle_number,
    }
    app.jinja_env.tests |= {
        "far": is_far,
        "lasting_long": lasts_long,
        "seemingly_forgotten": seems_forgotten,
    }
