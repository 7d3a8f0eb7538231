"""MovR's one script for all pages: it is written in several, and the browser gets them as one.

There is nothing to build: the files are joined when the first browser asks, as the style sheet is
(stylesheet.py). Each is a function that is called at once, so that none sees another's names.
"""

from collections.abc import Callable
from typing import Final

NAME: Final = "movr.js"
"""What the script is called in `url_for("static", ...)`; there is no such file."""

SCRIPTS: Final = ("enhancements", "kept-form", "geography", "nearest-city", "times", "clock")
"""The files in static/js that every page loads, each behind those that it needs."""


def combine(read: Callable[[str], str]) -> str:
    """Return the whole script, out of what `read` gives for "js/clock.js" and its like."""
    return "\n".join(read(f"js/{script}.js") for script in SCRIPTS)
