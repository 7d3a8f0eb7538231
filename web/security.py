"""What every answer carries to keep riders safe, and which paths a login may lead back to."""

import re
from typing import Final

from flask import Flask, Response, request

# A plain path on this site. Checks by parsing let "////host" and "http:host" through, which
# browsers follow to another site.
_SAFE_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~%&=?/+:-]*")
_ONE_YEAR_S: Final = 365 * 24 * 3600

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)

_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_safe_path(path: str | None) -> bool:
    """Return whether a redirect to `path` stays on this site."""
    return path is not None and _SAFE_PATH.fullmatch(path) is not None


def init_app(app: Flask) -> None:
    """Add the headers to every answer, and keep pages, which are personal, out of caches."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if not app.config["DEBUG"]:
            response.headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR_S}"
        if request.endpoint not in ("static", "bootstrap.static"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
