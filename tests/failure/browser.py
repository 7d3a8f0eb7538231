"""Somebody with a browser, as far as HTTP goes: cookies, forms, and what an answer says.

Redirects are not followed, so that every answer is seen.
"""

import re
from collections.abc import Mapping
from typing import Any

import requests

from tests.support.accounts import PASSWORD
from tests.support.page_tree import Page
from tests.support.pages import check_page

# Nothing that is asked of MovR may take as long, whatever its database does.
_NEVER_S = 60.0


class Browser(requests.Session):
    """A client of the application at a URL; close it when done."""

    def __init__(self, url: str) -> None:
        super().__init__()
        # Settings for proxies and passwords on this machine must not decide a test.
        self.trust_env = False
        self._url = url
        self._token = ""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        """Ask for a path."""
        path = url if isinstance(url, str) else url.decode()
        kwargs = {"allow_redirects": False, "timeout": _NEVER_S} | kwargs
        return super().request(method, self._url + path, *args, **kwargs)

    def submit(self, path: str, fields: Mapping[str, str]) -> requests.Response:
        """Send a form with these fields and the token of this session."""
        return self.post(path, data={**fields, "csrf_token": self._token})

    def read_token(self) -> None:
        """Take the token of this session off a page; it is good until the next login."""
        self._token = self.hidden("/vehicles", "csrf_token")

    def hidden(self, path: str, name: str) -> str:
        """What the first hidden field of this name holds on a page."""
        text = self.get(path).text
        # By far faster than to parse the page, and eight riders have to begin.
        found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', text)
        assert found, f"{path} has no form with {name}"
        return found[1]

    def log_in(self, username: str) -> requests.Response:
        """Go through the login page with PASSWORD."""
        self.read_token()
        answer = self.submit("/login", {"username": username, "password": PASSWORD})
        self.read_token()
        return answer


def leads_to(answer: requests.Response, path: str) -> bool:
    """Whether a browser is sent there by GET; Flask 3.2 says so with 303 in place of 302."""
    return answer.status_code in (302, 303) and answer.headers["Location"] == path


def asks_to_try_again(answer: requests.Response) -> bool:
    """Whether the answer is the page for a database that does not do its part, and a sound one."""
    if answer.status_code != 503 or not answer.headers.get("Retry-After", "").isdigit():
        return False
    check_page(answer.text, f"{answer.request.method} {answer.url} (503)")
    return "doing the same thing twice does no harm" in words_of(answer)


def words_of(page: requests.Response) -> str:
    """All the words of a page, with single spaces."""
    return " ".join("".join(Page(page.text).root.itertext()).split())
