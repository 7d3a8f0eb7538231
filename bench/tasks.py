"""The eight tasks of a rider's visit, as in CockroachDB's article on low-latency Flask apps.

Each is one request. A page that the browser is redirected to is a task of its own.
"""

import secrets
from dataclasses import dataclass
from time import perf_counter

from flask import Flask
from werkzeug.test import TestResponse

from bench.cities import ORIGIN
from bench.roundtrips import Meter
from tests.support.page_tree import Page

TASKS = (
    "sign up",
    "log in",
    "view vehicles",
    "add vehicle",
    "start ride",
    "end ride",
    "view rides",
    "log out",
)

_PASSWORD = "a password for measuring only"  # noqa: S105 (it protects nothing)


@dataclass(frozen=True, slots=True)
class Sample:
    """The round trips of a task to the database, and its seconds."""

    trips: int
    database_time: float
    page_time: float = 0.0


class Visit:
    """A new rider of a city, who does the eight tasks in a browser."""

    def __init__(self, app: Flask, meter: Meter, city: str) -> None:
        self._app = app
        self._meter = meter
        self._city = city
        self._browser = app.test_client()
        self._samples: dict[str, Sample] = {}

    def run(self) -> dict[str, Sample]:
        """Do all tasks once, in order, and return what each took."""
        username = f"visitor-{secrets.token_hex(6)}"
        account = {"username": username, "password": _PASSWORD}
        person = {"first_name": "Ada", "last_name": "Lovelace", "email": f"{username}@example.com"}
        # Say `anyway`, because MovR would ask for a pin once.
        place = {"location": "Market square", "anyway": "1"}
        vehicle = {"type": "bike", "color": "red", "brand": "City", **place}
        self._send("sign up", "/register", {"city": self._city, **person, **account})
        self._browser = self._app.test_client()
        self._send("log in", "/login", account)
        self._task("view vehicles", "GET", "/vehicles")
        self._send("add vehicle", "/vehicles/add", vehicle)
        self._send("start ride", "/vehicles?available=1", form="/rides/start/")
        self._send("end ride", "/rides", place, form="/rides/end/")
        self._task("view rides", "GET", "/rides")
        self._send("log out", "/rides", form="/logout")
        return self._samples

    def _send(
        self, task: str, page: str, fields: dict[str, str] | None = None, form: str | None = None
    ) -> None:
        """Send the form of a page that is open already; only sending counts."""
        action, hidden = _form_in(self._request("GET", page), form or page)
        self._task(task, "POST", action, hidden | (fields or {}))

    def _task(
        self, task: str, method: str, path: str, fields: dict[str, str] | None = None
    ) -> None:
        self._meter.look()
        begin = perf_counter()
        response = self._request(method, path, fields)
        page_time = perf_counter() - begin
        expected = (200,) if method == "GET" else (302, 303)
        if response.status_code not in expected:
            raise RuntimeError(f"{task}: {method} {path} returned {response.status}")
        self._samples[task] = Sample(*self._meter.look(), page_time)

    def _request(
        self, method: str, path: str, fields: dict[str, str] | None = None
    ) -> TestResponse:
        return self._browser.open(
            path, method=method, data=fields, base_url=ORIGIN, headers={"Referer": f"{ORIGIN}/"}
        )


def _form_in(response: TestResponse, action: str) -> tuple[str, dict[str, str]]:
    """Return the URL of the first matching form or button, and the form's hidden fields."""
    for form in Page(response.text).all("form"):
        buttons = (button.get("formaction", "") for button in form.iter("button"))
        for url in (form.get("action", ""), *buttons):
            if form.get("method") == "post" and url.startswith(action):
                hidden = (field for field in form.iter("input") if field.get("type") == "hidden")
                return url, {field.attrib["name"]: field.get("value", "") for field in hidden}
    raise RuntimeError(f"{response.request.path} has no form for {action}")
