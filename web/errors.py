"""The page of each refusal and failure: a status, a heading and a sentence.

These pages need neither session nor database, so they work whatever has failed.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import Final

from flask import Flask, current_app, make_response, redirect
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, SecurityError

from movr import errors
from web.drafts import return_expired_form
from web.limits import (
    LimitReached,
    TooManyFirstRides,
    TooManyMails,
    TooManyReports,
    TooManySignUps,
    TooManyWrongPasswords,
)
from web.logs import REQUEST_ID, request_id
from web.reservations import time_of_day
from web.translation import LazyString, gettext, ngettext
from web.translation import lazy_gettext as _

_RETRY_AFTER_S: Final = 5


@dataclass(frozen=True, slots=True)
class _Page:
    status: HTTPStatus
    heading: LazyString | str
    sentence: LazyString | str
    link: str = "vehicles.get_vehicles"
    link_text: LazyString = field(default_factory=lambda: _("See the vehicles"))


_NOT_FOUND: Final = _Page(
    HTTPStatus.NOT_FOUND,
    _("This page doesn't exist"),
    _("The URL may be mistyped, what was here may be gone, or you don't have access to it."),
)
_BUSY: Final = _Page(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("We're very busy right now"),
    _(
        "We couldn't complete your request. Wait a few seconds and try again: doing the same thing"
        " twice does no harm."
    ),
)

_KEPT: Final = _Page(
    HTTPStatus.CONFLICT,
    _("Your vehicle is reserved"),
    _("You can edit it, pause it or stop sharing it after that. Nothing was changed."),
    "accounts.get_me",
    _("Go to your profile"),
)

_DOMAIN_ERRORS: Final[dict[type[errors.MovRError], _Page]] = {
    errors.NotFound: _NOT_FOUND,
    errors.InvalidCursor: _Page(
        HTTPStatus.BAD_REQUEST,
        _("This link is broken"),
        _("It doesn't lead to a page of the list. Start from the first page."),
    ),
    errors.NotYours: _Page(
        HTTPStatus.FORBIDDEN,
        _("This vehicle isn't yours"),
        _("Only its owner can edit it, pause it or stop sharing it. Nothing was changed."),
    ),
    errors.WrongPassword: _Page(
        HTTPStatus.FORBIDDEN,
        _("This isn't your password"),
        _("Go back and type your current password again. Nothing was changed."),
    ),
    errors.ConfirmationVoid: _Page(
        HTTPStatus.GONE,
        _("This link no longer works"),
        _(
            "It works for a week, for the address that you had when we sent it. Your profile says"
            " whether your address is confirmed, and can send you another link."
        ),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.ResetVoid: _Page(
        HTTPStatus.GONE,
        _("This link no longer works"),
        _(
            "It works once and for 30 minutes, and only the newest one does. If you've just set a"
            " new password, log in with it. If not, ask for another link."
        ),
        "passwords.forgot_password",
        _("Ask for another link"),
    ),
    errors.Conflict: _Page(
        HTTPStatus.CONFLICT,
        _("This has just changed"),
        _(
            "Something else changed in the meantime. Go back, reload the page and look again."
            " Nothing was changed."
        ),
    ),
    errors.VehicleUnavailable: _Page(
        HTTPStatus.CONFLICT,
        _("Someone just took that one"),
        _(
            "Another rider has just taken this vehicle. Your ride hasn't started: choose another"
            " vehicle."
        ),
    ),
    errors.VehiclePaused: _Page(
        HTTPStatus.CONFLICT,
        _("This vehicle is paused"),
        _(
            "Its owner isn't sharing it right now. Your ride hasn't started: choose another"
            " vehicle."
        ),
    ),
    errors.VehicleReserved: _Page(
        HTTPStatus.CONFLICT,
        _("Someone just reserved that one"),
        _("It's kept for another rider for a few minutes. Choose another vehicle."),
    ),
    errors.ReservedBefore: _Page(
        HTTPStatus.CONFLICT,
        _("You had this one reserved just now"),
        _(
            "So that others get a chance, too, wait five minutes before you reserve it again. If"
            " it's available, you can start your ride right away."
        ),
    ),
    errors.ProblemReported: _Page(
        HTTPStatus.CONFLICT,
        _("Another problem was reported"),
        _("Look at it on your profile before you list the vehicle again. Nothing was changed."),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.AlreadyRiding: _Page(
        HTTPStatus.CONFLICT,
        _("You're already on a ride"),
        _("End your ride before you start the next one."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.WrongEndTime: _Page(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("The ride can't have ended then"),
        _("A ride ends after its start, and not in the future. Go back and choose another time."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.RideCancelled: _Page(
        HTTPStatus.CONFLICT,
        _("You cancelled this ride"),
        _("It doesn't count. If you'd like to ride after all, choose the vehicle again."),
    ),
    errors.VehicleInUse: _Page(
        HTTPStatus.CONFLICT,
        _("Your vehicle is in use"),
        _(
            "You can edit it, pause it or stop sharing it when the ride has ended. Nothing was"
            " changed."
        ),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.VehicleKept: _KEPT,
    errors.RideRunning: _Page(
        HTTPStatus.CONFLICT,
        _("You're still on a ride"),
        _("End your ride, then close your account. Nothing was changed."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.OwnsVehicles: _Page(
        HTTPStatus.CONFLICT,
        _("You're still sharing vehicles"),
        _("Stop sharing them on your profile, then close your account. Nothing was changed."),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.SchemaOutdated: _BUSY,
    errors.UpgradeFailed: _BUSY,
    errors.WorldUnavailable: _Page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Faraway cities aren't responding"),
        _(
            "Signing up, logging in away from home and looking at cities far away need a response"
            " from other regions, and we couldn't get one in time. At home everything works: if"
            " you're logged in you can ride, and with the right username and password you can log"
            " in. Wait a few minutes, then try again: doing the same thing twice does no harm."
        ),
    ),
    errors.DatabaseUnavailable: _BUSY,
}

_LIMITS: Final[dict[type[LimitReached], _Page]] = {
    TooManyWrongPasswords: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many attempts"),
        _(
            "There have been too many wrong passwords. To keep the account safe, we aren't"
            " accepting another one yet."
        ),
    ),
    TooManySignUps: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many new accounts"),
        _(
            "Many people have just signed up from your network. Switch to another one, such as"
            " mobile data, or wait a while. No account was opened."
        ),
    ),
    TooManyMails: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many emails"),
        _(
            "You've asked for several emails. Look for them in your spam folder, too, before you"
            " ask for another one. Nothing was changed."
        ),
    ),
    TooManyFirstRides: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many first rides"),
        _(
            "Others who are new to MovR have just started rides from your network, so your ride"
            " hasn't started."
        ),
    ),
    TooManyReports: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many reports"),
        _("You, or others on your network, have just reported many problems. This one isn't sent."),
    ),
}

_HTTP_ERRORS: Final = {
    page.status: page
    for page in (
        _NOT_FOUND,
        _BUSY,
        _Page(
            HTTPStatus.BAD_REQUEST,
            _("This request is incomplete"),
            _("Something is missing or can't be read. Go back, reload the page and try again."),
        ),
        _Page(
            HTTPStatus.FORBIDDEN,
            _("You don't have permission to do this"),
            _("Nothing was changed."),
        ),
        _Page(
            HTTPStatus.METHOD_NOT_ALLOWED,
            _("This link can't be opened directly"),
            _("Use the links and buttons of the site instead."),
        ),
        _Page(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("That form is too large"),
            _("You sent more than any of our forms needs. Shorten it and try again."),
        ),
        _Page(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            _("This isn't a form"),
            _("This URL only accepts the forms of this site. Nothing was changed."),
        ),
        _Page(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            _("Something went wrong"),
            _("It's our fault, and we've made a note of it. Please try again."),
        ),
    )
}

_ANY_OTHER: Final = _Page(
    HTTPStatus.BAD_REQUEST,
    _("We can't do this"),
    _("The site doesn't know what to do with this request. Use its links and buttons instead."),
)

_CSRF: Final = _Page(
    HTTPStatus.BAD_REQUEST,
    _("This form has expired"),
    _(
        "You've logged in, logged out or changed your password since you opened the form, or"
        " cookies are turned off. Go back, reload the page and try again. Nothing was changed."
    ),
)


def busy_response(app: Flask) -> bytes:
    """Return the response of a server that is too busy to ask the application.

    It is the page for an unavailable database, without the status line.
    """
    hosts = app.config["TRUSTED_HOSTS"] or ("localhost",)
    with app.test_request_context(headers={"Host": hosts[0].lstrip(".")}):
        response = app.process_response(app.make_response(_render(_BUSY, quotes_request=False)))
    # The server sets the length. No request belongs to this response, so it has no request id.
    for name in ("Content-Length", REQUEST_ID):
        response.headers.remove(name)
    return str(response.headers).encode("latin-1") + response.get_data()


def _render(page: _Page, *, quotes_request: bool = True) -> ResponseReturnValue:
    # Skip the context processors, which ask who the client is and where.
    template = current_app.jinja_env.get_template("errors/error.html")
    body = template.render(page=page, request_id=request_id() if quotes_request else None)
    response = make_response(body, page.status)
    if page.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _respond(page: _Page, _error: Exception) -> ResponseReturnValue:
    return _render(page)


def _when_to_try_again(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    if minutes < 120:
        return ngettext("Try again in a minute.", "Try again in %(num)s minutes.", minutes)
    hours = ceil(minutes / 60)
    return ngettext("Try again in an hour.", "Try again in %(num)s hours.", hours)


def _respond_to_limit(page: _Page, error: LimitReached) -> ResponseReturnValue:
    sentence = f"{page.sentence} {_when_to_try_again(error.seconds)}"
    response = make_response(_render(replace(page, sentence=sentence)))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _answer_kept(error: errors.VehicleKept) -> ResponseReturnValue:
    until = time_of_day(error.until, error.city)
    sentence = gettext("A rider has reserved it until %(time)s.", time=until)
    return _render(replace(_KEPT, sentence=f"{sentence} {_KEPT.sentence}"))


def init_app(app: Flask) -> None:
    """Give every error a page."""

    for kind, page in _DOMAIN_ERRORS.items():
        # Flask chooses the handler of the class, or of its nearest base class.
        app.register_error_handler(kind, partial(_respond, page))

    app.register_error_handler(errors.VehicleKept, _answer_kept)

    for limit, page in _LIMITS.items():
        app.register_error_handler(limit, partial(_respond_to_limit, page))

    @app.errorhandler(CSRFError)
    def _expired(_error: CSRFError) -> ResponseReturnValue:
        page = return_expired_form()
        return _render(_CSRF) if page is None else redirect(page)

    @app.errorhandler(SecurityError)
    @app.errorhandler(BadHost)
    def _wrong_host(_error: HTTPException) -> ResponseReturnValue:
        # Plain text: Flask builds URLs for a page only with a valid and trusted host.
        text = "MovR doesn't serve this host name.\n"
        return text, HTTPStatus.BAD_REQUEST, {"Content-Type": "text/plain; charset=utf-8"}

    @app.errorhandler(HTTPException)
    def _http_error(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status < HTTPStatus.BAD_REQUEST:
            return error
        page = _HTTP_ERRORS.get(status) or replace(_ANY_OTHER, status=status)
        response = make_response(_render(page))
        # Keep the error's own headers, such as Allow and Retry-After.
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response
