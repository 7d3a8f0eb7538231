"""The vehicles of a city: browsing, sharing, editing and no longer sharing them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.errors import NotYours, VehicleInUse, VehicleMoved
from movr.kinds import VehicleStatus, VehicleType
from movr.places import PLACES
from movr.records import Point, User, Vehicle
from movr.regions import distance_km
from web.arguments import wanted_type
from web.extensions import movr
from web.filters import vehicle_name
from web.forms.city_form import id_or_none
from web.forms.place_fields import FURTHEST_FROM_CENTRE_KM
from web.forms.validators import text_in
from web.forms.vehicles import AddVehicleForm, ChangeVehicleForm, OwnVehicleForm
from web.geoutils import client_location, is_far, parse_lat_long
from web.sessions import logged_in_user, rider_along
from web.translation import gettext

blueprint = Blueprint("vehicles", __name__)


@blueprint.get("/vehicles")
def get_vehicles() -> ResponseReturnValue:
    """Show the vehicles of the city, filtered by ?type= and ?available=1.

    With ?near=latitude,longitude it shows those nearest to there, if that is in or near the city.
    """
    vehicle_type, available_only = wanted_type(), request.args.get("available") == "1"
    city, near = client_location().city, _near()
    # From outside the city, all of its vehicles are far away.
    is_near = near is not None and distance_km(near, city.centre) <= FURTHEST_FROM_CENTRE_KM
    # For links on the page: only what was understood of the URL.
    filters: dict[str, Any] = {"type": vehicle_type, "available": "1" if available_only else None}
    near_here = f"{near.latitude:.4f},{near.longitude:.4f}" if near and is_near else None
    cursor = None if near_here else request.args.get("after") or None
    wanted: dict[str, Any] = {
        "city": city.name,
        "vehicle_type": vehicle_type,
        "available_only": available_only,
        "from_afar": is_far(city),
    }
    with rider_along() as asking:
        page = (
            asking.get_vehicles_near(point=near, **wanted)
            if near and is_near
            else asking.get_vehicles(cursor=cursor, **wanted)
        )
    return render_template(
        "vehicles.html",
        page=page,
        unseen=[vehicle.latitude for vehicle in page.rows].count(None),
        wanted_type=vehicle_type,
        available_only=available_only,
        near=near,
        is_near=is_near,
        near_here=near_here,
        filters=filters,
        cursor=cursor,
    )


def _near() -> Point | None:
    """Return the point in ?near=, or None; aborts with 400 if it cannot be read."""
    text = request.args.get("near")
    if not text:
        return None
    point = parse_lat_long(text)
    if point is None:
        abort(400)
    return point


@blueprint.route("/vehicles/add", methods=["GET", "POST"])
@login_required
def add_vehicle() -> ResponseReturnValue:
    """Share a vehicle in the rider's home city; the same form sent again changes nothing."""
    owner = logged_in_user()
    form = AddVehicleForm(owner.city)
    if form.validate_on_submit() and not form.lacks_pin():
        movr.add_vehicle(
            city=owner.city,
            owner_id=owner.id,
            vehicle_type=VehicleType(form.type.data),
            color=text_in(form.color),
            brand=text_in(form.brand),
            place=form.place(),
            vehicle_id=form.vehicle_id(owner.id),
        )
        flash(
            gettext(
                "Your vehicle is listed: %(name)s.",
                name=vehicle_name(form.type.data, text_in(form.color)),
            ),
            "success",
        )
        return redirect(url_for("accounts.get_user", user_id=owner.id))
    status = 422 if form.is_submitted() else 200
    return render_template("vehicles-add.html", form=form, places=PLACES[owner.city]), status


@blueprint.route("/vehicles/change/<uuid:vehicle_id>", methods=["GET", "POST"])
@login_required
def change_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Edit one of the rider's own vehicles while nobody is riding it."""
    owner = logged_in_user()
    form = ChangeVehicleForm(request.args.get("city") or owner.city)
    vehicle = _free_vehicle_of(owner, form.city_name, vehicle_id)
    if not form.is_submitted():
        if not form.is_draft:
            form.fill_in(vehicle)
        return _change_page(form, vehicle), 200
    if not form.validate():
        return _change_page(form, vehicle), 422
    try:
        movr.change_vehicle(
            city=vehicle.city,
            vehicle_id=vehicle.id,
            owner_city=owner.city,
            owner_id=owner.id,
            color=text_in(form.color),
            brand=text_in(form.brand),
            place=form.place_of(vehicle),
            ride_count=form.rides_before(),
        )
    except VehicleMoved:
        # The place in the form is from before the ride.
        vehicle = _free_vehicle_of(owner, vehicle.city, vehicle_id)
        form.show_where_it_is_now(vehicle)
        return _change_page(form, vehicle), 409
    flash(gettext("Your changes are saved."), "success")
    return redirect(url_for("accounts.get_user", user_id=owner.id))


def _change_page(form: ChangeVehicleForm, vehicle: Vehicle) -> str:
    return render_template(
        "vehicles-change.html", form=form, vehicle=vehicle, places=PLACES[vehicle.city]
    )


@blueprint.post("/vehicles/pause/<uuid:vehicle_id>")
@login_required
def pause_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Stop sharing one of the rider's own vehicles for a while."""
    movr.pause_vehicle(**_own_key(vehicle_id))
    flash(gettext("The vehicle is paused. Riders don't see it until you resume it."), "success")
    return redirect(url_for("accounts.get_user", user_id=logged_in_user().id))


@blueprint.post("/vehicles/resume/<uuid:vehicle_id>")
@login_required
def resume_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Share one of the rider's own vehicles again."""
    seen = filter(None, map(id_or_none, request.form.getlist("problem")))
    movr.resume_vehicle(**_own_key(vehicle_id), problem_ids=list(map(UUID, seen)))
    flash(gettext("The vehicle is listed again."), "success")
    return redirect(url_for("accounts.get_user", user_id=logged_in_user().id))


def _own_key(vehicle_id: UUID) -> dict[str, Any]:
    owner = logged_in_user()
    return {
        "city": OwnVehicleForm(owner.city).city_name,
        "vehicle_id": vehicle_id,
        "owner_city": owner.city,
        "owner_id": owner.id,
    }


@blueprint.post("/vehicles/remove/<uuid:vehicle_id>")
@login_required
def remove_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Stop sharing one of the rider's own vehicles."""
    movr.remove_vehicle(**_own_key(vehicle_id))
    flash(gettext("You've stopped sharing the vehicle."), "success")
    return redirect(url_for("accounts.get_user", user_id=logged_in_user().id))


def _free_vehicle_of(owner: User, city: str, vehicle_id: UUID) -> Vehicle:
    """Return a vehicle that its owner may change.

    Raises NotFound, NotYours and VehicleInUse.
    """
    vehicle = movr.get_vehicle(city=city, vehicle_id=vehicle_id)
    if (vehicle.city, vehicle.owner_id) != (owner.city, owner.id):
        raise NotYours("vehicle")
    if vehicle.status is VehicleStatus.UNAVAILABLE:
        raise VehicleInUse
    return vehicle
