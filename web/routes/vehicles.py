"""The vehicles of a city: browsing, registering and taking out of service."""

from typing import Any
from uuid import UUID, uuid5

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.errors import NotYours, VehicleInUse, VehicleMoved
from movr.places import PLACES, Place
from movr.records import Spot, User, Vehicle, VehicleStatus, VehicleType
from movr.regions import distance_km
from web.arguments import wanted_type
from web.extensions import movr
from web.forms import AddVehicleForm, ChangeVehicleForm, RemoveVehicleForm, text_in
from web.geoutils import client_location, parse_lat_long
from web.place_fields import FURTHEST_FROM_CENTRE_KM, spot_of
from web.sessions import signed_in_user

blueprint = Blueprint("vehicles", __name__)


@blueprint.get("/vehicles")
def get_vehicles() -> ResponseReturnValue:
    """Show the vehicles of the city, filtered by ?type= and ?available=1.

    With ?near=latitude,longitude they are those nearest to there, if that is in or near the city.
    """
    vehicle_type, available_only = wanted_type(), request.args.get("available") == "1"
    city, near = client_location().city, _place_in(request.args.get("near"))
    # From where none of the city's vehicles can stand, all of them are far.
    is_near = (
        near is not None
        and distance_km(near.latitude, near.longitude, city) <= FURTHEST_FROM_CENTRE_KM
    )
    # As a link on the page repeats them: what was understood of the address, and nothing else.
    filters: dict[str, Any] = {"type": vehicle_type, "available": "1" if available_only else None}
    near_here = cursor = None
    if near is not None and is_near:
        near_here = f"{near.latitude:.4f},{near.longitude:.4f}"
        page = movr.get_vehicles_near(
            city=city.name,
            latitude=near.latitude,
            longitude=near.longitude,
            vehicle_type=vehicle_type,
            available_only=available_only,
        )
    else:
        cursor = request.args.get("after") or None
        page = movr.get_vehicles(
            city=city.name,
            vehicle_type=vehicle_type,
            available_only=available_only,
            cursor=cursor,
        )
    return render_template(
        "vehicles.html",
        page=page,
        wanted_type=vehicle_type,
        available_only=available_only,
        near=near,
        is_near=is_near,
        near_here=near_here,
        filters=filters,
        here=url_for(".get_vehicles", **filters, near=near_here, after=cursor),
    )


def _place_in(text: str | None) -> Place | None:
    if not text:
        return None
    point = parse_lat_long(text)
    if point is None:
        abort(400)
    return Place("", *point)


@blueprint.route("/vehicles/add", methods=["GET", "POST"])
@login_required
def add_vehicle() -> ResponseReturnValue:
    """Register a vehicle in the rider's home city; the same form sent again changes nothing."""
    owner = signed_in_user()
    form = AddVehicleForm()
    if form.is_submitted() and form.validate_at(owner.city):
        movr.add_vehicle(
            city=owner.city,
            owner_id=owner.id,
            vehicle_type=VehicleType(form.type.data),
            color=text_in(form.color),
            brand=text_in(form.brand),
            spot=spot_of(owner.city, form),
            vehicle_id=_vehicle_id(owner.id, form),
        )
        flash(f"Your {form.type.data} is in service.", "success")
        return redirect(url_for("accounts.get_user", user_id=owner.id))
    status = 422 if form.is_submitted() else 200
    return render_template("vehicles-add.html", form=form, places=PLACES[owner.city]), status


@blueprint.route("/vehicles/change/<uuid:vehicle_id>", methods=["GET", "POST"])
@login_required
def change_vehicle(vehicle_id: UUID) -> ResponseReturnValue:
    """Correct what is said of one of the rider's own vehicles that nobody rides."""
    owner = signed_in_user()
    form = ChangeVehicleForm()
    city = form.city_or(request.args.get("city") or owner.city)
    vehicle = _free_vehicle_of(owner, city, vehicle_id)
    status = 200
    if not form.is_submitted():
        form = ChangeVehicleForm(
            color=vehicle.color, brand=vehicle.brand, location=vehicle.last_location
        )
    elif not form.validate_at(city):
        status = 422
    else:
        try:
            movr.change_vehicle(
                city=city,
                vehicle_id=vehicle.id,
                owner_city=owner.city,
                owner_id=owner.id,
                color=text_in(form.color),
                brand=text_in(form.brand),
                spot=_spot_left_or_new(vehicle, form),
                ride_count=form.rides_before(),
            )
        except VehicleMoved:
            # What the form says of the place was true before the ride.
            vehicle, status = _free_vehicle_of(owner, city, vehicle_id), 409
            form.location.data = vehicle.last_location
            form.latitude.data = form.longitude.data = form.pin_shown.data = None
            form.location.errors = [
                "The vehicle has been ridden meanwhile and stands here now. Please check the place."
            ]
        else:
            flash("Your changes are saved.", "success")
            return redirect(url_for("accounts.get_user", user_id=owner.id))
    page = render_template(
        "vehicles-change.html", form=form, vehicle=vehicle, places=PLACES[vehicle.city]
    )
    return page, status


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


def _free_vehicle_of(owner: User, city: str, vehicle_id: UUID) -> Vehicle:
    """Return a vehicle that its owner may change; raises NotFound, NotYours and VehicleInUse."""
    vehicle = movr.get_vehicle(city=city, vehicle_id=vehicle_id)
    if (vehicle.city, vehicle.owner_id) != (owner.city, owner.id):
        raise NotYours("vehicle")
    if vehicle.status is not VehicleStatus.AVAILABLE:
        raise VehicleInUse
    return vehicle


def _spot_left_or_new(vehicle: Vehicle, form: ChangeVehicleForm) -> Spot:
    """Return the place that the form names.

    As long as its words stay, its point does, unless the point was shown and then removed.
    """
    spot = spot_of(vehicle.city, form)
    says_all = form.pin_shown.data or form.point() is not None
    if not says_all and spot.name == vehicle.last_location:
        return Spot(spot.name, vehicle.latitude, vehicle.longitude)
    return spot


def _vehicle_id(owner_id: UUID, form: AddVehicleForm) -> UUID | None:
    """Return an id that follows from what was sent, None if the form cannot be told from others."""
    if not form.form_id.data:
        return None
    # Somebody may go back, change the form and send it for another vehicle, so all of it counts.
    about = (form.form_id, form.type, form.color, form.brand)
    where = (form.location, form.latitude, form.longitude)
    return uuid5(owner_id, "\n".join(str(field.data) for field in (*about, *where)))
