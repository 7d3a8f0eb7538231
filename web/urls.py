"""The URLs in templates: put together once, for pages name the same ones again and again."""

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from flask import Flask, request

# All that do not name a rider, a vehicle or a place in a list, several times over.
_MAX_CACHED: Final = 1024
_SOME_ID: Final = UUID(int=0)


def init_app(app: Flask) -> None:
    """Have templates keep the URLs that they write."""
    build = app.url_for

    @lru_cache(_MAX_CACHED)
    def build_once(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return build(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        """Return the path of an endpoint, as Flask does it."""
        return build_once(request.root_path, endpoint, tuple(values.items()))

    def url_before_id(endpoint: str, argument: str) -> str:
        """Return the path of an endpoint up to the id that it ends with, for lists of many ids."""
        return url_for(endpoint, **{argument: _SOME_ID}).removesuffix(str(_SOME_ID))

    # What a developer saves changes the URL of a static file.
    app.jinja_env.globals["url_for"] = build if app.config["DEBUG"] else url_for
    app.jinja_env.globals["url_before_id"] = url_before_id
