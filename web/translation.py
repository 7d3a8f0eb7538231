"""The language of pages: English, and every other one with a catalogue in translations/.

Texts are marked where they are used, as whole sentences with placeholders: `_()` in templates,
`gettext` in functions, `lazy_gettext` outside of requests. A word that other languages translate in
several ways has a context: `pgettext("button", "Ride")`. Templates give scripts their texts in data
attributes. Translators begin with translations/messages.pot, which `make catalogue` writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

import flask_babel
from babel import Locale, dates, numbers
from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import force_locale, get_locale
from flask_babel.speaklater import LazyString as LazyString
from markupsafe import Markup, escape

CATALOGUES: Final = "translations"

_EXTENSION: Final = "movr languages"
_ENGLISH: Final = Locale("en")

# These numbers cover every plural form of every language.
_SAMPLES: Final = range(201)


@dataclass(frozen=True)
class _Language:
    locale: Locale
    tag: str
    texts: NullTranslations
    plurals: dict[str, str] = field(default_factory=dict)
    _escaped: dict[tuple[str | None, str], Markup] = field(default_factory=dict)

    def escaped(self, context: str | None, text: str) -> Markup:
        """Return a text for a template, like jinja2.ext.i18n in a tenth of the time."""
        known = self._escaped.get((context, text))
        if known is None:
            gettext, pgettext = self.texts.gettext, self.texts.pgettext
            found = gettext(text) if context is None else pgettext(context, text)
            known = self._escaped[context, text] = escape(found)
        return known


class _Languages:
    """The languages of an application, prepared when they are first asked for."""

    def __init__(self, *, are_several: bool) -> None:
        self._are_several: Final = are_several
        self._known: Final[dict[Locale, _Language]] = {}
        self._only: _Language | None = None

    def of_page(self) -> _Language:
        """Return the language of this page or mail."""
        # A page asks for this forty times.
        if self._only:
            return self._only
        if not self._are_several:
            self._only = self._prepared(_ENGLISH)
            return self._only
        noted = g._get_current_object()
        found: _Language | None = noted.get("language")
        if found is None:
            found = noted.language = self._prepared(get_locale())
        return found

    def _prepared(self, locale: Locale) -> _Language:
        if locale not in self._known:
            tag = str(locale).replace("_", "-")
            self._known[locale] = _Language(locale, tag, flask_babel.get_translations())
        return self._known[locale]


def init_app(app: Flask) -> None:
    """Translate pages into the language that the client asks for."""
    spoken: list[str] = []
    babel = flask_babel.Babel()
    babel.init_app(
        app,
        default_translation_directories=CATALOGUES,
        locale_selector=lambda: request.accept_languages.best_match(spoken) or _ENGLISH,
    )
    with app.app_context():
        spoken += map(str, babel.list_translations())
    languages = app.extensions[_EXTENSION] = _Languages(are_several=len(spoken) > 1)

    def translate(text: str, **values: object) -> Markup:
        escaped = languages.of_page().escaped(None, text)
        return escaped % values if values else escaped

    def translate_in_context(context: str, text: str) -> Markup:
        return languages.of_page().escaped(context, text)

    app.jinja_env.globals |= {
        "_": translate,
        "pgettext": translate_in_context,
        "language": lambda: languages.of_page().tag,
        "plural_forms": plural_forms,
    }


def _language() -> _Language:
    # Past Werkzeug's proxy, because a page asks for this ten times.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    languages: _Languages = app.extensions[_EXTENSION]
    return languages.of_page()


@contextmanager
def in_language(tag: str) -> Iterator[None]:
    """Write a block's texts in a language that `language` has named."""
    page = g.pop("language", None)
    try:
        with force_locale(Locale.parse(tag, sep="-")):
            yield
    finally:
        g.language = page


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of the page, with its placeholders filled in."""
    found = _language().texts.gettext(text)
    return found % values if values else found


def pgettext(context: str, text: str) -> str:
    """Return a text that has this meaning in this context, in the language of the page."""
    return str(_language().texts.pgettext(context, text))


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """Return a text about %(num)s things in the language of the page."""
    return _language().texts.ngettext(one, many, number) % {"num": number, **values}


def lazy_gettext(text: str, **values: object) -> LazyString:
    """Return a text that is translated when it is shown. Its values are not escaped."""
    return LazyString(gettext, text, **values)


def format_date(day: date, pattern: str) -> str:
    """Return a date in a CLDR pattern, with names in the language of the page."""
    return _format_date(day, pattern, _language().locale)


# The months above a history are the same on many pages.
_format_date: Final = lru_cache(256)(dates.format_date)


def format_decimal(number: float, pattern: str | None = None) -> str:
    """Return a number in the notation of the page's language."""
    return _format_decimal(number, pattern, _language().locale)


_format_decimal: Final = lru_cache(256)(numbers.format_decimal)


def language() -> str:
    """Return the language of the page, as HTML names it: "en", "pt-BR"."""
    return _language().tag


def plural_forms(one: str, many: str, *others: str) -> str:
    """Return the forms of a text about {count} things for scripts, which may fill in `others`, too.

    Each is a line with its CLDR plural category, and a line with its text.
    """
    language = _language()
    if many not in language.plurals:
        form_of = language.locale.plural_form
        # Backwards, so that the smallest number of each form gives its text.
        numbers = {form_of(number): number for number in reversed(_SAMPLES)}
        placeholders = {name: f"{{{name}}}" for name in ("count", *others)}
        forms = [
            f"{name}\n" + language.texts.ngettext(one, many, number) % placeholders
            for name, number in numbers.items()
        ]
        language.plurals[many] = "\n".join(forms)
    return language.plurals[many]
