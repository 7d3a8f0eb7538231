"""MovR's one script for all pages: written as several files, served as one.

There is no build step: like the style sheet (stylesheet.py), the files are joined when the first
browser asks. Each is a function that is called at once, so none sees another's names.
"""

from collections.abc import Callable
from typing import Final

NAME: Final = "movr.js"
"""The name of the joined script in `url_for("static", ...)`; no file has this name."""

SCRIPTS: Final = ("enhancements", "kept-form", "geography", "nearest-city", "times", "clock")
"""The files in static/js that every page loads, each after those that it needs."""


def combine(read: Callable[[str], str]) -> str:
    """Return the whole script; `read` returns the text of "js/clock.js" and the like."""
    return "\n".join(read(f"js/{script}.js") for script in SCRIPTS)
