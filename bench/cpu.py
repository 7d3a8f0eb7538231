"""What a request costs the server's processor, in times of what an empty application costs.

The CPU time of gunicorn's workers for each kind of request, of this tree and of a commit before it.
Whatever else the machine does makes a request slower, but costs the workers little more.
"""

import http.client
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from bench.databases import SQLITE, STANDIN, describe, new_databases
from bench.measure import circumstances, median, progress, table, write_result
from movr import MovR
from movr.sample import DEMO_PASSWORD, DEMO_USERNAME
from tests.support.gunicorn_server import ROOT, GunicornServer
from tests.support.processes import children_of

# Enough for full pages of vehicles and riders; the demonstration rider has a page of rides.
_SIZES: Final = ("--city", "new york", "--vehicles", "60", "--riders", "60", "--rides", "60")
# As browsers ask, and as a load balancer passes it on.
_HEADERS: Final = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "127.0.0.1",
    "X-City": "New York",
}
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Case:
    """A page, who asks for it, and how many times the empty application it may cost."""

    name: str
    path: str
    limit: float
    signed_in: bool = False


CASES: Final = (
    Case("/healthz", "/healthz", 1.4),
    Case("/vehicles, rider", "/vehicles", 5.0, signed_in=True),
    Case("/vehicles, visitor", "/vehicles", 4.1),
    Case("/rides, rider", "/rides", 3.4, signed_in=True),
    Case("/users, rider", "/users", 3.6, signed_in=True),
    Case("/login, visitor", "/login", 2.3),
)


class Subject:
    """A server whose workers are watched while one browser asks it for pages."""

    def __init__(self, name: str, server: GunicornServer) -> None:
        self.name = name
        self._server = server
        self.port = server.port
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.cookie = ""
        self.last_length = 0

    def cpu_time(self) -> float:
        """Return the seconds that the workers have computed so far, for users and in the kernel."""
        # What clock_getcpuclockid(3) returns on Linux: to the nanosecond, where /proc says ticks.
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
        """Return an answer, all of it read, and what it holds."""
        headers = dict(_HEADERS)
        if cookie:
            headers["Cookie"] = cookie
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
        answer, _ = self.ask("/login", _cookies_of(page), form)
        if answer.status not in (302, 303):
            raise RuntimeError(f"the login answers {answer.status}")
        # The first page puts the token of its forms into the cookie.
        page, _ = self.ask("/vehicles", _cookies_of(answer))
        self.cookie = _cookies_of(answer, page)

    def cost(self, path: str, cookie: str, times: int) -> float:
        """Return the CPU seconds of one request, over so many."""
        before = self.cpu_time()
        for _ in range(times):
            answer, _ = self.ask(path, cookie)
            if answer.status != 200:
                raise RuntimeError(f"{self.name}: {path} answers {answer.status}")
        # Most of them are spent when the answer is here; the log's line and the rest follow.
        time.sleep(0.005)
        return (self.cpu_time() - before) / times


def _cookies_of(*responses: http.client.HTTPResponse) -> str:
    """Return what a browser sends after these answers: the last value of each name."""
    jar: dict[str, str] = {}
    for response in responses:
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            jar[name] = value
    return "; ".join(f"{name}={value}" for name, value in jar.items())


@contextmanager
def empty_application() -> Iterator[Subject]:
    """Lend the unit."""
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


@dataclass
class Costs:
    """What one kind of request has cost: a list for each subject, the empty application first."""

    case: Case
    seconds: list[list[float]]
    lengths: list[int] = field(default_factory=list)

    def times(self, subject: int) -> float:
        """Return how many times the empty application a subject costs, as the median of rounds."""
        return median(
            cost / unit for cost, unit in zip(self.seconds[subject], self.seconds[0], strict=True)
        )


def measure(subjects: Sequence[Subject], rounds: int, requests: int) -> list[Costs]:
    """Let the subjects take turns with each kind of request."""
    found = [Costs(case, [[] for _ in subjects]) for case in CASES]
    with progress(len(CASES) * (rounds + 1), "Requests") as bar:
        for turn in range(rounds + 1):
            for costs in found:
                order = list(enumerate(subjects))
                lengths = [0] * len(subjects)
                for place, subject in order if turn % 2 else reversed(order):
                    path = costs.case.path if place else "/healthz"
                    cookie = subject.cookie if costs.case.signed_in else ""
                    cost = subject.cost(path, cookie, requests)
                    lengths[place] = subject.last_length
                    # The first round connects, compiles templates and reads files.
                    if turn:
                        costs.seconds[place].append(cost)
                costs.lengths = lengths
                bar.update(1)
    return found


def _section(kind: str, subjects: Sequence[Subject], found: Sequence[Costs]) -> str:
    head = ["request", "empty application, ms"]
    for subject in subjects[1:]:
        head += [f"{subject.name}, ms", "times empty"]
    head += ["to reach", "kB sent"]
    rows = []
    for costs in found:
        row = [costs.case.name, _spread(costs.seconds[0])]
        for place in range(1, len(subjects)):
            row += [_spread(costs.seconds[place]), f"{costs.times(place):.1f}"]
        sent = " / ".join(f"{length / 1000:.1f}" for length in costs.lengths[1:])
        rows.append((*row, f"{costs.case.limit:.1f}", sent))
    return f"## {kind}\n\n{table(head, rows)}"


def _spread(seconds: Sequence[float]) -> str:
    low, middle, high = min(seconds), median(seconds), max(seconds)
    return " / ".join(f"{1000 * value:.2f}" for value in (low, middle, high))


_EXPLANATION: Final = (
    "CPU time of gunicorn's two workers of four threads for one request, user and system together:"
    " minimum / median / maximum of the rounds. In each round every server is asked the same number"
    " of times, one after the other. The empty application is one of Flask with a single route,"
    " under gunicorn's own threaded worker; how many times as much a request costs is the median of"
    " what it was in each round. The client takes compressed pages; kB are what it was sent."
)


@click.command()
@click.option("--base", help="A commit to measure beside this tree.")
@click.option("--rounds", type=click.IntRange(1), default=12, show_default=True)
@click.option("--requests", type=click.IntRange(1), default=50, show_default=True)
@click.option("--only", type=click.Choice([SQLITE, STANDIN]), help="One database, nothing kept.")
def main(base: str | None, rounds: int, requests: int, only: str | None) -> None:
    """Measure what requests cost; ends with 1 if one costs more than it may."""
    sections, over, databases = [], [], []
    with ExitStack() as trees:
        sources = [(ROOT, "this tree")]
        if base:
            sources.insert(0, (trees.enter_context(tree_of(base)), base[:12]))
        for kind in [only] if only else [SQLITE, STANDIN]:
            with ExitStack() as stack:
                uris = stack.enter_context(new_databases(kind, count=len(sources)))
                subjects = [stack.enter_context(empty_application())]
                subjects += [
                    stack.enter_context(movr_of(tree, name, uri, kind))
                    for (tree, name), uri in zip(sources, uris, strict=True)
                ]
                found = measure(subjects, rounds, requests)
                database = describe(MovR(uris[0]).engine)
            sections.append(_section(database, subjects, found))
            databases.append(database)
            over += [
                f"{costs.case.name} on {database}"
                for costs in found
                if costs.times(-1) > costs.case.limit
            ]
    command = "make bench-cpu" + (f" BASE={base}" if base else "")
    text = "\n\n".join(
        (
            "# What a request costs the processor",
            circumstances(command, " and ".join(databases)),
            _EXPLANATION,
            *sections,
        )
    )
    if only:
        print(text)
    else:
        write_result("cpu.md", text)
    if over:
        sys.exit(f"More than it may cost: {'; '.join(over)}.")


if __name__ == "__main__":
    main()
