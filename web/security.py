"""Security headers for every response, and the paths that a login may lead back to."""

# Annotations of a function that is made with each request would be evaluated with each.
from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, g

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# A plain path on this site. Checks that parse a URL accept "////host" and "http:host", which
# browsers follow to another site. Our own paths are half as long at most; as a parameter of the
# login URL, where some characters take three, the longest stays below 1 kB. A fragment may name an
# element of the page.
_SAFE_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~%&=?/+:,-]{0,199}(?:#[A-Za-z0-9-]{1,64})?")
_ONE_YEAR_S: Final = 365 * 24 * 3600

_SOURCES: Final = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
# https://developers.google.com/maps/documentation/javascript/content-security-policy
_GOOGLE_HOSTS: Final = "https://*.googleapis.com https://*.gstatic.com https://*.google.com"
_GOOGLE_SOURCES: Final = {
    "script-src": f"{_GOOGLE_HOSTS} 'unsafe-eval' blob:",
    "img-src": f"{_GOOGLE_HOSTS} https://*.googleusercontent.com",
    "frame-src": "https://*.google.com",
    "connect-src": f"'self' {_GOOGLE_HOSTS} data: blob:",
    "font-src": "https://fonts.gstatic.com",
    "worker-src": "'self' blob:",
}

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _policy(more: dict[str, str]) -> str:
    names = [*_SOURCES, *(name for name in more if name not in _SOURCES)]
    return "; ".join(
        " ".join(filter(None, (name, _SOURCES.get(name), more.get(name)))) for name in names
    )


CONTENT_SECURITY_POLICY: Final = _policy({})
"""For pages without a map."""


@cache  # There is one URL.
def tile_policy(tile_url: str) -> str:
    """Return the policy of a page whose map gets its tiles from this URL's host."""
    host = urlsplit(tile_url)
    # {s} stands for one of several hosts; a URL without a host is on our own.
    source = f"{host.scheme}://{host.netloc}".replace("{s}", "*") if host.netloc else ""
    return _policy({"img-src": source})


def google_policy(nonce: str) -> str:
    """Return the policy of a page with a Google map, which adds styles with this nonce."""
    return _policy(_GOOGLE_SOURCES | {"style-src": f"'nonce-{nonce}' https://fonts.googleapis.com"})


def allow_tiles(tile_url: str) -> None:
    """Let the current page show map tiles from this URL."""
    g.content_security_policy = tile_policy(tile_url)


def allow_google_maps() -> str:
    """Let the current page show Google's maps; returns the nonce for their styles."""
    nonce = secrets.token_urlsafe(16)
    g.content_security_policy = google_policy(nonce)
    return nonce


def is_safe_path(path: str | None) -> bool:
    """Return whether a redirect to `path` stays on this site, and has a plausible length."""
    return path is not None and _SAFE_PATH.fullmatch(path) is not None


def headers_of_every_response(app: Flask) -> list[tuple[str, str]]:
    """Return those that are always the same; the Content Security Policy is not."""
    transport = ("Strict-Transport-Security", f"max-age={_ONE_YEAR_S}")
    return [*_HEADERS.items()] if app.config["DEBUG"] else [*_HEADERS.items(), transport]


def init_app(app: Flask) -> None:
    """Add the headers to every response, and keep personal pages out of caches."""
    always = headers_of_every_response(app)
    wsgi_app = app.wsgi_app

    @app.after_request
    def _add_headers(response: Response) -> Response:
        headers = response.headers
        headers.add(
            "Content-Security-Policy", g.get("content_security_policy", CONTENT_SECURITY_POLICY)
        )
        # Static files set their own.
        headers.setdefault("Cache-Control", "no-store")
        return response

    # What is always the same is added at the very end, whoever responds.
    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None
        ) -> Callable[[bytes], object]:
            return start_response(status, headers + always, exc_info)

        return wsgi_app(environ, start)

    app.wsgi_app = serve  # type: ignore[method-assign]  # as Flask's documentation does
