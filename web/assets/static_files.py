"""Static files. Their URLs carry a hash of the content, so that browsers keep them for good.

`url_for` writes such URLs, Bootstrap-Flask's included: /static/0123456789abcdef/img/logo.svg.
The hash is of the content alone and therefore the same in every container. Files are read when they
are first asked for and stay in memory, plain and compressed; nothing is written.
"""

import hashlib
import mimetypes
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from web.assets import script, stylesheet
from web.assets.compression import best_compressed, wanted_encoding

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{16}")
_ONE_YEAR_S: Final = 365 * 24 * 3600
_TEXT: Final = re.compile(r"text/.*|application/(.*\+)?(javascript|json|xml)|image/svg\+xml")
# All that pages need, several times over; somebody who asks for everything cannot fill the memory.
_MAX_CACHED: Final = 64
# An answer waits in memory while it is read (web/server/outbox.py), and pages need less. Larger are
# Bootstrap's maps for debuggers and its one file of all icons.
_LARGEST_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Asset:
    """A static file as it is served."""

    body: bytes
    mimetype: str

    @cached_property
    def fingerprint(self) -> str:
        """What tells this content from any other."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def compressed(self) -> dict[str, bytes]:
        """The file by the encodings that make it smaller; none for pictures."""
        return best_compressed(self.body) if _TEXT.fullmatch(self.mimetype) else {}


class Assets:
    """The static files of one folder, and how they are addressed and served."""

    def __init__(self, folder: str, url: str, *, keep: bool) -> None:
        self._folder = folder
        self._url = url
        self.get: Callable[[str], Asset] = lru_cache(_MAX_CACHED)(self._get) if keep else self._get

    def _get(self, name: str) -> Asset:
        """Return the file of this name; raises FileNotFoundError."""
        if name == stylesheet.NAME:
            body = stylesheet.combine(self._read_sheet).encode()
        elif name.endswith(".css"):
            body = self._read_sheet(name).encode()
        elif name == script.NAME:
            body = script.combine(lambda part: self._read(part).decode()).encode()
        else:
            body = self._read(name)
        return Asset(body, mimetypes.guess_type(name)[0] or "application/octet-stream")

    def _read_sheet(self, name: str) -> str:
        css = self._read(name).decode()
        return stylesheet.with_addresses(css, name, lambda other: self._url + self.address(other))

    def _read(self, name: str) -> bytes:
        path = safe_join(self._folder, name)
        if path is None or not os.path.isfile(path) or os.path.getsize(path) > _LARGEST_BYTES:
            raise FileNotFoundError(name)
        return Path(path).read_bytes()

    def address(self, name: str) -> str:
        """Return the name with the hash before it; raises FileNotFoundError."""
        return f"{self.get(name).fingerprint}/{name}"

    def serve(self, filename: str) -> Response:
        """Answer with the file, for good only if the hash in its URL is right."""
        fingerprint, _slash, name = filename.partition("/")
        if not _FINGERPRINT.fullmatch(fingerprint):
            name = filename
        try:
            asset = self.get(name)
        except FileNotFoundError:
            abort(404)
        response = Response(asset.body, mimetype=asset.mimetype)
        response.set_etag(asset.fingerprint)
        if asset.compressed:
            response.vary.add("Accept-Encoding")
            encoding = wanted_encoding()
            if encoding in asset.compressed:
                response.set_data(asset.compressed[encoding])
                response.content_encoding = encoding
                response.set_etag(f"{asset.fingerprint}-{encoding}")
        response.cache_control.public = True
        if fingerprint == asset.fingerprint:
            response.cache_control.max_age = _ONE_YEAR_S
            response.cache_control.immutable = True
        else:
            # No hash, or that of another version, which this container has not or no longer: while
            # a new version is rolled out, pages of both meet containers of both.
            response.cache_control.no_cache = True
        # Ranges are of the plain bytes.
        whole = None if response.content_encoding else len(asset.body)
        response.make_conditional(request, whole is not None, whole)
        return response


def prepare(folder: Path) -> None:
    """Compress what pages load from a folder, for this process and those that it forks.

    It takes about a second, which otherwise the first to ask would wait for in each process.
    """
    assets = Assets(str(folder), "/static/", keep=True)
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.js")))
    for name in (stylesheet.NAME, script.NAME, "vendor/leaflet/leaflet.css", *names):
        _ = assets.get(name).compressed


def init_app(app: Flask) -> None:
    """Serve the static files of the application and of Bootstrap-Flask."""
    folders = {"static": app, "bootstrap.static": app.blueprints["bootstrap"]}
    # A developer sees what is saved with the next reload.
    served = {
        endpoint: Assets(
            str(owner.static_folder), f"{owner.static_url_path}/", keep=not app.config["DEBUG"]
        )
        for endpoint, owner in folders.items()
    }
    app.extensions["assets"] = served["static"]
    app.view_functions.update({endpoint: assets.serve for endpoint, assets in served.items()})

    @app.url_defaults
    def _add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint in served:
            try:
                values["filename"] = served[endpoint].address(values["filename"])
            except (KeyError, FileNotFoundError):
                # The URL of what is not there leads to the page that says so.
                return
