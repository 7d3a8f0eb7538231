"""The extensions that all blueprints share, and `movr`, the backend of the current application."""

from typing import cast

from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from werkzeug.local import LocalProxy

from movr import MovR
from web.csrf import MaskedCSRFProtect

bootstrap = Bootstrap5()
csrf = MaskedCSRFProtect()


def _backend() -> MovR:
    # Past Werkzeug's proxy, because a page asks for this several times.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return cast(MovR, app.extensions["movr"])


movr: MovR = cast(MovR, LocalProxy(_backend))


def init_app(app: Flask) -> None:
    """Set up the extensions and this application's own backend, which connects when first used."""
    bootstrap.init_app(app)
    csrf.init_app(app)
    app.extensions["movr"] = MovR(app.config["DB_URI"], app.config["DB_LIMITS"])
