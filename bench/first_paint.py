"""Measures when a slow phone first paints a page, and how long its main thread is blocked.

It uses Chromium with a CPU four times slower than this machine's, 1.6 Mbit/s, round trips of 150 ms
and an empty cache, for this tree and an earlier commit in turn.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import click
from playwright.sync_api import Browser, sync_playwright

from bench.databases import SQLITE, new_databases
from bench.measure import circumstances, median, progress, table, write_result
from bench.subjects import Subject, movr_of, tree_of
from tests.support import chromium
from tests.support.gunicorn_server import ROOT

SLOWER: Final = 4
LATENCY_MS: Final = 150
BYTES_PER_SECOND: Final = 1_600_000 / 8
LIMITS: Final = (1300, 200)

_PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
_WATCH: Final = """
    window.blocked = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.blocked += Math.max(0, duration - 50);
    }).observe({ type: "longtask", buffered: true });
"""
_PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def visit(browser: Browser, subject: Subject, *, logged_in: bool) -> tuple[float, float]:
    """Return the first paint and the blocking time of /vehicles, in milliseconds."""
    url = f"http://127.0.0.1:{subject.port}/vehicles"
    context = browser.new_context(**_PHONE, extra_http_headers={"X-City": "New York"})
    try:
        if logged_in:
            context.set_extra_http_headers({"X-City": "New York", "Cookie": subject.cookie})
        page = context.new_page()
        page.add_init_script(_WATCH)
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send("Network.enable")
        conditions = {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
        }
        session.send("Network.emulateNetworkConditions", conditions)
        page.goto(url, wait_until="load")
        page.wait_for_timeout(500)
        return float(page.evaluate(_PAINT)), float(page.evaluate("window.blocked"))
    finally:
        context.close()


def measure(subjects: Sequence[Subject], visits: int) -> list[tuple[str, list[list[Any]]]]:
    """Measure the subjects in turn, as a visitor and as a rider."""
    found: list[tuple[str, list[list[Any]]]] = [
        (who, [[] for _ in subjects]) for who in ("visitor", "rider")
    ]
    with sync_playwright() as playwright, progress(2 * visits, "Visits") as bar:
        browser = chromium.launch(playwright, whole=True)
        for turn in range(visits + 1):
            for who, samples in found:
                for place, subject in enumerate(subjects):
                    sample = visit(browser, subject, logged_in=who == "rider")
                    if turn:
                        samples[place].append(sample)
                bar.update(1)
        browser.close()
    return found


@click.command()
@click.option("--base", help="A commit to measure beside this tree.")
@click.option("--visits", type=click.IntRange(1), default=9, show_default=True)
def main(base: str | None, visits: int) -> None:
    """Measure /vehicles on a slow phone; exits with 1 if it takes longer than it may."""
    with ExitStack() as stack:
        sources = [(ROOT, "this tree")]
        if base:
            sources.insert(0, (stack.enter_context(tree_of(base)), base[:12]))
        uris = stack.enter_context(new_databases(SQLITE, count=len(sources)))
        subjects = [
            stack.enter_context(movr_of(tree, name, uri, SQLITE))
            for (tree, name), uri in zip(sources, uris, strict=True)
        ]
        found = measure(subjects, visits)
    rows, over = [], []
    for who, all_samples in found:
        for subject, samples in zip(subjects, all_samples, strict=True):
            columns = list(zip(*samples, strict=True))
            spreads = (f"{min(c):.0f} / {median(c):.0f} / {max(c):.0f}" for c in columns)
            rows.append((f"{who}, {subject.name}", *spreads))
        if any(median(c) > limit for c, limit in zip(columns, LIMITS, strict=True)):
            over.append(who)
    command = "python -m bench.first_paint" + (f" --base {base}" if base else "")
    text = "\n\n".join(
        (
            "# The first paint of /vehicles on a slow phone",
            circumstances(command, "SQLite, with 24 vehicles"),
            f"Chromium, {SLOWER} times slower than this machine, at 1.6 Mbit/s with {LATENCY_MS} ms"
            f" for a round trip, nothing in its cache: minimum / median / maximum of {visits}"
            " visits in turn, in milliseconds.",
            table(("who, what", "first paint", "blocking time"), rows),
            f"At most {LIMITS[0]} ms and {LIMITS[1]} ms are allowed.",
        )
    )
    write_result("first_paint.md", text)
    if over:
        sys.exit(f"Too slow for a {' and a '.join(over)}.")


if __name__ == "__main__":
    main()
