"""Logs one line for each request: what it asked for, its status and its cost, but not the rider.

Gunicorn writes the lines as JSON (log_lines.py). The load balancer or this file gives each request
an id, which is returned in a header and shown on error pages.
"""

import logging
import re
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request, request_started

from movr import Report

REQUEST_ID: Final = "X-Request-ID"

arrived: Final[ContextVar[float | None]] = ContextVar("arrived", default=None)
"""When this thread's request arrived (`perf_counter`); set by a server that made it wait."""

_SOUND_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,100}")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")

_log = logging.getLogger("movr.requests")

_ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def request_id() -> str:
    """Return the id of this request."""
    if "request_id" not in g:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _SOUND_ID.fullmatch(given) else uuid4().hex
    found: str = g.request_id
    return found


def method() -> str:
    """Return the method of this request; an unknown one is not repeated."""
    return request.method if request.method in _METHODS else "(other)"


def route() -> str:
    """Return the URL rule that this request matched."""
    # The rule, because a path may contain somebody's id.
    return request.url_rule.rule if request.url_rule else "(none)"


def status() -> int:
    """Return the status of the response, if there is one."""
    # Without even an error page, gunicorn responds with 500.
    return int(g.get("status", 500))


def seconds_so_far() -> float:
    """Return the age of this request, including the time that it waited for a thread."""
    now = perf_counter()
    return now - float(g.get("begin", now))


def has_begun() -> bool:
    """Return whether this is a real request: a page may also be rendered beforehand."""
    return "begin" in g


def init_app(app: Flask) -> None:
    """Log every request when it ends."""
    app.extensions["movr"].observers.append(_note)
    # A signal comes before everything that may refuse the request; a before_request function might
    # not.
    request_started.connect(_begin, app)

    def log_exception(exc_info: _ExcInfo) -> None:
        # Flask would log the path, which may contain somebody's id.
        app.logger.error("%s %s failed", method(), route(), exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]

    @app.after_request
    def _name_request(response: Response) -> Response:
        response.headers[REQUEST_ID] = request_id()
        g.status = response.status_code
        return response

    # A teardown runs once; after_request runs again for the error page of a failed response.
    @app.teardown_request
    def _log_request(_error: BaseException | None) -> None:
        if not has_begun():
            return
        reports: list[Report] = g.get("reports", [])
        _log.info(
            "%s %s %d",
            method(),
            route(),
            status(),
            extra={
                "request_id": request_id(),
                "method": method(),
                "route": route(),
                "status": status(),
                "duration_ms": round(1000 * seconds_so_far(), 1),
                "transactions": [report.name for report in reports],
                "retries": sum(max(0, report.attempts - 1) for report in reports),
            },
        )


def _begin(_app: Flask) -> None:
    g.begin = arrived.get() or perf_counter()


def _note(report: Report) -> None:
    if has_request_context():
        g.setdefault("reports", []).append(report)
