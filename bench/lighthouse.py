"""Lighthouse judges the pages as they are served: every score of every page is 95 or more.

Gunicorn runs outside DEBUG on demonstration data of its own. Lighthouse comes from the npm registry
and judges with the Chromium of this system, which can reach nothing but this machine.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
import requests

from bench.measure import circumstances, progress, table, write_result
from movr import MovR
from movr.sample import DEMO_CITY, DEMO_PASSWORD, DEMO_USERNAME, Sizes
from tests.support import chromium
from tests.support.gunicorn_server import GunicornServer
from tests.support.tiles import TileServer

VERSION: Final = "12.8.2"
"""The newest Lighthouse that runs on Node 18 and 20."""

LIGHTHOUSE: Final = ("npx", "--yes", f"lighthouse@{VERSION}")
LOWEST: Final = 95
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
PRESETS: Final = {"phone": (), "desk": ("--preset=desktop",)}

# Enough for a full page of vehicles and one of the demonstration rider's past rides.
_SIZES: Final = Sizes(vehicles=60, rides=600)
_PER_PAGE: Final = 24
_TIMEOUT_S: Final = 180
_TRIES: Final = 3


@dataclass(frozen=True)
class Visit:
    """A page and who looks at it."""

    path: str
    signed_in: bool = False

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"{self.path}, {'rider' if self.signed_in else 'visitor'}"


VISITS: Final = (
    Visit("/"),
    Visit("/vehicles"),
    Visit("/vehicles", signed_in=True),
    Visit("/rides", signed_in=True),
)


@dataclass(frozen=True)
class Judgement:
    """What Lighthouse says of a page on one kind of screen."""

    visit: Visit
    screen: str
    tiles: str
    report: dict[str, Any]

    @property
    def scores(self) -> tuple[int, ...]:
        """One score for each category, out of 100."""
        found = (self.report["categories"][name]["score"] for name in CATEGORIES)
        # None where an audit could not be made.
        return tuple(round((score or 0) * 100) for score in found)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Everything that the page has asked for."""
        items: list[dict[str, Any]] = self.report["audits"]["network-requests"]["details"]["items"]
        return [item for item in items if item["url"].startswith("http")]

    def faults(self) -> list[str]:
        """What is not good enough, in sentences."""
        where = f"{self.visit.name}, {self.screen}"
        found = []
        for name, score in zip(CATEGORIES, self.scores, strict=True):
            if score < LOWEST:
                lost = (
                    self.report["audits"][audit["id"]]
                    for audit in self.report["categories"][name]["auditRefs"]
                    if audit["weight"]
                )
                why = "; ".join(audit["title"] for audit in lost if (audit["score"] or 0) < 0.9)
                found.append(f"{where}: {name} {score} ({why})")
        own = urlsplit(self.report["finalDisplayedUrl"])
        if own.path != self.visit.path:
            found.append(f"{where}: leads to {own.path}")
        for item in self.requests:
            if not item["url"].startswith((f"{own.scheme}://{own.netloc}/", f"{self.tiles}/")):
                found.append(f"{where}: asks another host for {item['url']}")
        return found

    def row(self) -> tuple[str, ...]:
        """A line of the report."""
        audits = self.report["audits"]
        seconds = (
            f"{audits[name]['numericValue'] / 1_000:.2f}"
            for name in ("first-contentful-paint", "largest-contentful-paint")
        )
        sent = sum(item.get("transferSize", 0) for item in self.requests) / 1_000
        return (
            f"{self.visit.name}, {self.screen}",
            *map(str, self.scores),
            *seconds,
            f"{audits['total-blocking-time']['numericValue']:.0f}",
            f"{audits['cumulative-layout-shift']['numericValue']:.3f}",
            str(len(self.requests)),
            f"{sent:.0f}",
        )


_HEAD: Final = (
    *("page, screen", "performance", "accessibility", "best practices", "SEO"),
    *("FCP, s", "LCP, s", "TBT, ms", "CLS", "requests", "kB"),
)


@contextmanager
def serve() -> Iterator[tuple[str, str]]:
    """Serve demonstration data as in production; hand out its address and that of the map tiles."""
    with tempfile.TemporaryDirectory() as folder, TileServer() as tiles:
        db_uri = f"sqlite:///{folder}/movr.db"
        movr = MovR(db_uri)
        movr.create_schema()
        for _ in movr.add_sample(DEMO_CITY, _SIZES):
            pass
        movr.engine.dispose()
        settings = {"SECRET_KEY": secrets.token_hex(), "DB_URI": db_uri, "TILE_URL": tiles.url}
        with GunicornServer(settings) as server:
            yield server.url, tiles.origin


def sign_in(url: str) -> dict[str, str]:
    """Return the header by which the demonstration's rider is known."""
    form = requests.get(f"{url}/login", timeout=10)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    if token is None:
        sys.exit("The login page has no token.")
    answer = requests.post(
        f"{url}/login",
        {"username": DEMO_USERNAME, "password": DEMO_PASSWORD, "csrf_token": token[1]},
        # As browsers do on this machine, but no Python client: Secure cookies without TLS.
        headers=_cookies_of(form),
        allow_redirects=False,
        timeout=10,
    )
    rider = _cookies_of(answer)
    for path in ("/vehicles", "/rides"):
        page = requests.get(f"{url}{path}", headers=rider, allow_redirects=False, timeout=10)
        if page.text.count('<li class="vehicle-card') != _PER_PAGE:
            sys.exit(f"{path} is no full page of {_PER_PAGE}.")
    return rider


def _cookies_of(answer: requests.Response) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}


def judge(address: tuple[str, str], visit: Visit, screen: str, rider: dict[str, str]) -> Judgement:
    """Have Lighthouse look at a page; what falls short is judged twice more, and the median counts.

    Whatever else the machine does costs a page some points.
    """
    judgements = [judge_once(address, visit, screen, rider)]
    if judgements[0].faults():
        judgements += [judge_once(address, visit, screen, rider) for _ in range(2)]
    return sorted(judgements, key=lambda judgement: judgement.scores)[len(judgements) // 2]


def judge_once(
    address: tuple[str, str], visit: Visit, screen: str, rider: dict[str, str]
) -> Judgement:
    """Have Lighthouse look at a page once, in a browser that has not been there before."""
    url, tiles = address
    with tempfile.TemporaryDirectory() as folder:
        headers, report = Path(folder, "headers.json"), Path(folder, "report.json")
        headers.write_text(json.dumps(rider if visit.signed_in else {}))
        flags = ("--headless=new", "--disable-dev-shm-usage", *chromium.FLAGS)
        command = [
            *(*LIGHTHOUSE, f"{url}{visit.path}", "--quiet"),
            *PRESETS[screen],
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={' '.join(map(_quoted, flags))}",
            f"--extra-headers={headers}",
            *("--output=json", f"--output-path={report}", "--no-enable-error-reporting"),
        ]
        # At times Chromium records no trace of a page, and Lighthouse asks to be run again.
        for _ in range(_TRIES):
            done = subprocess.run(
                command,
                env=_environment(),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
            if not done.returncode:
                break
        else:
            sys.exit(f"Lighthouse has failed:\n{done.stderr}")
        return Judgement(visit, screen, tiles, json.loads(report.read_text()))


def _quoted(flag: str) -> str:
    name, _, value = flag.partition("=")
    return f'{name}="{value}"' if " " in value else flag


def _environment() -> dict[str, str]:
    # No package that npm brings along runs anything of its own while it is installed.
    return {
        **os.environ,
        "CHROME_PATH": chromium.chromium_path() or "",
        "npm_config_ignore_scripts": "true",
    }


def missing() -> str | None:
    """Return what this machine lacks, as a sentence, None if it has everything."""
    if chromium.chromium_path() is None:
        return f"Lighthouse needs a browser: none of {', '.join(chromium.NAMES)} is on PATH."
    if shutil.which("npx") is None or shutil.which("node") is None:
        return "Lighthouse needs Node 18.16 or newer with npx, and they are not on PATH."
    return None


def report(judgements: Sequence[Judgement]) -> str:
    """Return the scores with all that it takes to read them and to judge again, as Markdown."""
    agent = judgements[0].report["environment"]["hostUserAgent"]
    browser = re.search(r"HeadlessChrome/\S+", agent)
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    lowest = min(score for judgement in judgements for score in judgement.scores)
    return "\n\n".join(
        (
            "# What Lighthouse says of the pages",
            circumstances("make lighthouse", f"SQLite, with {_PER_PAGE} vehicles and rides a page")
            + f"\n- Lighthouse {VERSION}, {browser[0] if browser else agent}, Node {node.strip()}",
            "Gunicorn serves outside DEBUG, without a proxy. Phone and desk are Lighthouse's own: a"
            " slow 4G network and a processor four times slower, or a fast line. Map tiles come"
            " from this machine. The kB are what was sent to a browser that had nothing yet.",
            table(_HEAD, (judgement.row() for judgement in judgements)),
            f"The lowest score is {lowest}; {LOWEST} is the least that is allowed.",
        )
    )


@click.command()
def main() -> None:
    """Judge every page on a phone and on a desk; ends with 1 if a score is too low."""
    if lack := missing():
        sys.exit(lack)
    # Fetches Lighthouse, if it is not there yet.
    fetched = subprocess.run([*LIGHTHOUSE, "--version"], env=_environment(), capture_output=True)
    if fetched.returncode:
        sys.exit(f"npx cannot get Lighthouse {VERSION}:\n{fetched.stderr.decode()}")
    cases = [(visit, screen) for visit in VISITS for screen in PRESETS]
    judgements = []
    with serve() as address, progress(len(cases), "pages") as bar:
        rider = sign_in(address[0])
        for visit, screen in cases:
            judgements.append(judge(address, visit, screen, rider))
            bar.update(1)
    write_result("lighthouse.md", report(judgements))
    if faults := [fault for judgement in judgements for fault in judgement.faults()]:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
