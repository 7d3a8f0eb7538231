"""The page that a visitor asked for, and goes to after logging in or signing up."""

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from web.geoutils import CHOSEN_CITY, client_location
from web.security import is_safe_path


def wanted_page() -> str | None:
    """Return the page of this site that the visitor asked for, if any."""
    given = request.args.get("next")
    return given if is_safe_path(given) else None


def go_on(wanted: str | None) -> ResponseReturnValue:
    """Redirect to that page, or else to the vehicles."""
    return redirect(wanted or url_for("vehicles.get_vehicles"))


def stay_in_city(wanted: str | None) -> None:
    """Stay in the city of the vehicle that was tapped before the login."""
    if wanted and "#" in wanted:
        session[CHOSEN_CITY] = client_location().city.name
