"""What no browser sends, refused once and before anything reads it.

Here are only the shapes that a library fails on, which would then look like a fault of ours. What
a form may say is in forms.py, who may send it in extensions.py (CSRF).
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Request, abort, request
from werkzeug.exceptions import BadHost
from werkzeug.formparser import FormDataParser

_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class FormRequest(Request):
    """Flask's request, but a body that cannot be read is an error (ValueError), not no form."""

    def make_form_data_parser(self) -> FormDataParser:
        """Return Werkzeug's parser, which would otherwise say nothing."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser


def init_app(app: Flask) -> None:
    """Check requests. Wired up first, because the CSRF protection reads the body as well."""
    app.request_class = FormRequest

    @app.before_request
    def _refuse_what_no_browser_sends() -> None:
        if not _is_readable(f"//{request.host}"):
            raise BadHost
        # Whoever has no such page to send it to is told so, whatever it is.
        if request.endpoint is None or request.method not in app.config["WTF_CSRF_METHODS"]:
            return
        if request.mimetype not in _FORM_TYPES and (request.mimetype or request.content_length):
            abort(415)
        senders = (request.referrer or "", request.origin or "")
        if not (_has_only_fields() and all(map(_is_readable, senders))):
            abort(400)


def _has_only_fields() -> bool:
    """Return whether the body can be read, and is all texts with a name: no form takes a file."""
    try:
        return not request.files and None not in request.form
    except ValueError:
        return False


def _is_readable(url: str) -> bool:
    """Return whether a URL, or the part that a header holds, has a host and port to compare."""
    try:
        urlsplit(url).port  # noqa: B018 (reading it is the check)
    except ValueError:
        return False
    return True
