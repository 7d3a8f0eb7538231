"""Parts of pages that are rendered once and kept.

Everything that such a part shows is passed as an argument, except the language. Its template is
imported without the page's context, so it knows neither rider nor request.
"""

import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

# Room for the cards on the first pages of nine cities, for riders and visitors, and for the menus
# and last rides of the active riders: 4 MB, and 10 MB if somebody fills it on purpose.
_MAX_KEPT: Final = 4096
_INDENTATION: Final = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Give templates `kept`, which calls a macro of another template and keeps the result.

    For lists there is `kept_each`: a call of our own for each card would cost Jinja more than to
    look the card up.
    """

    def render(_language: str, template: str, macro: str, *what: Any) -> Markup:
        """Return the output of a macro, without the indentation of its source."""
        text = getattr(app.jinja_env.get_template(template).module, macro)(*what)
        return Markup(_INDENTATION.sub("\n", text))  # noqa: S704 (the template has escaped it)

    language: Any = app.jinja_env.globals["language"]
    # In DEBUG, nothing is kept, so that a reload shows what was saved.
    once = render if app.config["DEBUG"] else lru_cache(_MAX_KEPT)(render)

    def kept(*part: Any) -> Markup:
        return once(language(), *part)

    def kept_each(template: str, macro: str, things: Iterable[Any], *what: Any) -> Markup:
        """Return the output of a macro for each of several things."""
        keep = partial(once, language(), template, macro)
        return Markup("".join(keep(thing, *what) for thing in things))  # noqa: S704 (escaped)

    app.jinja_env.globals |= {"kept": kept, "kept_each": kept_each}
