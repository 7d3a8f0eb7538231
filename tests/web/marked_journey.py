"""Everything that can be done on the site, with words that are found again wherever they turn up.

Each secret, and each word that somebody types or sends, holds a mark of its own.
"""

import socket
from contextlib import closing
from dataclasses import dataclass, field
from uuid import uuid4

import requests
from sqlalchemy import make_url, text

from tests.failure.browser import Browser, leads_to
from tests.support.loopback import HOST
from tests.web.observed import CITY, METRICS_TOKEN, SECRET_KEY, Observed

PASSWORD = "mark4password three small boats"
USERNAME = "mark4username"
API_KEY = "mark4apikey"
TYPED = {
    "city": CITY,
    "first_name": "Mark4first",
    "last_name": "Mark4last",
    "email": "mark4email@example.com",
    "username": USERNAME,
    "password": PASSWORD,
}
REFUSED_LAST_NAME = "Mark4refused"
EXPLOSIVE = "Mark4explosive"
ANY_MARK = "mark4"

# What gunicorn refuses by itself, before the application sees it.
UNREADABLE = (
    b"mark4line that is no request\r\n\r\n",
    b"GET /mark4path?mark4query HTTP/9.9\r\n\r\n",
    b"g\xe9t-mark4 / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nmark4 header: mark4value\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: mark4\x00cookie\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n mark4folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nExpect: mark4expect\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: mark4\r\n\r\nx",
    b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: mark4length\r\n\r\n",
    b"GET /" + b"mark4long" * 1000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"mark4long" * 1000 + b"\r\n\r\n",
)


@dataclass
class Journey:
    """What was answered on the way, and what must not have been written down."""

    site: Observed
    answers: list[requests.Response] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    unreadable: list[bytes] = field(default_factory=list)
    failures: list[requests.Response] = field(default_factory=list)

    def browser(self) -> Browser:
        """A browser whose answers are kept."""
        browser = self.site.new_browser()
        browser.hooks["response"].append(lambda answer, **_: self.answers.append(answer))
        return browser

    def ride(self) -> None:
        """Do all of it."""
        self.secrets |= {METRICS_TOKEN, SECRET_KEY, API_KEY, PASSWORD}
        self.secrets.add(str(make_url(self.site.database_uri).password))
        self._as_rider(self._as_visitor())
        self._as_prometheus()
        self._in_failures()
        self._past_the_rules()

    def _as_visitor(self) -> Browser:
        browser = self.browser()
        browser.read_token()
        self._keep(browser)
        assert browser.submit("/register", TYPED | {"email": "mark4 no email"}).status_code == 422
        assert leads_to(browser.submit("/register", TYPED), "/vehicles")
        browser.read_token()
        assert browser.submit("/logout", {}).ok
        assert browser.get("/rides?mark4query=1").status_code in (302, 303)
        browser.read_token()
        assert browser.submit("/register", TYPED).status_code == 409
        wrong = {"username": USERNAME, "password": "mark4wrong"}
        assert browser.submit("/login", wrong).status_code == 422
        right = {"username": USERNAME, "password": PASSWORD}
        assert browser.submit("/login?next=/rides?after=mark4next", right).ok
        browser.read_token()
        return browser

    def _as_rider(self, browser: Browser) -> None:
        self._keep(browser)
        with self.site.movr.engine.connect() as connection:
            user_id, hashed = connection.execute(text("SELECT id, password_hash FROM users")).one()
            self.secrets |= {str(user_id), hashed, hashed.rpartition("$")[2]}
        vehicle = {"type": "bike", "color": "mark4color", "brand": "mark4brand"}
        assert browser.submit("/vehicles/add", vehicle | {"location": "mark4place"}).ok
        with self.site.movr.engine.connect() as connection:
            vehicle_id = connection.execute(text("SELECT id FROM vehicles")).scalar_one()
        ride_id = str(uuid4())
        self.secrets |= {str(vehicle_id), ride_id}
        start = {"city": CITY, "ride_id": ride_id}
        end = {"city": CITY, "location": "mark4end"}
        here = {"city": CITY}
        assert browser.submit(f"/rides/start/{vehicle_id}", start).ok
        assert browser.submit(f"/vehicles/remove/{vehicle_id}", here).status_code == 409
        for path in ("/", "/vehicles", "/users", "/users/me", f"/users/{user_id}", "/rides"):
            assert browser.get(path).ok
        assert browser.submit(f"/rides/end/{ride_id}", here).status_code == 422
        assert browser.submit(f"/rides/end/{ride_id}", end).ok
        assert browser.submit(f"/vehicles/remove/{vehicle_id}", here).ok
        assert browser.get(f"/users/{uuid4()}").status_code == 404
        assert browser.get("/mark4path/%6Dark4path").status_code == 404
        assert browser.get("/vehicles?after=mark4cursor").status_code == 400
        assert browser.get("/static/mark4file").status_code == 404
        assert browser.post("/city/mark4city", data={}).status_code == 400

    def _as_prometheus(self) -> None:
        browser = self.browser()
        for token, status in (("mark4wrong", 403), (METRICS_TOKEN, 200)):
            headers = {"Authorization": f"Bearer {token}"}
            assert browser.get("/metrics", headers=headers).status_code == status

    def _in_failures(self) -> None:
        browser = self.browser()
        browser.read_token()
        failing = [TYPED | {"username": "mark4other", "first_name": EXPLOSIVE}]
        # A row that the database refuses, and describes in full.
        failing.append(TYPED | {"username": "mark4other", "last_name": REFUSED_LAST_NAME})
        rule = f"CHECK (last_name <> '{REFUSED_LAST_NAME}')"
        with self.site.movr.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE users ADD CONSTRAINT ck_of_tests {rule}"))
        for fields in failing:
            self.failures.append(browser.submit("/register", fields))
            assert self.failures[-1].status_code == 500
        self.site.proxy.refuse()
        self.site.proxy.cut_all()
        assert browser.get("/vehicles?mark4query").status_code == 503
        right = {"username": USERNAME, "password": PASSWORD}
        assert browser.submit("/login", right).status_code == 503
        self.site.proxy.accept()

    def _past_the_rules(self) -> None:
        browser = self.browser()
        browser.read_token()
        for data in ({}, {"csrf_token": "mark4token"}):
            assert browser.post("/login", data=TYPED | data).status_code == 400
        assert browser.request("mark4method", "/login").status_code == 405
        assert browser.post("/register", data={"x": "mark4" * 2**18}).status_code == 413
        odd = {"X-City": "mark4city", "X-City-Lat-Long": "mark4,mark4", "User-Agent": "mark4agent"}
        odd |= {"X-Request-ID": "mark4 bad id", "X-Forwarded-For": "mark4", "Referer": "/mark4"}
        odd |= {"Cookie": "__Host-movr=mark4cookie", "Accept-Language": "mark4"}
        assert self.browser().get("/vehicles", headers=odd).status_code == 200
        locked = {"username": "mark4locked", "password": "mark4wrong"}
        # Each of the two workers counts for itself.
        assert 429 in (browser.submit("/login", locked).status_code for _ in range(21))
        for request in UNREADABLE:
            with closing(socket.create_connection((HOST, self.site.gunicorn.port), 30)) as raw:
                raw.sendall(request)
                self.unreadable.append(raw.recv(100))

    def _keep(self, browser: Browser) -> None:
        """Note what only this browser and the application know."""
        self.secrets.add(str(browser.hidden("/vehicles", "csrf_token")))
        self.secrets |= {str(cookie.value) for cookie in browser.cookies}
