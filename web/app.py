"""The application factory: wires the floors together and does no work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    cli,
    errors,
    extensions,
    filters,
    fragments,
    geoutils,
    limits,
    logs,
    mailer,
    metrics,
    readiness,
    sanity,
    security,
    sessions,
    translation,
    urls,
)
from web.assets import compression, static_files
from web.config import Config
from web.routes import (
    accounts,
    documents,
    emails,
    health,
    histories,
    home,
    install,
    logins,
    maps,
    numbers,
    passwords,
    problems,
    reservations,
    rides,
    vehicles,
)
from web.templating import Templates

_ROOT = Path(__file__).resolve().parent.parent


class _Application(Flask):
    jinja_environment = Templates

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: no view is asynchronous, and Flask would check on every call."""
        return func


def create_app(config: Config | None = None) -> Flask:
    """Return the application for `config`, or for the environment; raises ConfigError."""
    config = config or Config.from_environment()
    app = _Application(
        "movr",
        root_path=str(_ROOT),
        static_folder="static",
        template_folder="templates",
        instance_path=str(_ROOT),
    )
    app.config.from_mapping(config.flask_settings())
    # A URL with an extra slash doesn't exist here. Werkzeug would redirect to the mended URL, in a
    # header as long as the URL.
    app.url_map.merge_slashes = False
    # A line with nothing but a template statement leaves no blank line behind. No template is ever
    # forgotten: to note which of them was used last would take longer than to find one.
    app.jinja_options |= {"trim_blocks": True, "lstrip_blocks": True, "cache_size": -1}
    if config.TRUSTED_PROXIES:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's documentation does
            app.wsgi_app, x_for=config.TRUSTED_PROXIES, x_proto=1
        )
    for concern in (
        # First, so that the others can read every request that they get.
        sanity,
        extensions,
        readiness,
        static_files,
        logs,
        metrics,
        mailer,
        sessions,
        limits,
        geoutils,
        errors,
        health,
        translation,
        filters,
        urls,
        fragments,
        maps,
        documents,
        reservations,
        cli,
        # The last ones are the first to see a response, while it has few headers to look through.
        compression,
        security,
    ):
        concern.init_app(app)
    for group in (
        home,
        accounts,
        logins,
        passwords,
        emails,
        vehicles,
        numbers,
        maps,
        reservations,
        rides,
        problems,
        histories,
        documents,
        install,
        health,
        metrics,
    ):
        app.register_blueprint(group.blueprint)
    return app
