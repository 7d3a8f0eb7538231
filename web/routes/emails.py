"""Confirming an email address: by a link in a mail, which may be sent again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from movr.errors import ConfirmationVoid, NotFound
from web.extensions import movr
from web.limits import limit_mails
from web.mail_links import read_confirmation
from web.mailer import mail_language, send_mail_soon
from web.sessions import logged_in_user
from web.translation import gettext

blueprint = Blueprint("emails", __name__)


@blueprint.route("/email/confirm/<token>", methods=["GET", "POST"])
def confirm_email(token: str) -> ResponseReturnValue:
    """Ask whoever has opened the link of a mail to confirm, and note that they have.

    Opening it is not enough, since programs that look for evil in mails open links, too.
    """
    said = read_confirmation(token)
    if request.method == "GET":
        return render_template("email-confirm.html")
    try:
        email = movr.confirm_email(city=said.city, user_id=said.user_id, email_hash=said.email_hash)
    except NotFound:
        raise ConfirmationVoid from None
    flash(gettext("Thank you. Your email address %(email)s is confirmed.", email=email), "success")
    # Whoever reads mails on another device than the one they ride with has no profile here.
    known = current_user.is_authenticated
    return redirect(url_for("accounts.get_me" if known else "home.home"))


@blueprint.post("/email/send-again")
@login_required
def send_again() -> ResponseReturnValue:
    """Send the mail that asks for the address to be confirmed once more."""
    user, mail_in = logged_in_user(), mail_language()
    if mail_in is None:
        abort(404)
    if user.is_confirmed:
        said = gettext("Your email address %(email)s is confirmed already.", email=user.email)
    else:
        with limit_mails("confirm", str(user.id), user.email):
            movr.ask_to_confirm(city=user.city, user_id=user.id, mail_in=mail_in)
        send_mail_soon(user.city)
        said = gettext("We've sent an email to %(email)s.", email=user.email)
    flash(said, "success")
    return redirect(url_for("accounts.get_me"))
