"""A rider's rides: history, months and receipts; starting, cancelling and ending a ride."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import dropwhile
from uuid import UUID, uuid5

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr import MovR
from movr.errors import NotFound, TooLateToCancel, VehicleReserved, VehicleUnavailable
from movr.months import FIRST_YEAR, Month, by_month, month_of, months_until, year_in
from movr.places import PLACES
from movr.records import Page, Ride, Totals, User
from movr.regions import CITIES
from web.claims import Claim
from web.extensions import movr
from web.forms.rides import CancelRideForm, EndRideForm, StartRideForm
from web.geoutils import client_location
from web.history import read_at_home, read_history
from web.limits import limit_first_rides
from web.mailer import mail_language
from web.security import is_safe_path
from web.sessions import logged_in_user, login_along
from web.translation import gettext

blueprint = Blueprint("rides", __name__)


@blueprint.get("/rides")
def get_rides() -> ResponseReturnValue:
    """Show the running ride first, then past rides, newest first."""
    with login_along() as (asking, claim):
        at_home = read_at_home(claim.city, partial(_rides_in, asking, claim))
    rider = logged_in_user()
    form = EndRideForm(rider.city, rider.active_ride) if rider.active_ride else None
    return _rides_page(rider, form, at_home), 200


def _rides_in(asking: MovR, rider: User | Claim, cities: list[str], from_afar: bool) -> Page[Ride]:
    return asking.get_rides(
        cities=cities,
        rider_city=rider.city,
        rider_id=rider.id,
        cursor=request.args.get("after") or None,
        from_afar=from_afar,
    )


def _rides_page(rider: User, form: EndRideForm | None, at_home: Page[Ride] | None = None) -> str:
    page, silent = read_history(rider, partial(_rides_in, movr, rider), at_home)
    places = PLACES[rider.active_ride.city] if rider.active_ride else ()
    return render_template(
        "rides.html",
        page=page,
        months=by_month(page.rows, rider.city),
        shows_map=any(ride.start_point or ride.end_point for ride in page.rows),
        form=form,
        places=places,
        silent_cities=silent,
    )


@blueprint.get("/rides/months")
def get_months() -> ResponseReturnValue:
    """Show the number and total time of the rides of each month of ?year=.

    Months are in the time zone of the rider's home city.
    """
    with login_along() as (asking, claim):
        this_month = month_of(datetime.now(UTC), claim.city)
        year = year_in(request.args.get("year") or str(this_month.year), this_month.year)
        if year is None:
            abort(404)
        months = months_until(year, this_month)
        at_home = read_at_home(claim.city, partial(_totals_in, asking, claim, months))
    rider = logged_in_user()
    totals, silent = read_history(rider, partial(_totals_in, movr, rider, months), at_home)
    count = sum(total.ride_count for total in totals)
    return render_template(
        "months.html",
        year=year,
        # From the first ride of the year on.
        months=list(dropwhile(_has_no_rides, zip(months, totals, strict=True))),
        count=count,
        time=sum((total.time_ridden for total in totals), timedelta()),
        longest=max(total.time_ridden for total in totals),
        silent_cities=silent,
        # Without rides beyond this year's, no other year has any.
        year_before=year - 1 if year > FIRST_YEAR and rider.ride_count > count else None,
        year_after=year + 1 if year < this_month.year else None,
    )


def _totals_in(
    asking: MovR, rider: User | Claim, months: Sequence[Month], cities: list[str], from_afar: bool
) -> tuple[Totals, ...]:
    return asking.get_ride_totals(
        cities=cities,
        rider_city=rider.city,
        rider_id=rider.id,
        periods=[(month.begin(rider.city), month.next().begin(rider.city)) for month in months],
        from_afar=from_afar,
    )


def _has_no_rides(month: tuple[Month, Totals]) -> bool:
    return month[1].ride_count == 0


@blueprint.get("/rides/<uuid:ride_id>")
def get_ride(ride_id: UUID) -> ResponseReturnValue:
    """Show the receipt of an ended ride; ?city= is the city of its vehicle."""
    with login_along() as (asking, rider):
        city = request.args.get("city") or rider.city
        if city not in CITIES:
            raise NotFound("city")
        ride = asking.get_ride(city=city, ride_id=ride_id, rider_city=rider.city, rider_id=rider.id)
    if ride.end_time is None:
        return redirect(url_for(".get_rides"))
    return render_template("ride.html", ride=ride)


def _receipt(ride: Ride) -> str:
    return url_for(".get_ride", ride_id=ride.id, city=ride.city)


@blueprint.post("/rides/start/<uuid:vehicle_id>")
@login_required
def start_ride(vehicle_id: UUID) -> ResponseReturnValue:
    """Start a ride; a repeated call, or one during that ride, changes nothing."""
    rider = logged_in_user()
    form = StartRideForm(client_location().city.name)
    city = form.city_name
    if not form.validate():
        abort(400)
    try:
        with limit_first_rides(rider):
            ride = movr.start_ride(
                city=city,
                vehicle_id=vehicle_id,
                rider_city=rider.city,
                rider_id=rider.id,
                ride_id=_ride_id(form, rider.id, city, vehicle_id),
                mail_in=mail_language(),
            )
    except (VehicleReserved, VehicleUnavailable):
        # Lead back to the list, where there are other vehicles; without a list, show the error
        # page.
        came_from = request.form.get("next")
        if not came_from or not is_safe_path(came_from):
            raise
        flash(
            gettext(
                "Someone just took that one. Your ride hasn't started: choose another vehicle."
            ),
            "warning",
        )
        return redirect(came_from)
    if ride.end_time is None:
        flash(
            gettext("Ride started: %(place)s. Have a good ride.", place=ride.start_location),
            "success",
        )
    else:
        flash(
            gettext("This ride has already ended. To ride again, choose the vehicle again."), "info"
        )
    return redirect(url_for(".get_rides"))


def _ride_id(form: StartRideForm, rider_id: UUID, city: str, vehicle_id: UUID) -> UUID | None:
    """Return the id that the form gives its ride; None if the form has none."""
    if form.ride_id.data:
        return UUID(form.ride_id.data)
    if form.form_id.data:
        return uuid5(rider_id, f"{form.form_id.data}/{city}/{vehicle_id}")
    return None


@blueprint.post("/rides/cancel/<uuid:ride_id>")
@login_required
def cancel_ride(ride_id: UUID) -> ResponseReturnValue:
    """Undo a start; a repeated call changes nothing, and a late one leads to the ride."""
    rider = logged_in_user()
    city = CancelRideForm(rider.active_ride.city if rider.active_ride else rider.city).city_name
    try:
        movr.cancel_ride(city=city, ride_id=ride_id, rider_city=rider.city, rider_id=rider.id)
    except TooLateToCancel:
        flash(
            gettext(
                "It's too late to cancel this ride: that's only possible in its first minute,"
                " before you end it."
            ),
            "warning",
        )
        # It redirects to the running ride, if the ride has not ended.
        return redirect(url_for(".get_ride", ride_id=ride_id, city=city))
    flash(gettext("Ride cancelled. It doesn't count."), "info")
    return redirect(url_for("vehicles.get_vehicles"))


@blueprint.get("/rides/end/<uuid:ride_id>")
@login_required
def refused_end(ride_id: UUID) -> ResponseReturnValue:
    """Show the running ride to whoever reloads the page of a refused form by its URL."""
    return redirect(url_for(".get_rides"))


@blueprint.post("/rides/end/<uuid:ride_id>")
@login_required
def end_ride(ride_id: UUID) -> ResponseReturnValue:
    """End a ride where the form says; a repeated call changes nothing."""
    rider = logged_in_user()
    running = rider.active_ride
    is_this = running is not None and running.id == ride_id
    form = EndRideForm(running.city if running else rider.city, running if is_this else None)
    if not form.validate():
        # Only the page of the running ride can show the form again.
        if not is_this:
            abort(404)
        return _rides_page(rider, form), 422
    is_running = rider.active_ride is not None and rider.active_ride.id == ride_id
    if is_running and form.lacks_pin():
        return _rides_page(rider, form), 422
    ride = movr.end_ride(
        city=form.city_name,
        ride_id=ride_id,
        rider_city=rider.city,
        rider_id=rider.id,
        place=form.place(),
        end_time=form.ended_at(),
    )
    flash(gettext("Ride ended: %(place)s", place=ride.end_location), "success")
    return redirect(_receipt(ride))
