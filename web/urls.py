"""Caches the URLs that templates build, because pages repeat the same ones."""

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from flask import Flask, Request, request

# Several times the number of URLs without the id of a rider or vehicle, or a cursor.
_MAX_CACHED: Final = 1024
_SOME_ID: Final = UUID(int=0)


def init_app(app: Flask) -> None:
    """Make templates cache the URLs that they build."""
    build = app.url_for

    @lru_cache(_MAX_CACHED)
    def build_once(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return build(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        """Return the path of an endpoint, as Flask does."""
        # Behind its proxy, because a page has twenty URLs.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        return build_once(asked.root_path, endpoint, tuple(values.items()))

    def url_before_id(endpoint: str, argument: str) -> str:
        """Return the path of an endpoint up to the id at its end, for long lists."""
        return url_for(endpoint, **{argument: _SOME_ID}).removesuffix(str(_SOME_ID))

    # In DEBUG, saving a static file changes its URL.
    app.jinja_env.globals["url_for"] = build if app.config["DEBUG"] else url_for
    app.jinja_env.globals["url_before_id"] = url_before_id
