"""How responses are compressed: pages, public data and static files, with Brotli or gzip.

Pages hold secrets, which is why the tokens of their forms are masked anew each time (web/csrf.py),
and why no page repeats text out of its URL: SECURITY.md says what BREACH would need. Nothing
but the types below is compressed.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

import brotli
from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

_COMPRESSED: Final = frozenset({"text/html", "application/geo+json"})
# Below this, the header that names the encoding is worth as much as what it saves.
_WORTH_IT_BYTES: Final = 500

# Each page is compressed anew: a tenth of a millisecond, for a fifth of its length.
_FAST: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=1, lgwin=16),
    "gzip": partial(gzip.compress, compresslevel=1, mtime=0),
}
# A static file once.
_BEST: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


@lru_cache(64)
def best_compressed(body: bytes) -> dict[str, bytes]:
    """Return a text as small as it can be, by the encodings that make it smaller."""
    found = {encoding: compress(body) for encoding, compress in _BEST.items()}
    return {encoding: smaller for encoding, smaller in found.items() if len(smaller) < len(body)}


def wanted_encoding() -> str | None:
    """Return the best encoding that the client can unpack; None to send the plain bytes."""
    # Parts are of the plain bytes.
    return None if "Range" in request.headers else _best(request.headers.get("Accept-Encoding", ""))


# There are as many of these headers as kinds of browsers.
@lru_cache(64)
def _best(header: str) -> str | None:
    # By its name: what "*" allows is nothing that somebody has asked for.
    accepted = dict(parse_accept_header(header[:200], Accept))
    return next((encoding for encoding in _FAST if accepted.get(encoding, 0) > 0), None)


def init_app(app: Flask) -> None:
    """Compress pages and public data as they are answered; static files see to themselves."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype not in _COMPRESSED:
            return response
        # Also where it goes out as it is: a cache must not give it to whoever can take less.
        response.vary.add("Accept-Encoding")
        is_whole = response.status_code == 200 or response.status_code >= 400
        encoding = wanted_encoding()
        if is_whole and encoding and not response.content_encoding:
            body = response.get_data()
            if len(body) >= _WORTH_IT_BYTES:
                response.set_data(_FAST[encoding](body))
                response.content_encoding = encoding
                etag, _weak = response.get_etag()
                if etag:
                    # The same data, no longer the same bytes.
                    response.set_etag(etag, weak=True)
        return response
