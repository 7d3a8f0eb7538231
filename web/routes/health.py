"""The probes of load balancers and operators: is the process up, and is its database ready?"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from werkzeug import Response

from movr.errors import DatabaseUnavailable
from web.extensions import movr
from web.readiness import SchemaWatch
from web.security import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

blueprint = Blueprint("health", __name__)
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_PROBED: Final = ("/readyz", "/metrics")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Respond with 200 if the database responds and has what this version needs, else 503."""
    watch: SchemaWatch = current_app.extensions["schema_watch"]
    try:
        movr.ping()
    except DatabaseUnavailable:
        return "the database does not respond\n", 503, {**_TEXT, "Retry-After": "5"}
    if not watch.is_sound():
        return "the database is not ready for this version: see the log\n", 503, _TEXT
    return "ok\n", 200, _TEXT


def init_app(app: Flask) -> None:
    """Respond to /healthz, and accept the other probes with any host name.

    Probes reach a container by its IP address. /healthz has 200 for an answer while the process is
    up, whatever happens to the database; nothing of the application comes before it, and it is
    neither logged nor counted.
    """
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Cache-Control": "no-store",
    }
    alive = Response("ok\n", headers=headers, content_type=_TEXT["Content-Type"])
    trusted_hosts: tuple[str, ...] | None = app.config["TRUSTED_HOSTS"]
    host = trusted_hosts[0].lstrip(".") if trusted_hosts else None
    wsgi_app = app.wsgi_app

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/healthz" and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return alive(environ, start_response)
        if host and path in _PROBED:
            environ["HTTP_HOST"] = host
        return wsgi_app(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]  # as Flask's documentation does
