"""Signed-in riders who never pause: they look at pages, start rides and end them, and keep count.

Each has a browser of their own, which keeps its connection to the balancer open as browsers do.
"""

import http.client
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import quote, urlencode
from uuid import uuid4

from tests.support.loopback import HOST

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Tally:
    """What a rider has asked for, and everything that was not as it should be."""

    done: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    failed: list[str] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.done + other.done,
            self.regions + other.regions,
            self.connections + other.connections,
            self.failed + other.failed,
        )


class Rider:
    """One person at the place that a host name stands for, with a vehicle of their own."""

    def __init__(self, port: int, host: str, city: str, vehicle: str) -> None:
        self.tally = Tally()
        self.rides = 0
        self._host = f"{host}:{port}"
        self._city = city
        self._vehicle = vehicle
        self._cookies: dict[str, str] = {}
        self._token = ""
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def log_in(self, username: str, password: str) -> None:
        """Go through the login page."""
        self._read_token("/login")
        status, _ = self._post("/login", {"username": username, "password": password})
        assert status in (302, 303), f"{username} cannot log in: {status}"
        self._read_token("/rides")
        self.tally = Tally()

    def ride(self, stop: threading.Event) -> None:
        """Go on, from page to page and from ride to ride, until told to stop."""
        while not stop.is_set():
            self.ride_once()

    def ride_once(self) -> None:
        """See the rides, start one, see it, end it, and choose a city."""
        ride_id = str(uuid4())
        self.rides += 1
        # The form of this page is open while others are sent: its token is the page's.
        self._read_token("/rides")
        start = {"city": self._city, "ride_id": ride_id}
        self._lead_to("/rides", self._post(f"/rides/start/{self._vehicle}", start), "start")
        self._see("/rides", "End ride")
        end = {"city": self._city, "location": "Dam"}
        receipt = f"/rides/{ride_id}?{urlencode({'city': self._city})}"
        self._lead_to(receipt, self._post(f"/rides/end/{ride_id}", end), "end")
        # No balancer sends this form a second time once a region may have seen it.
        self._lead_to("/vehicles", self._post(f"/city/{quote(self._city)}", {}), "choose")

    def close(self) -> None:
        self._connection.close()

    def _see(self, path: str, words: str) -> str:
        status, text = self._ask("GET", path)
        if status != 200:
            self.tally.failed.append(f"GET {path}: {status}")
        elif words not in text:
            self.tally.failed.append(f"GET {path}: not the page with {words!r}")
        return text

    def _read_token(self, path: str) -> None:
        found = _TOKEN.search(self._see(path, ""))
        if found:
            self._token = found[1]
        else:
            self.tally.failed.append(f"GET {path}: no form")

    def _lead_to(self, path: str, answer: tuple[int, str], what: str) -> None:
        # To this page or one below it, and never to the login page.
        status, where = answer
        if status not in (302, 303) or not where.startswith(path):
            self.tally.failed.append(f"POST to {what}: {status} {where[:80]}")

    def _post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        return self._ask("POST", path, urlencode({**fields, "csrf_token": self._token}))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Ask once, and never again: the status, and where it leads or what the page says."""
        headers = {"Host": self._host, **(_FORM if body else {})}
        if self._cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self._cookies.items()
            )
        if self._connection.sock is None:
            self.tally.connections += 1
        try:
            self._connection.request(method, path, body, headers)
            with self._connection.getresponse() as answer:
                text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self.tally.failed.append(f"{method} {path}: {error!r}")
            return 0, ""
        self.tally.done[method] += 1
        self.tally.regions[answer.getheader("MovR-Region", "")] += 1
        for line in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        return answer.status, answer.getheader("Location") or text
