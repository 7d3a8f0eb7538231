"""Parts of pages that look the same each time they are shown: rendered once, and kept.

What such a part shows comes in as arguments, all of which tell it from others, beside the language.
Nothing else may be in it: its template is imported without the page's context, and knows neither
rider nor request.
"""

import re
from functools import lru_cache
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

from web.translation import language

# The cards on the first pages of nine cities, as riders and as visitors see them, and those of the
# last rides of the riders who are about: 4 MB.
_MAX_KEPT: Final = 4096
_INDENTATION: Final = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Give templates `kept`, which calls a macro of another template."""

    def render(_language: str, template: str, macro: str, *what: Any) -> Markup:
        """Return what a macro writes, without the blanks that make its source easy to read."""
        text = getattr(app.jinja_env.get_template(template).module, macro)(*what)
        return Markup(_INDENTATION.sub("\n", text))  # noqa: S704 (the template has escaped it)

    # A developer sees what is saved with the next reload.
    once = render if app.config["DEBUG"] else lru_cache(_MAX_KEPT)(render)
    app.jinja_env.globals["kept"] = lambda *part: once(language(), *part)
