"""The language of pages: English, and every other that has a catalogue in translations/.

Texts are marked where they stand, as whole sentences with placeholders: `_()` in templates,
`gettext` in functions, `lazy_gettext` where no request is known yet. Scripts find theirs in data-
attributes. Translators begin with translations/messages.pot, which `make catalogue` writes.
"""

import json
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

import flask_babel
from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import get_locale
from flask_babel.speaklater import LazyString as LazyString

CATALOGUES: Final = "translations"

# Among these numbers is one of every form that a language has.
_SAMPLES: Final = range(201)


class _Language(NamedTuple):
    tag: str
    texts: NullTranslations


def init_app(app: Flask) -> None:
    """Translate pages into the language that the client asks for."""
    spoken: list[str] = []
    babel = flask_babel.Babel()
    babel.init_app(
        app,
        default_translation_directories=CATALOGUES,
        locale_selector=lambda: request.accept_languages.best_match(spoken),
    )
    with app.app_context():
        spoken += map(str, babel.list_translations())
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # by jinja2.ext.i18n
        # Flask-Babel's own look the catalogue up for every text, which takes longer than the text.
        gettext=lambda text: _language().texts.gettext(text),
        ngettext=lambda one, many, number: _language().texts.ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals |= {"language": language, "plural_forms": plural_forms}


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of the page, with its placeholders filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """Return a text about %(num)s things in the language of the page."""
    return str(flask_babel.ngettext(one, many, number, **values))


def lazy_gettext(text: str, **values: object) -> LazyString:
    """Return a text that is translated when it is shown. Its values go into pages unescaped."""
    return flask_babel.lazy_gettext(text, **values)


def format_date(day: date, pattern: str) -> str:
    """Return a day by a pattern of CLDR's, with the names that the language of the page has."""
    return str(flask_babel.format_date(day, pattern))


def format_decimal(number: float, pattern: str | None = None) -> str:
    """Return a number as the language of the page writes it."""
    return str(flask_babel.format_decimal(number, pattern))


def _language() -> _Language:
    if "language" not in g:
        g.language = _Language(str(get_locale()).replace("_", "-"), flask_babel.get_translations())
    found: _Language = g.language
    return found


def language() -> str:
    """Return the language of the page, as HTML names it: "en", "pt-BR"."""
    return _language().tag


def plural_forms(one: str, many: str) -> str:
    """Return a text about {count} things for scripts: JSON with each form by its CLDR name."""
    return _plural_forms(language(), one, many)


@lru_cache
def _plural_forms(_tag: str, one: str, many: str) -> str:
    form_of, texts = get_locale().plural_form, _language().texts
    # Backwards, so that the least number of a form gives its text.
    forms = {form_of(number): texts.ngettext(one, many, number) for number in reversed(_SAMPLES)}
    return json.dumps({name: text % {"count": "{count}"} for name, text in forms.items()})
