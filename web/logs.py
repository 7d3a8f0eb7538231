"""One line for each request: what was asked, how it ended, what it cost. Nothing about the rider.

Gunicorn writes the lines as JSON (settings below). A request's id comes from the load balancer or
is made here, and is returned in a header and shown on error pages.
"""

import logging
import re
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

from movr.database import Report
from web.config import Config

REQUEST_ID: Final = "X-Request-ID"

_SOUND_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,100}")

_log = logging.getLogger("movr.requests")


def request_id() -> str:
    """Return the id of this request."""
    if "request_id" not in g:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _SOUND_ID.fullmatch(given) else uuid4().hex
    found: str = g.request_id
    return found


def _note(report: Report) -> None:
    if has_request_context():
        g.setdefault("reports", []).append(report)


def init_app(app: Flask) -> None:
    """Log every request when it is answered."""
    app.extensions["movr"].observers.append(_note)

    @app.before_request
    def _begin() -> None:
        g.begin = perf_counter()

    @app.after_request
    def _log_request(response: Response) -> Response:
        response.headers[REQUEST_ID] = request_id()
        reports: list[Report] = g.get("reports", [])
        _log.info(
            "%s %s %d",
            request.method,
            route(),
            response.status_code,
            extra={
                "request_id": request_id(),
                "method": request.method,
                "route": route(),
                "status": response.status_code,
                "duration_ms": round(1000 * seconds_so_far(), 1),
                "transactions": [report.name for report in reports],
                "retries": sum(max(0, report.attempts - 1) for report in reports),
            },
        )
        return response


def route() -> str:
    """Return the rule that this request matched."""
    # The rule and not the path: it tells what was asked, and holds nobody's id.
    return request.url_rule.rule if request.url_rule else "(none)"


def seconds_so_far() -> float:
    """Return for how long this request has been worked on."""
    now = perf_counter()
    return now - float(g.get("begin", now))


def settings(config: Config) -> dict[str, Any]:
    """Return the logging settings of a server: JSON on stdout, or plain text in DEBUG."""
    plain = {"format": "%(asctime)s %(levelname)s %(message)s"}
    json = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": ["levelname", "name", "message"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "static_fields": {"region": config.REGION or "all"},
        "timestamp": "time",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": plain if config.DEBUG else json},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
            }
        },
        "root": {"level": "INFO", "handlers": ["stdout"]},
        # Gunicorn gives its loggers handlers of their own, which these replace.
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }
