"""Runs Lighthouse on the pages; every score of every page must be at least 98.

Gunicorn serves its own demonstration data outside DEBUG. Lighthouse comes from the npm registry and
uses this system's Chromium, which can reach nothing but this machine.
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
LOWEST: Final = 98
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
PRESETS: Final = {"phone": (), "desk": ("--preset=desktop",)}

# Enough for a full page of vehicles, and of the demonstration rider's past rides.
_SIZES: Final = Sizes(vehicles=60, rides=600)
_PER_PAGE: Final = 24
_TIMEOUT_S: Final = 180
_TRIES: Final = 3


@dataclass(frozen=True)
class Visit:
    """A page, and whether a rider is logged in."""

    path: str
    logged_in: bool = False

    @property
    def name(self) -> str:
        """The page's name in the report."""
        return f"{self.path}, {'rider' if self.logged_in else 'visitor'}"


VISITS: Final = (
    Visit("/"),
    Visit("/vehicles"),
    Visit("/vehicles", logged_in=True),
    Visit("/rides", logged_in=True),
)


@dataclass(frozen=True)
class Judgement:
    """Lighthouse's result for a page on one kind of screen."""

    visit: Visit
    screen: str
    tiles: str
    report: dict[str, Any]

    @property
    def scores(self) -> tuple[int, ...]:
        """The score of each category, out of 100."""
        found = (self.report["categories"][name]["score"] for name in CATEGORIES)
        # None if an audit failed.
        return tuple(round((score or 0) * 100) for score in found)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """All requests of the page."""
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
        """The page's row in the report."""
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
    """Serve demonstration data as in production; yields its URL and that of the map tiles."""
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


def log_in(url: str) -> dict[str, str]:
    """Log in as the demonstration rider, and return the headers that prove it."""
    form = requests.get(f"{url}/login", timeout=10)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    if token is None:
        sys.exit("The login page has no token.")
    response = requests.post(
        f"{url}/login",
        {"username": DEMO_USERNAME, "password": DEMO_PASSWORD, "csrf_token": token[1]},
        # Browsers send Secure cookies to this machine without TLS; Python clients don't.
        headers=_cookies_of(form),
        allow_redirects=False,
        timeout=10,
    )
    rider = _cookies_of(response)
    for path in ("/vehicles", "/rides"):
        page = requests.get(f"{url}{path}", headers=rider, allow_redirects=False, timeout=10)
        if page.text.count('<li class="vehicle-card') != _PER_PAGE:
            sys.exit(f"{path} is no full page of {_PER_PAGE}.")
    return rider


def _cookies_of(response: requests.Response) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in response.cookies.items())}


def judge(urls: tuple[str, str], visit: Visit, screen: str, rider: dict[str, str]) -> Judgement:
    """Run Lighthouse on a page; if it falls short, run it twice more and take the median.

    Other work on the machine costs a page some points.
    """
    judgements = [judge_once(urls, visit, screen, rider)]
    if judgements[0].faults():
        judgements += [judge_once(urls, visit, screen, rider) for _ in range(2)]
    return sorted(judgements, key=lambda judgement: judgement.scores)[len(judgements) // 2]


def judge_once(
    urls: tuple[str, str], visit: Visit, screen: str, rider: dict[str, str]
) -> Judgement:
    """Run Lighthouse on a page once, in a new browser."""
    url, tiles = urls
    with tempfile.TemporaryDirectory() as folder:
        headers, report = Path(folder, "headers.json"), Path(folder, "report.json")
        headers.write_text(json.dumps(rider if visit.logged_in else {}))
        flags = ("--headless=new", "--disable-dev-shm-usage", *chromium.FLAGS)
        command = [
            *(*LIGHTHOUSE, f"{url}{visit.path}", "--quiet"),
            *PRESETS[screen],
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={' '.join(map(_quoted, flags))}",
            f"--extra-headers={headers}",
            *("--output=json", f"--output-path={report}", "--no-enable-error-reporting"),
        ]
        # Chromium sometimes records no trace, and Lighthouse asks to be run again.
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
    # Packages from npm must not run scripts while they are installed.
    return {
        **os.environ,
        "CHROME_PATH": chromium.chromium_path() or "",
        "npm_config_ignore_scripts": "true",
    }


def missing() -> str | None:
    """Return a sentence on what this machine lacks, or None."""
    if chromium.chromium_path() is None:
        return f"Lighthouse needs a browser: none of {', '.join(chromium.NAMES)} is on PATH."
    if shutil.which("npx") is None or shutil.which("node") is None:
        return "Lighthouse needs Node 18.16 or newer with npx, and they are not on PATH."
    return None


def report(judgements: Sequence[Judgement]) -> str:
    """Return the scores as Markdown, with what is needed to read and repeat them."""
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
    """Judge every page on a phone and a desktop; exits with 1 if a score is too low."""
    if lack := missing():
        sys.exit(lack)
    # Installs Lighthouse, if it is missing.
    fetched = subprocess.run([*LIGHTHOUSE, "--version"], env=_environment(), capture_output=True)
    if fetched.returncode:
        sys.exit(f"npx cannot get Lighthouse {VERSION}:\n{fetched.stderr.decode()}")
    cases = [(visit, screen) for visit in VISITS for screen in PRESETS]
    judgements = []
    with serve() as urls, progress(len(cases), "pages") as bar:
        rider = log_in(urls[0])
        for visit, screen in cases:
            judgements.append(judge(urls, visit, screen, rider))
            bar.update(1)
    write_result("lighthouse.md", report(judgements))
    if faults := [fault for judgement in judgements for fault in judgement.faults()]:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
