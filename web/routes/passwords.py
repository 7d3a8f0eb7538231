"""Back in without the password: asking for a link, and setting a new password by it."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from movr.errors import ResetVoid
from movr.regions import CITIES
from web.devices import remember_device
from web.extensions import movr
from web.forms.accounts import ForgotPasswordForm, ResetPasswordForm
from web.forms.validators import text_in
from web.geoutils import cities_nearby
from web.limits import limit_mails
from web.mailer import mail_language, send_mail_soon
from web.sessions import new_session, remember_session
from web.translation import gettext

blueprint = Blueprint("passwords", __name__)


@blueprint.route("/password/forgot", methods=["GET", "POST"])
def forgot_password() -> ResponseReturnValue:
    """Have a link sent to the rider with this name; the answer doesn't say whether there is one."""
    mail_in = mail_language()
    if mail_in is None:
        abort(404)
    form = ForgotPasswordForm.of_request()
    if form.validate_on_submit():
        username = text_in(form.username)
        with limit_mails("reset", username.lower()):
            city = movr.ask_reset(username=username, cities=cities_nearby(), mail_in=mail_in)
        send_mail_soon(city)
        flash(
            gettext(
                "If there's an account with this name and its email address is confirmed, we've"
                " sent a link to it. Check your inbox, and your spam folder, too."
            ),
            "success",
        )
        return redirect(url_for("logins.login"))
    return render_template("password-forgot.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/password/reset/<city>/<uuid:user_id>/<token>", methods=["GET", "POST"])
def reset_password(city: str, user_id: UUID, token: str) -> ResponseReturnValue:
    """Let whoever has the link of a mail set a new password, and log them in."""
    if city not in CITIES:
        raise ResetVoid
    # Before the new password is hashed, which takes long.
    user = movr.get_reset_user(city=city, user_id=user_id, token=token)
    form = ResetPasswordForm(user)
    if form.validate_on_submit():
        begun = new_session(city)
        session_epoch = movr.reset_password(
            city=city,
            user_id=user_id,
            token=token,
            new_password=text_in(form.new_password),
            session=begun,
            mail_in=mail_language(),
        )
        send_mail_soon(city)
        remember_session(city, user_id, session_epoch, begun)
        remember_device(user.username)
        flash(
            gettext("Your new password is set. You're logged in here, and nowhere else."), "success"
        )
        return redirect(url_for("vehicles.get_vehicles"))
    page = render_template("password-reset.html", form=form, username=user.username)
    return page, 422 if form.is_submitted() else 200
