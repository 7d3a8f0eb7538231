"""Riders report what is wrong with a vehicle."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from movr.errors import NotFound, VehiclePaused
from movr.kinds import ProblemKind
from movr.records import User
from web.extensions import movr
from web.forms.city_form import id_or_none
from web.forms.problems import ReportProblemForm
from web.forms.validators import text_in
from web.limits import limit_reports
from web.sessions import logged_in_user
from web.translation import gettext

blueprint = Blueprint("problems", __name__)


@blueprint.route("/problems/report/<uuid:vehicle_id>", methods=["GET", "POST"])
@login_required
def report_problem(vehicle_id: UUID) -> ResponseReturnValue:
    """Take a vehicle of ?city= out of the list, for the reason that the rider gives.

    With ?ride=, a past ride of the rider's on it, also one that its owner has paused. The same form
    sent again changes nothing.
    """
    rider = logged_in_user()
    form = ReportProblemForm(request.args.get("city") or rider.city)
    ride_id = id_or_none(request.args.get("ride"))
    try:
        if form.validate_on_submit():
            _report(form, rider, vehicle_id, ride_id)
            return redirect(_page_before(form, rider, vehicle_id, ride_id))
        vehicle = movr.get_vehicle(city=form.city_name, vehicle_id=vehicle_id)
    except NotFound:
        if ride_id is None:
            raise
        # A receipt can be older than the vehicle's time with MovR.
        flash(gettext("This vehicle is no longer shared, so there's nothing to report."), "info")
        return redirect(_page_before(form, rider, vehicle_id, ride_id))
    except VehiclePaused:
        flash(
            gettext("This vehicle isn't in the list anyway, so there's nothing to report."), "info"
        )
        return redirect(_page_before(form, rider, vehicle_id, ride_id))
    status = 422 if form.is_submitted() else 200
    page = render_template(
        "problem.html",
        form=form,
        vehicle=vehicle,
        ride_id=ride_id,
        page_before=_page_before(form, rider, vehicle_id, ride_id),
    )
    return page, status


def _report(form: ReportProblemForm, rider: User, vehicle_id: UUID, ride_id: str | None) -> None:
    with limit_reports(rider) as give_back:
        is_new = movr.report_problem(
            city=form.city_name,
            vehicle_id=vehicle_id,
            rider_city=rider.city,
            rider_id=rider.id,
            kind=ProblemKind(form.kind.data),
            words=text_in(form.words),
            ride_id=UUID(ride_id) if ride_id else None,
            problem_id=form.problem_id(rider.id, vehicle_id),
        )
        if not is_new:
            give_back()
    if _is_riding(rider, form.city_name, vehicle_id):
        thanks = gettext(
            "Thank you. When your ride ends, the vehicle is out of the list until it's fixed."
        )
    else:
        thanks = gettext("Thank you. The vehicle is out of the list until it's fixed.")
    flash(thanks, "success")


def _page_before(
    form: ReportProblemForm, rider: User, vehicle_id: UUID, ride_id: str | None
) -> str:
    if ride_id is not None:
        return url_for("rides.get_ride", ride_id=ride_id, city=form.city_name)
    if _is_riding(rider, form.city_name, vehicle_id):
        return url_for("rides.get_rides")
    return url_for("vehicles.get_vehicles")


def _is_riding(rider: User, city: str, vehicle_id: UUID) -> bool:
    ride = rider.active_ride
    return ride is not None and (ride.city, ride.vehicle_id) == (city, vehicle_id)
