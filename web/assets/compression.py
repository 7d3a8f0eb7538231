"""What goes over the wire compressed: static files, and public data of the types below.

Never pages. A page holds secrets, above all the CSRF token, beside text that comes out of the
address, so the length of its compressed form would tell both to whoever can guess, see lengths and
have the browser ask again and again (the attack called BREACH, https://www.breachattack.com). Data
may be listed here if it is the same for everybody.

Gzip alone: Brotli would save a first visit some 9 kB of 66, for one compiled dependency more.
"""

import gzip
from typing import Final

from flask import Flask, Response, request

_PUBLIC_DATA: Final = frozenset({"application/geo+json"})
# Below this, the header that names the encoding is worth as much as what it saves.
_WORTH_IT_BYTES: Final = 500
# Within one percent of the best, for two thirds of the time.
_LEVEL: Final = 6


def wants_gzip() -> bool:
    """Return whether the client can unpack gzip and has not asked for a part of the plain bytes."""
    return request.accept_encodings.quality("gzip") > 0 and "Range" not in request.headers


def init_app(app: Flask) -> None:
    """Compress public data as it is answered; static files see to themselves."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype not in _PUBLIC_DATA:
            return response
        # Also where it goes out as it is: a cache must not give it to whoever can take less.
        response.vary.add("Accept-Encoding")
        if (
            response.status_code == 200
            and wants_gzip()
            and not response.content_encoding
            and len(response.get_data()) >= _WORTH_IT_BYTES
        ):
            response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
            response.content_encoding = "gzip"
            etag, _weak = response.get_etag()
            if etag:
                # The same data, no longer the same bytes.
                response.set_etag(etag, weak=True)
        return response
