"""Remembers which devices have logged in to an account before. A known device still needs to log
in.

A signed cookie holds a random name for the device and the time; the username is only part of the
signing key. SECURITY.md says what a stolen cookie is good for.
"""

import secrets
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request, current_app, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

_LIFETIME: Final = timedelta(days=180)


def remember_device(username: str) -> None:
    """Remember the browser as one that has logged in to this account."""
    cookie = _signer(username).dumps(secrets.token_urlsafe(12))

    @after_this_request
    def _set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie_name(),
            cookie,
            max_age=_LIFETIME,
            # Sent with logins only.
            path=url_for("logins.login"),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Strict",
        )
        return response


def known_device(username: str) -> str | None:
    """Return the name of the requesting device if it has logged in to this account before."""
    cookie = request.cookies.get(_cookie_name(), "")
    try:
        name: str = _signer(username).loads(cookie, max_age=int(_LIFETIME.total_seconds()))
    except BadSignature:
        return None
    return name


def _cookie_name() -> str:
    # Browsers accept a cookie with this prefix over TLS only.
    return "__Secure-movr-device" if current_app.config["SESSION_COOKIE_SECURE"] else "movr-device"


def _signer(username: str) -> URLSafeTimedSerializer:
    secrets_known = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(secrets_known, salt=f"device of {username.lower()}")
