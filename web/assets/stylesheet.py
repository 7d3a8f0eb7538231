"""MovR's one style sheet: it is written in several, and the browser gets them as one.

There is nothing to build and nothing generated to keep in step: the sheets are joined when the
first browser asks. `@import` would do the same with one round trip more for each of them.
"""

import posixpath
import re
from collections.abc import Callable
from typing import Final

NAME: Final = "movr.css"
"""What the sheet is called in `url_for("static", ...)`; there is no such file."""

SHEETS: Final = (
    # Generated: bootstrap_parts.py says what of.
    "bootstrap",
    "tokens",
    "dark",
    "bootstrap-look",
    "layout",
    "icons",
    "movr",
    "people",
    "map",
    "rides",
    "numbers",
    # Fingers, paper and the like: they have the last word.
    "media",
)
"""The files in static/css, in the order in which they overrule each other. A new one goes here."""

_DARK: Final = "dark"
_DARK_PAGE: Final = '[data-bs-theme="dark"]'
# As strong as the selector above, so that the order of the sheets decides in both cases.
_UNTOLD_PAGE: Final = ":root:where(:not([data-bs-theme]))"
# A relative URL: its quotes, its path, and a query or fragment behind it.
_URL: Final = re.compile(
    r"""url\(\s*(["']?)(?![a-z]+:|/|#)([^"'()?#]+)([?#][^"'()]*)?\1\s*\)""", re.IGNORECASE
)


def combine(read: Callable[[str], str]) -> str:
    """Return the whole sheet, out of what `read` gives for "css/tokens.css" and its like."""
    parts = []
    for sheet in SHEETS:
        css = read(f"css/{sheet}.css")
        parts.append(css)
        if sheet == _DARK:
            parts.append(_where_the_system_is_dark(css))
    return "\n".join(parts)


def _where_the_system_is_dark(css: str) -> str:
    """Return the rules of the dark theme for pages whose theme no script has set."""
    return "@media (prefers-color-scheme: dark) {\n" + css.replace(_DARK_PAGE, _UNTOLD_PAGE) + "}\n"


def with_addresses(css: str, name: str, address: Callable[[str], str]) -> str:
    """Return a sheet that names other static files by address(name), wherever it is served.

    `address` raises FileNotFoundError for any other path; that stays as it is.
    """

    def replace(match: re.Match[str]) -> str:
        _quote, target, fragment = match.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target.strip()))
        try:
            return f'url("{address(path)}{fragment or ""}")'
        except FileNotFoundError:
            return match[0]

    return _URL.sub(replace, css)
