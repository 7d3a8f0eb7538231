"""Logging in, and out: on this device, on another one, everywhere."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from movr.errors import NotFound, WrongPassword
from web.devices import known_device, remember_device
from web.drafts import draft_waits
from web.extensions import movr
from web.forms.accounts import LoginForm
from web.forms.validators import text_in
from web.geoutils import cities_nearby
from web.limits import limit_wrong_passwords
from web.sessions import forget_session, log_in, log_out, logged_in_user, this_session_id
from web.translation import gettext
from web.wanted import go_on, stay_in_city, wanted_page

blueprint = Blueprint("logins", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log a rider in, and go to the page that was asked for."""
    wanted = wanted_page()
    if current_user.is_authenticated:
        return go_on(wanted)
    waits = draft_waits()
    form = LoginForm.of_request()
    if form.validate_on_submit():
        with suppress(WrongPassword):
            _log_in(text_in(form.username), text_in(form.password))
            stay_in_city(wanted)
            return go_on(wanted)
    if not form.is_submitted():
        return render_template("login.html", form=form, wanted=wanted, draft_waits=waits)
    page = render_template("login.html", form=form, wanted=wanted, draft_waits=waits, refused=True)
    return page, 422


def _log_in(username: str, password: str) -> None:
    """Log in; raises WrongPassword, also for an unknown username."""
    with limit_wrong_passwords("name", username.lower(), known_device(username)):
        identity = movr.authenticate(username=username, password=password, cities=cities_nearby())
        if identity is None:
            raise WrongPassword
    try:
        log_in(*identity)
    except NotFound:
        # The password was changed during the check.
        raise WrongPassword from None
    remember_device(username)


@blueprint.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    """Log a rider out on this device."""
    return _log_out_here()


def _log_out_here() -> ResponseReturnValue:
    log_out()
    flash(gettext("You're logged out."), "success")
    return redirect(url_for("home.home"))


@blueprint.post("/logout/<uuid:session_id>")
@login_required
def end_session(session_id: UUID) -> ResponseReturnValue:
    """Log a rider out on one device; a session that has ended stays so."""
    if session_id == this_session_id():
        return _log_out_here()
    user = logged_in_user()
    movr.end_session(city=user.city, user_id=user.id, session_id=session_id)
    flash(gettext("That device is logged out."), "success")
    return redirect(url_for("accounts.get_user", user_id=user.id))


@blueprint.post("/logout/everywhere")
@login_required
def end_sessions() -> ResponseReturnValue:
    """Log a rider out on every device, including this one."""
    user = logged_in_user()
    movr.end_sessions(city=user.city, user_id=user.id)
    forget_session()
    flash(gettext("You're logged out everywhere."), "success")
    return redirect(url_for("home.home"))
