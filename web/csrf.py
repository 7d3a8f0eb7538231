"""CSRF tokens: the session's token, under a mask that is new in every response.

The length of a compressed page tells an attacker who can repeatedly insert text into it what else
is in it (https://www.breachattack.com). A token that changes each time cannot be found out in this
way. Everything else is Flask-WTF's.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from flask import Flask, current_app, g, request, session
from flask_wtf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

_FIELD: Final = "csrf_token"
_TOKEN_BYTES: Final = 21


class MaskedCSRFProtect(CSRFProtect):
    """Flask-WTF's protection, with masked tokens."""

    def init_app(self, app: Flask) -> None:
        """Protect all forms of an application."""
        super().init_app(app)
        # Flask-WTF offers its own token in both ways: to pages, and to what they import.
        app.context_processor(lambda: {_FIELD: masked_token})
        app.jinja_env.globals[_FIELD] = masked_token

    def protect(self, apply_exemptions: bool = False) -> None:
        """Check the token of a request that may change something."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            super().protect(apply_exemptions)

    def _get_csrf_token(self) -> str | None:
        """Return the token of a form as Flask-WTF would have written it."""
        given: str | None = super()._get_csrf_token()
        token = _unmasked(given) if given else None
        if token is None:
            return given
        signer = URLSafeTimedSerializer(
            current_app.config["WTF_CSRF_SECRET_KEY"], salt="wtf-csrf-token"
        )
        signed: str = signer.dumps(token)
        return signed


def masked_token() -> str:
    """Return the `csrf_token` for the forms of this response."""
    noted = g._get_current_object()
    if "masked_token" not in noted:
        token: str | None = session.get(_FIELD)
        if token is None:
            token = session[_FIELD] = secrets.token_hex(_TOKEN_BYTES)
        noted.masked_token = _masked(token)
    masked: str = noted.masked_token
    return masked


def _masked(token: str) -> str:
    secret = bytes.fromhex(token)
    mask = secrets.token_bytes(len(secret))
    return urlsafe_b64encode(mask + _xor(secret, mask)).decode()


def _unmasked(text: str) -> str | None:
    """Return the token under the mask; None if there is no mask."""
    try:
        both = urlsafe_b64decode(text)
    except ValueError:
        return None
    # Flask-WTF's own tokens, on pages of the former version: the decoder would skip their dots.
    if not both or len(both) % 2 or "." in text:
        return None
    return _xor(both[: len(both) // 2], both[len(both) // 2 :]).hex()


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
