"""Signing up, profiles, and the list of riders."""

from contextlib import ExitStack
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from movr import MovR
from movr.errors import UsernameTaken, WrongPassword
from movr.records import OwnVehicle, Page, User
from web.claims import Claim
from web.devices import remember_device
from web.extensions import movr
from web.forms.accounts import (
    ChangePasswordForm,
    ChangeUserForm,
    CloseAccountForm,
    RegisterForm,
)
from web.forms.validators import text_in
from web.geoutils import client_location, is_far
from web.limits import (
    limit_first_mails,
    limit_mails,
    limit_notes,
    limit_sign_ups,
    limit_wrong_passwords,
)
from web.mailer import mail_language, send_mail_soon
from web.owners import FleetTotals, own_fleet, own_vehicle_numbered, problems_of, states_of
from web.sessions import (
    forget_session,
    logged_in_user,
    login_along,
    new_session,
    remember_session,
    this_session_id,
)
from web.translation import gettext, lazy_gettext
from web.wanted import go_on, stay_in_city, wanted_page

blueprint = Blueprint("accounts", __name__)

_NOT_CURRENT: Final = lazy_gettext("This isn't your current password. Try again.")


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Open an account, log in and go to the page that was asked for."""
    wanted = wanted_page()
    if current_user.is_authenticated:
        return go_on(wanted)
    form = RegisterForm()
    if form.validate_on_submit():
        begun = new_session(form.city.data)
        try:
            with limit_sign_ups(), limit_first_mails(text_in(form.email)) as is_mailed:
                user = movr.add_user(
                    session=begun,
                    city=form.city.data,
                    first_name=text_in(form.first_name),
                    last_name=text_in(form.last_name),
                    email=text_in(form.email),
                    username=text_in(form.username),
                    password=text_in(form.password),
                    mail_in=mail_language() if is_mailed else None,
                )
        except UsernameTaken:
            # Perhaps it is this account, and the response to a first attempt was lost.
            form.username.errors = [
                gettext(
                    "This username is taken. If you've just signed up with it, log in. If not,"
                    " choose another one."
                )
            ]
            return render_template("register.html", form=form, wanted=wanted), 409
        send_mail_soon(user.city)
        remember_session(user.city, user.id, user.session_epoch, begun)
        remember_device(user.username)
        stay_in_city(wanted)
        flash(
            gettext("Welcome to MovR, %(name)s. Choose a vehicle and ride.", name=user.first_name),
            "success",
        )
        return go_on(wanted)
    page = render_template("register.html", form=form, wanted=wanted)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/users")
def get_users() -> ResponseReturnValue:
    """Show the riders of the city, to riders."""
    with login_along() as (asking, _claim):
        city = client_location().city
        page = asking.get_users(
            city=city.name, cursor=request.args.get("after") or None, from_afar=is_far(city)
        )
    return render_template("users.html", page=page)


@blueprint.get("/users/me")
@login_required
def get_me() -> ResponseReturnValue:
    """Redirect to the rider's own profile, from pages that do not know its id."""
    return redirect(url_for(".get_user", user_id=logged_in_user().id))


@blueprint.get("/users/<uuid:user_id>")
def get_user(user_id: UUID) -> ResponseReturnValue:
    """Show riders their own profile and vehicles."""
    with login_along() as (asking, claim):
        if claim.id != user_id:
            abort(404)
        fleet = _fleet(asking, claim)
    return _profile(logged_in_user(), CloseAccountForm.of_request(), fleet)


def _fleet(asking: MovR, owner: User | Claim) -> tuple[Page[OwnVehicle], FleetTotals | None]:
    if typed := request.args.get("number"):
        return own_vehicle_numbered(asking, owner, typed), None
    return own_fleet(asking, owner)


def _profile(
    user: User, form: CloseAccountForm, fleet: tuple[Page[OwnVehicle], FleetTotals | None]
) -> str:
    page, totals = fleet
    problems = problems_of(user, page)
    states = states_of(page, problems)
    return render_template(
        "user.html",
        page=page,
        totals=totals,
        problems=problems,
        states=states,
        states_on_map={states[vehicle.id] for vehicle in page.rows if vehicle.point},
        form=form,
        searched=bool(request.args.get("number")),
        this_session_id=this_session_id(),
    )


@blueprint.route("/users/change/<uuid:user_id>", methods=["GET", "POST"])
@login_required
def change_user(user_id: UUID) -> ResponseReturnValue:
    """Edit the rider's own profile."""
    user = _oneself(user_id)
    form = ChangeUserForm(user)
    if form.validate_on_submit():
        try:
            _change_details(user, form)
        except WrongPassword:
            form.password.errors = [_NOT_CURRENT]
        else:
            send_mail_soon(user.city)
            flash(gettext("Your details are saved."), "success")
            return redirect(url_for(".get_user", user_id=user.id))
    return render_template("users-change.html", form=form), 422 if form.is_submitted() else 200


def _change_details(user: User, form: ChangeUserForm) -> None:
    """Save what the form says; what needs a password or a mail counts for the limits of these."""
    password = mail_in = former = None
    with ExitStack() as limits:
        if form.is_other_address:
            password, mail_in = text_in(form.password), mail_language()
            former = user.email if user.is_confirmed else None
            limits.enter_context(limit_wrong_passwords("account", str(user.id)))
            if mail_in:
                limits.enter_context(limit_mails("confirm", str(user.id), text_in(form.email)))
        movr.change_user(
            city=user.city,
            user_id=user.id,
            first_name=text_in(form.first_name),
            last_name=text_in(form.last_name),
            email=text_in(form.email),
            password=password,
            mail_in=mail_in,
            former_address=former,
        )


@blueprint.route("/users/password/<uuid:user_id>", methods=["GET", "POST"])
@login_required
def change_password(user_id: UUID) -> ResponseReturnValue:
    """Change the rider's password, and end every other session."""
    user = _oneself(user_id)
    form = ChangePasswordForm(user)
    if form.validate_on_submit():
        begun = new_session(user.city)
        try:
            with limit_wrong_passwords("account", str(user.id)), limit_notes(user) as is_noted:
                session_epoch = movr.change_password(
                    session=begun,
                    city=user.city,
                    user_id=user.id,
                    old_password=text_in(form.password),
                    new_password=text_in(form.new_password),
                    mail_in=mail_language() if is_noted else None,
                )
        except WrongPassword:
            form.password.errors = [_NOT_CURRENT]
        else:
            send_mail_soon(user.city)
            remember_session(user.city, user.id, session_epoch, begun)
            flash(
                gettext("Your password is changed. You're logged out everywhere else."), "success"
            )
            return redirect(url_for(".get_user", user_id=user.id))
    return render_template("users-password.html", form=form), 422 if form.is_submitted() else 200


@blueprint.get("/users/remove/<uuid:user_id>")
@login_required
def refused_removal(user_id: UUID) -> ResponseReturnValue:
    """Show the profile to whoever reloads the page of a refused form by its URL."""
    return redirect(url_for(".get_user", user_id=user_id))


@blueprint.post("/users/remove/<uuid:user_id>")
@login_required
def remove_user(user_id: UUID) -> ResponseReturnValue:
    """Close the rider's own account, after checking the password."""
    user = _oneself(user_id)
    form = CloseAccountForm()
    if not form.validate():
        return _profile(user, form, _fleet(movr, user)), 422
    try:
        with limit_wrong_passwords("account", str(user.id)):
            movr.remove_user(city=user.city, user_id=user.id, password=text_in(form.password))
    except WrongPassword:
        form.password.errors = [_NOT_CURRENT]
        return _profile(user, form, _fleet(movr, user)), 422
    forget_session()
    flash(gettext("Your account is closed and your personal data is deleted."), "success")
    return redirect(url_for("home.home"))


def _oneself(user_id: UUID) -> User:
    user = logged_in_user()
    if user.id != user_id:
        abort(404)
    return user
