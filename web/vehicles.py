"""The vehicles of a city: browsing, registering and taking out of service."""

from uuid import UUID, uuid5

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.places import PLACES, place_named
from movr.records import Spot, VehicleType
from web.extensions import movr
from web.forms import AddVehicleForm, RemoveVehicleForm, text_in
from web.geoutils import client_location
from web.sessions import signed_in_user

blueprint = Blueprint("vehicles", __name__)


@blueprint.get("/vehicles")
def get_vehicles() -> ResponseReturnValue:
    """Show the vehicles of the city, filtered by ?type= and ?available=1."""
    wanted_type = request.args.get("type") or None
    if wanted_type is not None and wanted_type not in list(VehicleType):
        abort(404)
    available_only = request.args.get("available") == "1"
    page = movr.get_vehicles(
        city=client_location().city.name,
        vehicle_type=wanted_type and VehicleType(wanted_type),
        available_only=available_only,
        cursor=request.args.get("after") or None,
    )
    return render_template(
        "vehicles.html", page=page, wanted_type=wanted_type, available_only=available_only
    )


@blueprint.route("/vehicles/add", methods=["GET", "POST"])
@login_required
def add_vehicle() -> ResponseReturnValue:
    """Register a vehicle in the rider's home city; the same form sent again changes nothing."""
    owner = signed_in_user()
    form = AddVehicleForm()
    if form.validate_on_submit():
        movr.add_vehicle(
            city=owner.city,
            owner_id=owner.id,
            vehicle_type=VehicleType(form.type.data),
            color=text_in(form.color),
            brand=text_in(form.brand),
            spot=spot_in(owner.city, text_in(form.location)),
            vehicle_id=_vehicle_id(owner.id, form),
        )
        flash(f"Your {form.type.data} is in service.", "success")
        return redirect(url_for("accounts.get_user", user_id=owner.id))
    status = 422 if form.is_submitted() else 200
    return render_template("vehicles-add.html", form=form, places=PLACES[owner.city]), status


@blueprint.post("/vehicles/remove/<uuid:vehicle_id>")
@login_required
def remove_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Take one of the rider's own vehicles out of service."""
    owner = signed_in_user()
    movr.remove_vehicle(
        city=RemoveVehicleForm().city_or(owner.city),
        vehicle_id=vehicle_id,
        owner_city=owner.city,
        owner_id=owner.id,
    )
    flash("The vehicle is out of service.", "success")
    return redirect(url_for("accounts.get_user", user_id=owner.id))


def _vehicle_id(owner_id: UUID, form: AddVehicleForm) -> UUID | None:
    """Return an id that follows from what was sent, None if the form cannot be told from others."""
    if not form.form_id.data:
        return None
    # Somebody may go back, change the form and send it for another vehicle, so all of it counts.
    sent = (form.form_id, form.type, form.color, form.brand, form.location)
    return uuid5(owner_id, "\n".join(str(field.data) for field in sent))


def spot_in(city: str, words: str) -> Spot:
    """Return a place in words, with coordinates if it is a known place of the city."""
    place = place_named(city, words)
    return Spot(words, *place[1:]) if place else Spot(words)
