"""What a browser needs to install MovR like an app, and the page that it shows offline."""

from typing import Final

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from web.translation import gettext, language

blueprint = Blueprint("install", __name__)

_SEA: Final = "#0b6e7c"
_ASK_AGAIN: Final = "public, no-cache"


@blueprint.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Return the web application manifest (https://www.w3.org/TR/appmanifest/)."""

    def icon(name: str, sizes: str, purpose: str = "any") -> dict[str, str]:
        src = url_for("static", filename=f"img/{name}")
        return {"src": src, "sizes": sizes, "purpose": purpose}

    about = {
        "id": "/",
        "name": "MovR",
        "short_name": "MovR",
        "description": gettext("Bikes, scooters and skateboards to share, in your city."),
        "lang": language(),
        "start_url": url_for("vehicles.get_vehicles"),
        "scope": "/",
        "display": "standalone",
        "background_color": _SEA,
        "theme_color": _SEA,
        "icons": [
            icon("favicon.svg", "any"),
            icon("icon-192.png", "192x192"),
            icon("icon-512.png", "512x512"),
            icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
    }
    headers = {"Content-Type": "application/manifest+json", "Cache-Control": _ASK_AGAIN}
    return about, headers


@blueprint.get("/service-worker.js")
def service_worker() -> ResponseReturnValue:
    """Return the script that shows the offline page, from where it may do so for all paths.

    It ends with the URLs of what that page loads: a new version of these is a new script, at which
    the browser fetches the page again.
    """
    script = current_app.extensions["assets"].get("js/service-worker.js").body.decode()
    loaded = [url_for("static", filename=name) for name in ("movr.css", "movr.js")]
    headers = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": _ASK_AGAIN}
    return f"{script}// {' '.join(loaded)}\n", headers


@blueprint.get("/offline")
def offline() -> ResponseReturnValue:
    """Say that there is no connection; the browser keeps this page for that."""
    return render_template("offline.html"), {"Cache-Control": _ASK_AGAIN}
