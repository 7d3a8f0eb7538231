"""Parts of pages that are rendered once and kept.

Everything that such a part shows is passed as an argument, except the language. Its template is
imported without the page's context, so it knows neither rider nor request.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

from web.translation import language

# Room for the cards on the first pages of nine cities, for riders and visitors, and for the last
# rides of the active riders: 4 MB.
_MAX_KEPT: Final = 4096
_INDENTATION: Final = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Give templates `kept`, which calls a macro of another template and keeps the result."""

    def render(_language: str, template: str, macro: str, *what: Any) -> Markup:
        """Return the output of a macro, without the indentation of its source."""
        text = getattr(app.jinja_env.get_template(template).module, macro)(*what)
        return Markup(_INDENTATION.sub("\n", text))  # noqa: S704 (the template has escaped it)

    # In DEBUG, nothing is kept, so that a reload shows what was saved.
    once = render if app.config["DEBUG"] else lru_cache(_MAX_KEPT)(render)

    def kept_macro(template: str, macro: str) -> Callable[..., Markup]:
        """Return the macro, for lists: the language is looked up once."""
        return partial(once, language(), template, macro)

    app.jinja_env.globals["kept"] = lambda *part: once(language(), *part)
    app.jinja_env.globals["kept_macro"] = kept_macro
