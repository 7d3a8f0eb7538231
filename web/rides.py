"""A rider's rides: the history, starting and ending."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.places import PLACES
from movr.regions import CITIES
from web.extensions import movr
from web.forms import EndRideForm, StartRideForm, text_in
from web.geoutils import cities_nearby, client_location
from web.sessions import signed_in_user
from web.vehicles import spot_in

blueprint = Blueprint("rides", __name__)


@blueprint.get("/rides")
@login_required
def get_rides() -> ResponseReturnValue:
    """Show the running ride first, then past rides, newest first.

    Only with ?everywhere=1 are other regions asked than that of the city shown.
    """
    return _rides_page(EndRideForm(formdata=None)), 200


def _rides_page(form: EndRideForm) -> str:
    rider = signed_in_user()
    everywhere = request.args.get("everywhere") == "1"
    page = movr.get_rides(
        cities=list(CITIES) if everywhere else cities_nearby(),
        rider_city=rider.city,
        rider_id=rider.id,
        cursor=request.args.get("after") or None,
    )
    places = PLACES[rider.active_ride.city] if rider.active_ride else ()
    return render_template("rides.html", page=page, form=form, places=places, everywhere=everywhere)


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
        # The form, with what is wrong in it, is on the page of the running ride only.
        if rider.active_ride is None or rider.active_ride.id != ride_id:
            abort(404)
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
