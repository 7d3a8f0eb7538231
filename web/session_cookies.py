"""The cookie that holds a session: signed, and never on a response that caches may share."""

import hmac
from datetime import timedelta
from functools import cache, lru_cache, partial
from typing import Any, Final, cast

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import (
    BadSignature,
    Serializer,
    Signer,
    TimestampSigner,
    URLSafeTimedSerializer,
    base64_encode,
)
from itsdangerous.signer import SigningAlgorithm

# So many cookies are kept, each no longer than gunicorn's limit for a header, 8 kB; or what is in
# them, if it is as short as a login is.
_MAX_VERIFIED: Final = 512
_LOGIN_CHARACTERS: Final = 1000
# Those of the containers.
_CLOCKS_DIFFER_BY: Final = timedelta(minutes=1)
# The session of a visitor is half as long.
_SHORT_BYTES: Final = 200
_RENEWED_AFTER: Final = timedelta(days=1)


class _Hmac(SigningAlgorithm):
    """What itsdangerous does by default, but each key is prepared once."""

    def __init__(self, digest: str) -> None:
        self._prepared = cache(partial(hmac.new, digestmod=digest))

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        signature = self._prepared(key).copy()
        signature.update(value)
        return signature.digest()


class _Reader(URLSafeTimedSerializer):
    """Verifies what was signed, and reads it if it is short and nothing can be changed in place.

    The rest it leaves as it was sent: compressed, it is small.
    """

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        held = super().load_payload(payload, *args, **kwargs)
        is_flat = isinstance(held, dict) and all(
            isinstance(value, str | int | None) for value in held.values()
        )
        return held if is_flat and len(str(held)) < _LOGIN_CHARACTERS else payload


class _Signer(URLSafeTimedSerializer):
    """Flask's signer, but it derives its key once, and signs what is short as it is.

    To try to shorten that takes longer.
    """

    def __init__(self, flasks: URLSafeTimedSerializer) -> None:
        digest: str = flasks.signer_kwargs["digest_method"]().name
        keys, salt = flasks.secret_keys, flasks.salt
        options = flasks.signer_kwargs | {"algorithm": _Hmac(digest)}
        super().__init__(keys, salt=salt, serializer=flasks.serializer, signer_kwargs=options)
        self._signer: Final = cast(TimestampSigner, super().make_signer())
        self._signer.derive_key = cache(self._signer.derive_key)  # type: ignore[method-assign]
        reader = _Reader(keys, salt=salt, serializer=flasks.serializer, signer_kwargs=options)
        self._read = lru_cache(_MAX_VERIFIED)(partial(reader.loads, return_timestamp=True))

    def read(self, cookie: str) -> tuple[Any, timedelta]:
        """Return what is in a cookie, and how long ago it was signed; raises BadSignature.

        A browser sends the same cookie with every request, so it is verified and read once.
        """
        held, written = self._read(cookie)
        age = timedelta(seconds=self._signer.get_timestamp() - written.timestamp())
        return self.load_payload(held) if isinstance(held, bytes) else dict(held), age

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        return self._signer if salt in (None, self.salt) else super().make_signer(salt)

    def dump_payload(self, obj: object) -> bytes:
        plain = Serializer.dump_payload(self, obj)
        return base64_encode(plain) if len(plain) < _SHORT_BYTES else super().dump_payload(obj)


class PrivateSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, but never on a response that caches may share.

    Flask would renew a login cookie with every response, static files included, and create a signer
    each time. Here it is renewed once a day, and the signer is kept.
    """

    def __init__(self) -> None:
        self._signers: dict[str | bytes | None, _Signer | None] = {}

    def get_signing_serializer(self, app: Flask) -> _Signer | None:
        """Return what signs the cookies; None without a secret key."""
        if app.secret_key not in self._signers:
            flasks = super().get_signing_serializer(app)
            self._signers[app.secret_key] = _Signer(flasks) if flasks else None
        return self._signers[app.secret_key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session in the cookie; an empty one if that is missing, void or too old."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        signer = self.get_signing_serializer(app)
        if not cookie or signer is None:
            return self.session_class()
        try:
            held, age = signer.read(cookie)
        except BadSignature:
            return self.session_class()
        if not -_CLOCKS_DIFFER_BY <= age <= app.permanent_session_lifetime:
            return self.session_class()
        session = self.session_class(held)
        session.modified = session.permanent and age > _RENEWED_AFTER
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the session, if it was read or changed, but not with what caches may share."""
        headers = response.headers
        if "public" in headers.get("Cache-Control", ""):
            return
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            # As Flask does, without taking the header apart twice.
            others = headers.get("Vary")
            headers["Vary"] = f"{others}, Cookie" if others else "Cookie"
