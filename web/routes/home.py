"""The front page for visitors, and the choice of a city."""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from movr.regions import CITIES
from web.extensions import movr
from web.geoutils import CHOSEN_CITY, client_location, is_far
from web.security import is_safe_path

blueprint = Blueprint("home", __name__)

_VEHICLES_SHOWN = 6


# Not strict: otherwise a request without a path would be redirected here with its whole query.
@blueprint.get("/", strict_slashes=False)
def home() -> ResponseReturnValue:
    """Show visitors where they are and what they could ride; send riders to the vehicles."""
    if current_user.is_authenticated:
        return redirect(url_for("vehicles.get_vehicles"))
    city = client_location().city
    page = movr.get_vehicles(city=city.name, available_only=True, from_afar=is_far(city))
    return render_template(
        "home.html", vehicles=page.rows[:_VEHICLES_SHOWN], here=url_for("vehicles.get_vehicles")
    )


@blueprint.post("/city/<city>")
def choose_city(city: str) -> ResponseReturnValue:
    """Show another city from now on."""
    wanted = CITIES.get(city.lower())
    if wanted is None:
        abort(404)
    session[CHOSEN_CITY] = wanted.name
    after = request.form.get("next")
    return redirect(after if after and is_safe_path(after) else url_for("vehicles.get_vehicles"))
