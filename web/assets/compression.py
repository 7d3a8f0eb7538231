"""Compresses responses: pages and public data each time, static files once.

Compressed pages hold secrets. So that BREACH cannot guess them, the tokens of forms are masked anew
each time (web/csrf.py), and no page repeats text from its URL; see SECURITY.md. Only the types
below are compressed.
"""

import gzip
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final

import brotli
from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_COMPRESSED: Final = frozenset({"text/html", "application/geo+json"})
# Below this size, compression saves little more than its header costs.
_WORTH_IT_BYTES: Final = 500

# Kept, because it takes longer to make than to use. Threads may share it, and what it writes is
# whole each time: nothing of one page is left for the next.
_ZSTD: Final = zstd.ZstdCompressor(1)

# For pages, the best first: a fifth of the size for a fraction of a millisecond.
_FAST: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": partial(_ZSTD.compress, mode=_ZSTD.FLUSH_FRAME),
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=1, lgwin=16),
    "gzip": partial(gzip.compress, compresslevel=1, mtime=0),
}
# For static files, the best first. Brotli knows the words of the web.
_BEST: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": partial(brotli.compress, mode=brotli.MODE_TEXT, quality=11),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


@lru_cache(64)
def best_compressed(body: bytes) -> dict[str, bytes]:
    """Return a body compressed as far as possible, for each encoding that makes it smaller."""
    found = {encoding: compress(body) for encoding, compress in _BEST.items()}
    return {encoding: smaller for encoding, smaller in found.items() if len(smaller) < len(body)}


def wanted_encoding(offered: Iterable[str]) -> str | None:
    """Return the first offered encoding that the client accepts; None to send the plain bytes."""
    headers = request.headers
    # A range counts plain bytes.
    accepted = () if "Range" in headers else _accepted(headers.get("Accept-Encoding", ""))
    return next((encoding for encoding in offered if encoding in accepted), None)


# Each kind of browser sends the same header every time.
@lru_cache(64)
def _accepted(header: str) -> frozenset[str]:
    # An encoding must be named: "*" does not count.
    named = dict(parse_accept_header(header[:200], Accept))
    return frozenset(encoding for encoding, quality in named.items() if quality > 0)


def init_app(app: Flask) -> None:
    """Compress pages and public data; static files compress themselves."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype not in _COMPRESSED:
            return response
        # Also on a plain response: a cache must tell the two apart. The header is not there yet,
        # and the session adds to it.
        response.headers.add("Vary", "Accept-Encoding")
        is_whole = response.status_code == 200 or response.status_code >= 400
        encoding = wanted_encoding(_FAST)
        if is_whole and encoding and not response.content_encoding:
            body = response.get_data()
            if len(body) >= _WORTH_IT_BYTES:
                response.set_data(_FAST[encoding](body))
                response.content_encoding = encoding
                etag, _weak = response.get_etag()
                if etag:
                    # The same data, but no longer the same bytes.
                    response.set_etag(etag, weak=True)
        return response
