"""Logs one line for each request: what it asked for, its status and its cost, but not the rider.

Gunicorn writes the lines as JSON (log_lines.py). The load balancer or this file gives each request
an id, which is returned in a header and shown on error pages.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter
from types import TracebackType
from typing import Final

from flask import Flask, Request, Response, g, has_request_context, request, request_started
from flask.globals import request_ctx

from movr import Report

REQUEST_ID: Final = "X-Request-ID"

OBSERVERS: Final = "movr observers of requests"
"""The extension of the application that lists who is told of every request that has ended."""

arrived: Final[ContextVar[float | None]] = ContextVar("arrived", default=None)
"""When this thread's request arrived (`perf_counter`); set by a server that made it wait."""

_SOUND_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,100}")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")

_log = logging.getLogger("movr.requests")

_ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def request_id() -> str:
    """Return the id of this request."""
    noted = g._get_current_object()
    found: str | None = noted.get("request_id")
    if found is None:
        given = request.headers.get(REQUEST_ID, "")
        found = noted.request_id = given if _SOUND_ID.fullmatch(given) else token_hex(16)
    return found


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that has ended: its method, the URL rule that it matched, and its age in seconds.

    The age includes the time that it waited for a thread.
    """

    method: str
    route: str
    status: int
    seconds: float


def _method(asked: Request) -> str:
    """Return the method of a request; an unknown one is not repeated."""
    return asked.method if asked.method in _METHODS else "(other)"


def _route(asked: Request) -> str:
    # The rule, because a path may contain somebody's id.
    return asked.url_rule.rule if asked.url_rule else "(none)"


def init_app(app: Flask) -> None:
    """Log every request when it ends, and tell the observers."""
    observers: list[Callable[[Ended], None]] = []
    app.extensions[OBSERVERS] = observers
    app.extensions["movr"].observers.append(_note)
    # A signal comes before everything that may refuse the request; a before_request function might
    # not.
    request_started.connect(_begin, app)

    def log_exception(exc_info: _ExcInfo) -> None:
        # Flask would log the path, which may contain somebody's id.
        asked = request_ctx.request
        app.logger.error("%s %s failed", _method(asked), _route(asked), exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]

    @app.after_request
    def _name_request(response: Response) -> Response:
        response.headers.add(REQUEST_ID, request_id())
        g._get_current_object().status = response.status_code
        return response

    # A teardown runs once; after_request runs again for the error page of a failed response.
    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        # Past Werkzeug's proxies, because this is done for every request.
        noted, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
        # A page may also be rendered beforehand, for no request.
        if "begin" not in noted:
            return
        ended = Ended(
            method=_method(asked),
            route=_route(asked),
            # Without even an error page, gunicorn responds with 500.
            status=noted.get("status", 500),
            seconds=perf_counter() - noted.begin,
        )
        for observer in observers:
            observer(ended)
        reports: list[Report] = noted.get("reports", [])
        _log.info(
            "%s %s %d",
            ended.method,
            ended.route,
            ended.status,
            extra={
                "request_id": request_id(),
                "method": ended.method,
                "route": ended.route,
                "status": ended.status,
                "duration_ms": round(1000 * ended.seconds, 1),
                "transactions": [report.name for report in reports],
                "retries": sum(max(0, report.attempts - 1) for report in reports),
            },
        )


def _begin(_app: Flask) -> None:
    g._get_current_object().begin = arrived.get() or perf_counter()


def _note(report: Report) -> None:
    if has_request_context():
        g._get_current_object().setdefault("reports", []).append(report)
