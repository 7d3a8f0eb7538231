"""Reservations: having a vehicle kept for a few minutes, and giving that up."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.errors import VehicleReserved, VehicleUnavailable
from web.extensions import movr
from web.forms.reservations import ReservationForm
from web.geoutils import client_location
from web.reservations import left_ms, standing, time_of_day
from web.security import is_safe_path
from web.sessions import logged_in_user
from web.translation import gettext

blueprint = Blueprint("reservations", __name__)


@blueprint.post("/vehicles/reserve/<uuid:vehicle_id>")
@login_required
def reserve_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Keep a vehicle for the rider; a second time this changes nothing."""
    try:
        reservation = movr.reserve_vehicle(**_key(vehicle_id))
    except (VehicleReserved, VehicleUnavailable):
        flash(
            gettext("Someone just took that one. You haven't reserved it: choose another vehicle."),
            "warning",
        )
    else:
        until = time_of_day(reservation.until, reservation.city)
        flash(gettext("It's reserved for you until %(time)s.", time=until), "success")
    return redirect(_came_from())


@blueprint.post("/reservations/cancel/<uuid:vehicle_id>")
@login_required
def cancel_reservation(vehicle_id: UUID) -> ResponseReturnValue:
    """End the rider's reservation of a vehicle; one that has ended stays so."""
    movr.cancel_reservation(**_key(vehicle_id))
    flash(gettext("Your reservation has ended. Others can take the vehicle again."), "info")
    return redirect(_came_from())


def init_app(app: Flask) -> None:
    """Give templates what they say of reservations."""
    for word in (left_ms, standing, time_of_day):
        app.jinja_env.filters[word.__name__] = word


def _key(vehicle_id: UUID) -> dict[str, Any]:
    rider = logged_in_user()
    return {
        "city": ReservationForm(client_location().city.name).city_name,
        "vehicle_id": vehicle_id,
        "rider_city": rider.city,
        "rider_id": rider.id,
    }


def _came_from() -> str:
    page = request.form.get("next")
    return page if page and is_safe_path(page) else url_for("vehicles.get_vehicles")
