"""Answers each refusal and failure with its page (error_pages.py).

These pages need neither session nor database, so they work whatever has failed.
"""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import Final

from flask import Flask, current_app, make_response, redirect
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, SecurityError

from web.drafts import return_expired_form
from web.error_pages import (
    ANY_OTHER,
    BUSY,
    CSRF,
    DOMAIN_ERRORS,
    HTTP_ERRORS,
    LIMITS,
    ErrorPage,
)
from web.limits import LimitReached
from web.logs import REQUEST_ID, request_id
from web.security import headers_of_every_response
from web.translation import ngettext

_RETRY_AFTER_S: Final = 5


def busy_response(app: Flask) -> bytes:
    """Return the response of a server that is too busy to ask the application.

    It is the page for an unavailable database, without the status line.
    """
    hosts = app.config["TRUSTED_HOSTS"] or ("localhost",)
    with app.test_request_context(headers={"Host": hosts[0].lstrip(".")}):
        response = app.process_response(app.make_response(_render(BUSY, quotes_request=False)))
    response.headers.extend(headers_of_every_response(app))
    # The server sets the length. No request belongs to this response, so it has no request id.
    for name in ("Content-Length", REQUEST_ID):
        response.headers.remove(name)
    return str(response.headers).encode("latin-1") + response.get_data()


def _render(page: ErrorPage, *, quotes_request: bool = True) -> ResponseReturnValue:
    # Skip the context processors, which ask who the client is and where.
    template = current_app.jinja_env.get_template("errors/error.html")
    body = template.render(page=page, request_id=request_id() if quotes_request else None)
    response = make_response(body, page.status)
    if page.status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _respond(page: ErrorPage, _error: Exception) -> ResponseReturnValue:
    return _render(page)


def _when_to_try_again(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    if minutes < 120:
        return ngettext("Try again in a minute.", "Try again in %(num)s minutes.", minutes)
    hours = ceil(minutes / 60)
    return ngettext("Try again in an hour.", "Try again in %(num)s hours.", hours)


def _respond_to_limit(page: ErrorPage, error: LimitReached) -> ResponseReturnValue:
    sentence = f"{page.sentence} {_when_to_try_again(error.seconds)}"
    response = make_response(_render(replace(page, sentence=sentence)))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def init_app(app: Flask) -> None:
    """Give every error a page."""

    for kind, page in DOMAIN_ERRORS.items():
        # Flask chooses the handler of the class, or of its nearest base class.
        app.register_error_handler(kind, partial(_respond, page))

    for limit, page in LIMITS.items():
        app.register_error_handler(limit, partial(_respond_to_limit, page))

    @app.errorhandler(CSRFError)
    def _expired(_error: CSRFError) -> ResponseReturnValue:
        page = return_expired_form()
        return _render(CSRF) if page is None else redirect(page)

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
        page = HTTP_ERRORS.get(status) or replace(ANY_OTHER, status=status)
        response = make_response(_render(page))
        # Keep the error's own headers, such as Allow and Retry-After.
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response
