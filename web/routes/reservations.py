"""Reservations: having a vehicle kept for a few minutes, and giving that up."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.errors import (
    MovRError,
    ReservedBefore,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
)
from web.extensions import movr
from web.forms.reservations import ReservationForm
from web.geoutils import client_location
from web.limits import limit_first_rides
from web.reservations import has_just_ended, left_ms, seen_by, standing, time_of_day
from web.security import is_safe_path
from web.sessions import logged_in_user
from web.translation import LazyString, gettext, lazy_gettext

blueprint = Blueprint("reservations", __name__)

_TAKEN: Final = lazy_gettext(
    "Someone just took that one. You haven't reserved it: choose another vehicle."
)
_REFUSALS: Final[dict[type[MovRError], LazyString]] = {
    VehicleReserved: _TAKEN,
    VehicleUnavailable: _TAKEN,
    VehiclePaused: lazy_gettext(
        "Its owner has just paused it. You haven't reserved it: choose another vehicle."
    ),
    ReservedBefore: lazy_gettext(
        "You had this one reserved just now. So that others get a chance, too, wait five minutes"
        " before you reserve it again."
    ),
}


@blueprint.post("/vehicles/reserve/<uuid:vehicle_id>")
@login_required
def reserve_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Keep a vehicle for the rider; a second time this changes nothing.

    Whoever cannot have it is told so on the page that the form came from, if it says which.
    """
    try:
        # Counts as the start of a ride: it keeps the vehicle from others just as well.
        with limit_first_rides(logged_in_user()):
            movr.reserve_vehicle(**_key(vehicle_id))
    except tuple(_REFUSALS) as refusal:
        if _came_from() is None:
            raise
        flash(str(_REFUSALS[type(refusal)]), "warning")
    else:
        flash(gettext("It's reserved for you. Nobody else can start it."), "success")
    return redirect(_came_from() or url_for("vehicles.get_vehicles"))


@blueprint.post("/reservations/cancel/<uuid:vehicle_id>")
@login_required
def cancel_reservation(vehicle_id: UUID) -> ResponseReturnValue:
    """End the rider's reservation of a vehicle; one that has ended stays so."""
    if movr.cancel_reservation(**_key(vehicle_id)):
        message = gettext("Your reservation has ended. Others can take the vehicle again.")
    else:
        message = gettext("You have no reservation of this vehicle any more.")
    flash(message, "info")
    return redirect(_came_from() or url_for("vehicles.get_vehicles"))


def init_app(app: Flask) -> None:
    """Give templates what they say of reservations."""
    for word in (has_just_ended, left_ms, seen_by, standing, time_of_day):
        app.jinja_env.filters[word.__name__] = word


def _key(vehicle_id: UUID) -> dict[str, Any]:
    rider = logged_in_user()
    return {
        "city": ReservationForm(client_location().city.name).city_name,
        "vehicle_id": vehicle_id,
        "rider_city": rider.city,
        "rider_id": rider.id,
    }


def _came_from() -> str | None:
    page = request.form.get("next")
    return page if page and is_safe_path(page) else None
