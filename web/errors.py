"""Every refusal and failure: one status, one heading and one sentence for each kind.

The pages need neither session nor database, so that they can be shown whatever has failed.
"""

from dataclasses import dataclass, replace
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
from web.filters import counted
from web.limits import LimitReached, TooManyFirstRides, TooManySignUps, TooManyWrongPasswords
from web.logs import REQUEST_ID, request_id

_RETRY_AFTER_S: Final = 5


@dataclass(frozen=True, slots=True)
class _Page:
    status: HTTPStatus
    heading: str
    sentence: str
    link: str = "vehicles.get_vehicles"
    link_text: str = "See the vehicles"


_NOT_FOUND: Final = _Page(
    HTTPStatus.NOT_FOUND,
    "This page does not exist",
    "The address may be mistyped, or what was here is gone, or it is not yours to see.",
)
_BUSY: Final = _Page(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "MovR is out of breath",
    "Your request could not be completed just now. Wait a few seconds and try again: doing the"
    " same thing twice does no harm.",
)

_DOMAIN_ERRORS: Final[dict[type[errors.MovRError], _Page]] = {
    errors.NotFound: _NOT_FOUND,
    errors.InvalidCursor: _Page(
        HTTPStatus.BAD_REQUEST,
        "This link is broken",
        "It does not say where the page begins. Start from the first page of the list.",
    ),
    errors.NotYours: _Page(
        HTTPStatus.FORBIDDEN,
        "This vehicle is not yours",
        "Only its owner can change it or take it out of service. Nothing was changed.",
    ),
    errors.WrongPassword: _Page(
        HTTPStatus.FORBIDDEN,
        "This password is not right",
        "Go back and type your current password again. Nothing was changed.",
    ),
    errors.Conflict: _Page(
        HTTPStatus.CONFLICT,
        "This has just changed",
        "Something else happened while you were at it. Go back, reload the page and look again."
        " Nothing was changed.",
    ),
    errors.VehicleUnavailable: _Page(
        HTTPStatus.CONFLICT,
        "Someone was faster",
        "Another rider has just taken this vehicle. You have not started a ride: choose"
        " another vehicle.",
    ),
    errors.AlreadyRiding: _Page(
        HTTPStatus.CONFLICT,
        "You are on a ride already",
        "End your ride before you start the next one.",
        "rides.get_rides",
        "Go to your ride",
    ),
    errors.VehicleInUse: _Page(
        HTTPStatus.CONFLICT,
        "Your vehicle is being ridden",
        "It can be changed or taken out of service when the ride has ended. Nothing was changed.",
        "accounts.get_me",
        "Go to your profile",
    ),
    errors.RideRunning: _Page(
        HTTPStatus.CONFLICT,
        "You are still on a ride",
        "End your ride, then close your account. Nothing was changed.",
        "rides.get_rides",
        "Go to your ride",
    ),
    errors.OwnsVehicles: _Page(
        HTTPStatus.CONFLICT,
        "You still have vehicles in service",
        "Take them out of service on your profile, then close your account. Nothing was changed.",
        "accounts.get_me",
        "Go to your profile",
    ),
    errors.SchemaOutdated: _BUSY,
    errors.UpgradeFailed: _BUSY,
    errors.WorldUnavailable: _Page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Another region isn't answering",
        "Signing up, logging in away from home and looking at cities far away need an answer from"
        " other regions, and we couldn't get one in time. Everything in your home region works:"
        " riders who are logged in can ride, and with the right name and password you can log in at"
        " home. Wait a few minutes, then try again: doing the same thing twice does no harm.",
    ),
    errors.DatabaseUnavailable: _BUSY,
}

_LIMITS: Final[dict[type[LimitReached], _Page]] = {
    TooManyWrongPasswords: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many attempts",
        "For the safety of the account, wait {wait} before you try again.",
    ),
    TooManySignUps: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many new accounts",
        "Many people have just signed up from your network. Wait {wait}, or sign up from another"
        " network. No account was opened.",
    ),
    TooManyFirstRides: _Page(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many first rides",
        "Others who are new to MovR have just started rides from your network. Wait {wait}, then"
        " start yours. You have not started a ride.",
    ),
}

_HTTP_ERRORS: Final = {
    page.status: page
    for page in (
        _NOT_FOUND,
        _BUSY,
        _Page(
            HTTPStatus.BAD_REQUEST,
            "This request is not complete",
            "Something is missing in it or cannot be read. Go back, reload the page and try again.",
        ),
        _Page(
            HTTPStatus.FORBIDDEN,
            "This is not for you to do",
            "You are not allowed to do this. Nothing was changed.",
        ),
        _Page(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "This page works differently",
            "It cannot be called in this way. Use the links and buttons of the site.",
        ),
        _Page(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "This is too much",
            "You have sent more than any of our forms needs. Shorten it and try again.",
        ),
        _Page(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "This is not a form",
            "Only the forms of the site can be sent to this address. Nothing was changed.",
        ),
        _Page(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "This is our fault",
            "Something went wrong on our side, and we have made a note of it. Please try again.",
        ),
    )
}

_CSRF: Final = _Page(
    HTTPStatus.BAD_REQUEST,
    "This form has expired",
    "You have signed in or out or changed your password since it was opened, or cookies are"
    " switched off. Go back, reload the page and try again. Nothing was changed.",
)


def busy_answer(app: Flask) -> bytes:
    """Return what a server tells those whom it has not asked the application about.

    That is the page of a dead database, with all of its header but the status.
    """
    hosts = app.config["TRUSTED_HOSTS"] or ("localhost",)
    with app.test_request_context(headers={"Host": hosts[0].lstrip(".")}):
        response = app.process_response(app.make_response(_render(_BUSY, quotes_request=False)))
    # The server says how long it is and which connection ends; nobody's request has this id.
    for name in ("Content-Length", REQUEST_ID):
        response.headers.remove(name)
    return str(response.headers).encode("latin-1") + response.get_data()


def _render(page: _Page, *, quotes_request: bool = True) -> ResponseReturnValue:
    # Past the context processors, which ask who is there and where.
    template = current_app.jinja_env.get_template("errors/error.html")
    body = template.render(page=page, request_id=request_id() if quotes_request else None)
    response = make_response(body, page.status)
    if page.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _answer(page: _Page, _error: Exception) -> ResponseReturnValue:
    return _render(page)


def _answer_limit(page: _Page, error: LimitReached) -> ResponseReturnValue:
    minutes = ceil(error.seconds / 60)
    wait = counted(minutes, "minute") if minutes < 120 else counted(ceil(minutes / 60), "hour")
    response = make_response(_render(replace(page, sentence=page.sentence.format(wait=wait))))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def init_app(app: Flask) -> None:
    """Answer every error with a page."""

    for kind, page in _DOMAIN_ERRORS.items():
        # Flask takes the handler of the class, or of the nearest class that it is derived from.
        app.register_error_handler(kind, partial(_answer, page))

    for limit, page in _LIMITS.items():
        app.register_error_handler(limit, partial(_answer_limit, page))

    @app.errorhandler(CSRFError)
    def _expired(_error: CSRFError) -> ResponseReturnValue:
        page = return_expired_form()
        return _render(_CSRF) if page is None else redirect(page)

    @app.errorhandler(SecurityError)
    @app.errorhandler(BadHost)
    def _wrong_host(_error: HTTPException) -> ResponseReturnValue:
        # Not a page: without a host that is one, and trusted, Flask can build none of its URLs.
        text = "MovR does not answer to this host name.\n"
        return text, HTTPStatus.BAD_REQUEST, {"Content-Type": "text/plain; charset=utf-8"}

    @app.errorhandler(HTTPException)
    def _http_error(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status < HTTPStatus.BAD_REQUEST:
            return error
        page = _HTTP_ERRORS.get(status) or _Page(status, status.phrase, status.description)
        response = make_response(_render(page))
        # What the error's own answer says beyond its text, such as Allow and Retry-After, stays.
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response
