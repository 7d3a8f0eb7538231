"""Somebody with a browser, as far as HTTP goes: a place, cookies, and forms that are sent."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import requests

from tests.support.loopback import HOST
from tests.support.page_tree import Page
from tests.support.pages import check_page


@dataclass(frozen=True)
class Form:
    """A form of a page: where it goes and what it carries unseen."""

    action: str
    fields: dict[str, str]

    def ride_of(self, rider_id: UUID) -> UUID:
        """The ride that a rider starts with it: a page names one for each of its vehicles."""
        vehicle_id = self.action.rpartition("/")[2]
        return uuid5(rider_id, f"{self.fields['form_id']}/{self.fields['city']}/{vehicle_id}")


class Visitor(requests.Session):
    """A client that asks the balancer at a port for a host name; close it when done.

    Redirects are followed unless a call says otherwise, and every page is checked.
    """

    def __init__(self, port: int, host: str) -> None:
        super().__init__()
        # Settings for proxies and passwords on this machine must not decide a test.
        self.trust_env = False
        self.headers["Host"] = f"{host}:{port}"
        self._base = f"http://{HOST}:{port}"

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        """Ask for a path."""
        path = url if isinstance(url, str) else url.decode()
        answer = super().request(method, self._base + path, *args, timeout=30, **kwargs)
        if answer.headers.get("Content-Type", "").startswith("text/html") and not is_redirect(
            answer
        ):
            check_page(answer.text, f"{answer.request.method} {path} ({answer.status_code})")
        return answer

    def log_in(self, username: str, password: str) -> None:
        """Go through the login page."""
        login = form_to("/login", self.get("/login"))
        names = {"username": username, "password": password}
        # Only those who are logged in can log out.
        form_to("/logout", self.post("/login", data=login.fields | names))


def is_redirect(answer: requests.Response) -> bool:
    """Whether the answer leads elsewhere; what it shows is nobody's page."""
    return "Location" in answer.headers


def form_to(action: str, page: requests.Response) -> Form:
    """The first form of a page whose URL, or that of one of its buttons, begins like this."""
    for form in Page(page.text).all("form"):
        urls = [form.get("action"), *(button.get("formaction") for button in form.iter("button"))]
        for url in urls:
            if url and url.startswith(action):
                hidden = [field for field in form.iter("input") if field.get("type") == "hidden"]
                return Form(url, {field.attrib["name"]: field.get("value", "") for field in hidden})
    raise AssertionError(f"{page.url} has no form to {action}")


def heading(page: requests.Response) -> str:
    """What the page is about."""
    tree = Page(page.text)
    return tree.content(tree.all("h1")[0])
