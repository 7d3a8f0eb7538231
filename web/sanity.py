"""Refuses requests that no browser sends, before anything reads them.

Only those that a library would fail on, which would look like a fault of ours. Rules for forms are
in web/forms, CSRF protection is in extensions.py.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Request, abort, request
from werkzeug.exceptions import BadHost
from werkzeug.formparser import FormDataParser

_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class FormRequest(Request):
    """Flask's request; an unreadable body is an error (ValueError), not an empty form."""

    def make_form_data_parser(self) -> FormDataParser:
        """Return Werkzeug's parser, set to raise errors."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser


def init_app(app: Flask) -> None:
    """Check requests; must come first, because the CSRF protection reads the body as well."""
    app.request_class = FormRequest

    @app.before_request
    def _refuse_what_no_browser_sends() -> None:
        # Past Werkzeug's proxy, because this is done for every request.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        if not _is_readable(f"//{asked.host}"):
            raise BadHost
        # If the page accepts no form, that is the error to report.
        if asked.endpoint is None or asked.method not in app.config["WTF_CSRF_METHODS"]:
            return
        if asked.mimetype not in _FORM_TYPES and (asked.mimetype or asked.content_length):
            abort(415)
        senders = (asked.referrer or "", asked.origin or "")
        if not (_has_only_fields(asked) and all(map(_is_readable, senders))):
            abort(400)


def _has_only_fields(asked: Request) -> bool:
    """Return whether the body can be read and has only named texts: no form takes a file."""
    try:
        return not asked.files and None not in asked.form
    except ValueError:
        return False


def _is_readable(url: str) -> bool:
    """Return whether the host and port of a URL, or of a part of one, can be read."""
    try:
        urlsplit(url).port  # noqa: B018 (reading it is the check)
    except ValueError:
        return False
    return True
