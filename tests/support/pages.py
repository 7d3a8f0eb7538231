"""The check that every page passes, and a test client that applies it to whatever tests fetch.

Set `app.test_client_class = CheckedClient` once and no test can overlook a broken page.
"""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.page_rules import RULES
from tests.support.page_tree import parsed


def check_page(html: str, url: str) -> None:
    """Raise AssertionError with all that is wrong with a page; the URL is for the message."""
    page = parsed(html)
    problems = [problem for rule in RULES for problem in rule(page)]
    if problems:
        raise AssertionError("\n  - ".join([f"{url} breaks the rules for pages:", *problems]))


class CheckedClient(FlaskClient):
    """Flask's test client, which also checks each HTML page that it receives."""

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> TestResponse:
        """Do what FlaskClient.open does, then check the page, whatever its status."""
        response = super().open(
            *args, buffered=buffered, follow_redirects=follow_redirects, **kwargs
        )
        if response.history:
            # Each hop of a followed redirect has come through here as a request of its own.
            return response
        if response.mimetype == "text/html" and not _has_no_page(response):
            request = response.request
            where = f"{request.method} {request.path} ({response.status_code})"
            check_page(response.get_data(as_text=True), where)
        return response


def _has_no_page(response: TestResponse) -> bool:
    """Whether there is nothing for a human to see: HEAD, 204, 304, a plain redirect."""
    if response.request.method == "HEAD" or response.status_code in (204, 304):
        return True
    if not 300 <= response.status_code < 400 or "Location" not in response.headers:
        return False
    body = response.get_data()
    # Werkzeug's own text, which browsers never show.
    return not body or b"<title>Redirecting...</title>" in body
