"""Real gunicorn workers, set up as in production: what they count and what they log."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from requests.cookies import get_cookie_header

from movr import MovR
from movr.database.engine import Limits
from movr.kinds import VehicleType
from movr.records import Place, Point, User
from tests.database.backends import STANDIN, Backend
from tests.failure.browser import Browser, leads_to
from tests.failure.service import CITY
from tests.support.accounts import open_account
from tests.support.gunicorn_server import GunicornServer
from tests.support.postgres_server import PostgresServer
from tests.support.processes import children_of, is_running, wait_until
from tests.support.tcp_proxy import TcpProxy

REGION = "gcp-europe-west1"
METRICS_TOKEN = "mark4metricstoken-0123456789-0123456789"
SECRET_KEY = "mark4-Xq7TzR2vLw9hKd3NpYs6BfJm8UaGc1e"
POOL_SIZE = 3


class Metrics:
    """What one look at /metrics has shown."""

    def __init__(self, text: str) -> None:
        self.samples: list[Sample] = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def of(self, name: str, /, **labels: str) -> float:
        """The sum of the samples with this name and these labels."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def requests(self, method: str, route: str, status: int | str) -> float:
        """How many requests were answered so."""
        labels = {"method": method, "route": route, "status": str(status)}
        return self.of("movr_request_seconds_count", **labels)

    def transactions(self, name: str, error: str = "") -> float:
        """How many transactions of this name ended so."""
        return self.of("movr_transaction_seconds_count", name=name, error=error)

    def counted(self) -> dict[tuple[str, str], float]:
        """All that only grows, but for the looks at /metrics themselves."""
        return {
            (sample.name, str(sorted(sample.labels.items()))): sample.value
            for sample in self.samples
            if sample.name.endswith(("_count", "_total", "_bucket", "_sum"))
            and sample.labels.get("route") != "/metrics"
        }


class _BehindBalancer(Browser):
    """Sends cookies that are for https only, as if there were a load balancer that speaks it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))

    def get(self, url: str | bytes, **kwargs: Any) -> requests.Response:
        """Ask for a path, and stay there: the library's own way on would lose the cookies."""
        return super().get(url, allow_redirects=False, **kwargs)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Add the cookies by this browser's policy, which the library would not ask."""
        prepared = super().prepare_request(request)
        if cookies := get_cookie_header(self.cookies, prepared):
            prepared.headers["Cookie"] = cookies
        return prepared


@dataclass(frozen=True)
class Observed:
    """All that runs. `movr` goes straight to the server, past the proxy."""

    gunicorn: GunicornServer
    proxy: TcpProxy
    movr: MovR
    database_uri: str
    _stack: ExitStack

    def new_browser(self) -> Browser:
        """A browser that has not been on the site before."""
        return self._stack.enter_context(_BehindBalancer(self.gunicorn.url))

    def open_account(self) -> User:
        """Open an account past the pages; its password is PASSWORD."""
        return open_account(self.movr, CITY)

    def log_in(self, user: User) -> Browser:
        """A browser in which this user is logged in."""
        browser = self.new_browser()
        assert leads_to(browser.log_in(user.username), "/vehicles")
        return browser

    def add_vehicle(self, owner: User) -> str:
        """Register a vehicle past the pages; its id."""
        return str(
            self.movr.add_vehicle(
                city=CITY,
                owner_id=owner.id,
                vehicle_type=VehicleType.BIKE,
                color="red",
                brand="Gazelle",
                place=Place("Dam", Point(52.373, 4.893)),
            )
        )

    def look(self) -> Metrics:
        """Read /metrics, on a connection of its own."""
        answer = requests.get(
            f"{self.gunicorn.url}/metrics",
            headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
            timeout=30,
        )
        assert answer.status_code == 200
        return Metrics(answer.text)

    def workers(self) -> list[int]:
        """The ids of the running workers."""
        return sorted(filter(is_running, children_of(self.gunicorn.pid)))

    @contextmanager
    def only(self, worker: int) -> Iterator[None]:
        """Let one worker answer everything: the others stand still meanwhile."""
        others = [pid for pid in self.workers() if pid != worker]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the log, each of which is JSON."""
        return [json.loads(line) for line in self.gunicorn.log().splitlines()]

    def line_of(self, answer: requests.Response) -> dict[str, Any]:
        """The one line of the request that was answered so, also if it is still being written."""
        wait_until(lambda: self._lines_of(answer) != [], 10)
        (line,) = self._lines_of(answer)
        return line

    def _lines_of(self, answer: requests.Response) -> list[dict[str, Any]]:
        request_id = answer.headers["X-Request-ID"]
        lines = (line for line in self.lines() if line["logger"] == "movr.requests")
        return [line for line in lines if line["request_id"] == request_id]


@contextmanager
def observe(
    *, app: str = "tests.support.standin_app:app", settings: Mapping[str, str] | None = None
) -> Iterator[Observed]:
    """Start everything; `settings` are the application's, beyond those that production needs."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer())
        database = server.create_database()
        movr = Backend(STANDIN, server.uri(database)).open(Limits())
        stack.callback(movr.engine.dispose)
        movr.create_schema()
        proxy = stack.enter_context(TcpProxy(server.port))
        uri = server.uri(database, proxy.port)
        environment = {
            "DB_URI": uri,
            "DB_POOL_SIZE": str(POOL_SIZE),
            "METRICS_TOKEN": METRICS_TOKEN,
            "REGION": REGION,
            "SECRET_KEY": SECRET_KEY,
            "VERSION": "v-of-tests",
        }
        gunicorn = stack.enter_context(GunicornServer(environment | dict(settings or {}), app=app))
        yield Observed(gunicorn, proxy, movr, uri, stack)
