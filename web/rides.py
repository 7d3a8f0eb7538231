"""A rider's rides: the history, starting and ending."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.places import PLACES
from web.extensions import movr
from web.forms import EndRideForm, StartRideForm, text_in
from web.geoutils import client_location, offered_cities
from web.sessions import signed_in_user
from web.vehicles import spot_in

blueprint = Blueprint("rides", __name__)


@blueprint.get("/rides")
@login_required
def get_rides() -> ResponseReturnValue:
    """Show the running ride first, then the rides of this region, newest first."""
    return _rides_page(EndRideForm(formdata=None)), 200


def _rides_page(form: EndRideForm) -> str:
    rider = signed_in_user()
    page = movr.get_rides(
        cities=[city.name for city in offered_cities()],
        rider_city=rider.city,
        rider_id=rider.id,
        cursor=request.args.get("after") or None,
    )
    places = PLACES[rider.active_ride.city] if rider.active_ride else ()
    return render_template("rides.html", page=page, form=form, places=places)


@blueprint.post("/rides/start/<uuid:vehicle_id>")
@login_required
def start_ride(vehicle_id: UUID) -> ResponseReturnValue:
    """Start a ride; a second time, or while that ride is running, this changes nothing."""
    rider = signed_in_user()
    form = StartRideForm()
    city = form.city_or(client_location().city.name)
    if not form.validate():
        abort(400)
    ride = movr.start_ride(
        city=city,
        vehicle_id=vehicle_id,
        rider_city=rider.city,
        rider_id=rider.id,
        ride_id=UUID(form.ride_id.data) if form.ride_id.data else None,
    )
    if ride.end_time is None:
        flash(f"Your ride has started at {ride.start_location}. Have a good trip.", "success")
    else:
        flash("This ride has ended already. To ride again, choose the vehicle again.", "info")
    return redirect(url_for(".get_rides"))


@blueprint.post("/rides/end/<uuid:ride_id>")
@login_required
def end_ride(ride_id: UUID) -> ResponseReturnValue:
    """End a ride where the form says; a second time this changes nothing."""
    rider = signed_in_user()
    form = EndRideForm()
    city = form.city_or(rider.active_ride.city if rider.active_ride else rider.city)
    if not form.validate():
        return _rides_page(form), 422
    ride = movr.end_ride(
        city=city,
        ride_id=ride_id,
        rider_city=rider.city,
        rider_id=rider.id,
        spot=spot_in(city, text_in(form.location)),
    )
    flash(f"Your ride has ended at {ride.end_location}.", "success")
    return redirect(url_for(".get_rides"))
