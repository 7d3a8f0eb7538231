"""What load balancers and operators ask: is the process up, and does the database answer."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from movr.errors import DatabaseUnavailable
from web.extensions import limiter, movr

blueprint = Blueprint("health", __name__)
limiter.exempt(blueprint)

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 while the process is up, whatever becomes of the database."""
    return "ok\n", 200, _TEXT


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 if the database answers, else 503."""
    try:
        movr.ping()
    except DatabaseUnavailable:
        return "the database does not answer\n", 503, {**_TEXT, "Retry-After": "5"}
    return "ok\n", 200, _TEXT
