"""What all blueprints share: the extensions, and `movr`, the backend of the application at hand."""

from typing import cast

from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.local import LocalProxy

from movr import MovR
from web import limit_store
from web.csrf import MaskedCSRFProtect

bootstrap = Bootstrap5()
csrf = MaskedCSRFProtect()
# Where the shared store does not answer, each process counts for itself: riders still get in.
limiter = Limiter(get_remote_address, storage_uri=f"{limit_store.SCHEME}://")

movr: MovR = cast(MovR, LocalProxy(lambda: current_app.extensions["movr"]))


def init_app(app: Flask) -> None:
    """Set up the extensions and this application's own backend, which connects when first used."""
    bootstrap.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    # All limits stand on routes, which check them. Whether there are others is not worth a tenth of
    # a millisecond of every request.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    app.extensions["movr"] = MovR(app.config["DB_URI"], app.config["DB_LIMITS"])
