"""Static files, with a hash of the content in their URLs, so that browsers may keep them for good.

`url_for` writes such URLs, also for Bootstrap-Flask: /static/0123456789abcdef/img/logo.svg. The
hash depends on the content alone, so it is the same in every container. Files are read on first use
and kept in memory, plain and compressed; nothing is written.
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
# Several times what the pages need; requests for all files together cannot fill the memory.
_MAX_CACHED: Final = 64
# Unread responses take memory (web/server/outbox.py), and no page needs a larger file. Only
# Bootstrap's source maps and its sheet of all icons are larger.
_LARGEST_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Asset:
    """A static file as it is served."""

    body: bytes
    mimetype: str

    @cached_property
    def fingerprint(self) -> str:
        """The part of the URL that changes with the content."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def compressed(self) -> dict[str, bytes]:
        """The file in each encoding that makes it smaller; empty for images."""
        return best_compressed(self.body) if _TEXT.fullmatch(self.mimetype) else {}


class Assets:
    """The static files of one folder: their URLs, and how they are served."""

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
        return stylesheet.with_urls(css, name, lambda other: self._url + self.fingerprinted(other))

    def _read(self, name: str) -> bytes:
        path = safe_join(self._folder, name)
        if path is None or not os.path.isfile(path) or os.path.getsize(path) > _LARGEST_BYTES:
            raise FileNotFoundError(name)
        return Path(path).read_bytes()

    def fingerprinted(self, name: str) -> str:
        """Return a file's name with its hash in front; raises FileNotFoundError."""
        return f"{self.get(name).fingerprint}/{name}"

    def serve(self, filename: str) -> Response:
        """Respond with a file, to be kept for good only if the hash in its URL is right."""
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
            encoding = wanted_encoding(asset.compressed)
            if encoding:
                response.set_data(asset.compressed[encoding])
                response.content_encoding = encoding
                response.set_etag(f"{asset.fingerprint}-{encoding}")
        response.cache_control.public = True
        if fingerprint == asset.fingerprint:
            response.cache_control.max_age = _ONE_YEAR_S
            response.cache_control.immutable = True
        else:
            # Without a hash, or with that of another version: during a rollout, containers get
            # requests from pages of both versions.
            response.cache_control.no_cache = True
        # A range counts plain bytes.
        whole = None if response.content_encoding else len(asset.body)
        response.make_conditional(request, whole is not None, whole)
        return response


def prepare(folder: Path) -> None:
    """Compress the files that pages load, before the workers are forked.

    It takes about a second, which the first request to each worker would otherwise wait for.
    """
    assets = Assets(str(folder), "/static/", keep=True)
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.js")))
    for name in (stylesheet.NAME, script.NAME, "vendor/leaflet/leaflet.css", *names):
        _ = assets.get(name).compressed


def init_app(app: Flask) -> None:
    """Serve the static files of the application and of Bootstrap-Flask."""
    folders = {"static": app, "bootstrap.static": app.blueprints["bootstrap"]}
    # In DEBUG, files are read anew, so that a reload shows what was saved.
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
                values["filename"] = served[endpoint].fingerprinted(values["filename"])
            except (KeyError, FileNotFoundError):
                # The URL of a missing file leads to the "not found" page.
                return
