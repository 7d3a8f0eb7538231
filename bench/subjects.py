"""Servers to compare: an empty application, and MovR at any commit."""

import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench.databases import STANDIN
from movr.sample import DEMO_PASSWORD, DEMO_USERNAME
from tests.support.gunicorn_server import ROOT, GunicornServer
from tests.support.processes import children_of

# Enough for full pages of vehicles, riders and the demonstration rider's rides.
_SIZES: Final = ("--city", "new york", "--vehicles", "60", "--riders", "60", "--rides", "60")
# The headers of a browser, as passed on by a load balancer.
_HEADERS: Final = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "127.0.0.1",
    "X-City": "New York",
}
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Subject:
    """A server with a browser, and a view of its workers' CPU time."""

    def __init__(self, name: str, server: GunicornServer) -> None:
        self.name = name
        self._server = server
        self.port = server.port
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.cookie = ""
        self.last_length = 0

    def cpu_time(self) -> float:
        """Return the seconds of CPU time of the workers so far, user and system."""
        # As clock_getcpuclockid(3) on Linux: nanoseconds, while /proc counts in ticks.
        return sum(
            time.clock_gettime(((~worker) << 3) | 2) for worker in children_of(self._server.pid)
        )

    def ask(
        self,
        path: str,
        cookie: str = "",
        form: dict[str, str] | None = None,
        *,
        plain: bool = False,
    ) -> Any:
        """Return a response, read completely, and its body."""
        headers = _headers(cookie)
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"https://127.0.0.1:{self.port}/login"
        if plain:
            headers["Accept-Encoding"] = "identity"
        self._connection.request("POST" if form is not None else "GET", path, body, headers)
        response = self._connection.getresponse()
        data = response.read()
        self.last_length = len(data)
        return response, data

    def request_for(self, path: str, cookie: str = "") -> bytes:
        """Return the request for a page as it is sent."""
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            *map(": ".join, _headers(cookie).items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def log_in(self) -> None:
        """Log in as the demonstration rider."""
        page, text = self.ask("/login", plain=True)
        token = _TOKEN.search(text.decode())
        if token is None:
            raise RuntimeError("the login page has no form")
        form = {
            "csrf_token": token[1],
            "username": DEMO_USERNAME,
            "password": DEMO_PASSWORD,
        }
        response, _ = self.ask("/login", _cookies_of(page), form)
        if response.status not in (302, 303):
            raise RuntimeError(f"the login returned {response.status}")
        # The first page puts the CSRF token into the cookie.
        page, _ = self.ask("/vehicles", _cookies_of(response))
        self.cookie = _cookies_of(response, page)

    def cost(self, path: str, cookie: str, times: int) -> float:
        """Return the CPU seconds of one request, averaged over `times`."""
        before = self.cpu_time()
        for _ in range(times):
            response, _ = self.ask(path, cookie)
            if response.status != 200:
                raise RuntimeError(f"{self.name}: {path} returned {response.status}")
        # Allow for what workers do after the response, such as logging.
        time.sleep(0.005)
        return (self.cpu_time() - before) / times


def _headers(cookie: str) -> dict[str, str]:
    return {**_HEADERS, "Cookie": cookie} if cookie else dict(_HEADERS)


def _cookies_of(*responses: http.client.HTTPResponse) -> str:
    """Return the cookies that a browser sends after these responses."""
    jar: dict[str, str] = {}
    for response in responses:
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            jar[name] = value
    return "; ".join(f"{name}={value}" for name, value in jar.items())


@contextmanager
def empty_application() -> Iterator[Subject]:
    """Lend the unit: the empty application."""
    with GunicornServer(app="bench.empty:app", config="bench/empty.py") as server:
        yield Subject("empty application", server)


@contextmanager
def movr_of(tree: Path, name: str, uri: str, kind: str) -> Iterator[Subject]:
    """Lend the application of a tree, on a database that its own commands have filled."""
    env = {
        "SECRET_KEY": secrets.token_hex(32),
        "DB_URI": uri,
        "TRUSTED_PROXIES": "1",
    }
    flask = [sys.executable, "-m", "flask", "--app", "server"]
    for command in (["init-db"], ["seed", *_SIZES]):
        subprocess.run(
            [*flask, *command],
            cwd=tree,
            env={"PATH": os.environ["PATH"], **env},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    app = "tests.support.standin_app:app" if kind == STANDIN else "server:app"
    with GunicornServer(env, app=app, root=tree) as server:
        subject = Subject(name, server)
        subject.log_in()
        yield subject


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """Lend the files of a commit."""
    with tempfile.TemporaryDirectory(prefix="movr-base-") as folder:
        archive = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield Path(folder)
