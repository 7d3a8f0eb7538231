"""Overload: how long riders wait, what the server reports, and how its probes respond.

Riders and server share this machine's processors.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import Any

import click

from bench.databases import SQLITE, describe
from bench.measure import circumstances, median, percentile_95, progress, table, write_result
from movr import MovR
from movr.sample import DEMO_CITY, Sizes
from tests.support.gunicorn_server import GunicornServer
from tests.support.loopback import HOST
from tests.web.observed import Metrics

RIDERS = (8, 100, 800)
# As many as have a thread or a place in the queue, with two processes of four threads.
_AS_MANY_AS_FIT = 24
_ROUNDS = 3
_TOKEN = secrets.token_hex(32)
_PAGE = "/vehicles"
_PROBES = ("/healthz", "/readyz")
# Riders who are turned away retry after a second, sooner than they are asked to.
_PAUSE_S = 1.0
_MAX_CONNECTIONS = 800


@dataclass
class Seen:
    """The responses to riders, and their times."""

    served_s: list[float] = field(default_factory=list)
    shed_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


class Rider:
    """A connection that requests pages, one after the other."""

    def __init__(self, port: int, seen: Seen) -> None:
        self._port = port
        self._seen = seen
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> bool:
        """Request a page; return whether it was served."""
        begin = perf_counter()
        try:
            status = await self._status()
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            self.close()
        self._seen.statuses[status] += 1
        times = {200: self._seen.served_s, 503: self._seen.shed_s}.get(status)
        if times is not None:
            times.append(perf_counter() - begin)
        return status == 200

    def close(self) -> None:
        """Close the connection."""
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _status(self) -> int:
        self._streams = self._streams or await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        writer.write(
            f"GET {_PAGE} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head.split(b" ")[1])


async def come_again_and_again(port: int, riders: int, seconds: float) -> Seen:
    """Have this number of riders request pages without a pause."""
    seen, end = Seen(), perf_counter() + seconds

    async def ride() -> None:
        rider = Rider(port, seen)
        while perf_counter() < end:
            if not await rider.ask():
                await asyncio.sleep(_PAUSE_S)
        rider.close()

    await asyncio.gather(*(ride() for _ in range(riders)))
    return seen


async def come_at(port: int, rate: float, seconds: float) -> Seen:
    """Have this number of riders a second request one page each, even if earlier ones wait."""
    seen, idle, asking = Seen(), list[Rider](), set[asyncio.Task[None]]()
    begin = perf_counter()

    async def ask(rider: Rider) -> None:
        await rider.ask()
        idle.append(rider)

    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0, begin + number / rate - perf_counter()))
        if idle or len(asking) < _MAX_CONNECTIONS:
            task = asyncio.create_task(ask(idle.pop() if idle else Rider(port, seen)))
            asking.add(task)
            task.add_done_callback(asking.discard)
    await asyncio.gather(*asking)
    for rider in idle:
        rider.close()
    return seen


def probe(port: int, path: str, seconds: float) -> list[float]:
    """Return how long a probe took, five times a second; raises if one fails."""
    times, end = [], perf_counter() + seconds
    while perf_counter() < end:
        begin = perf_counter()
        connection = HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", path)
        with connection.getresponse() as response:
            response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{path} returned {response.status}")
        times.append(perf_counter() - begin)
        sleep(0.2)
    return times


def look(port: int) -> Metrics:
    """Read the metrics."""
    connection = HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {_TOKEN}"})
    with connection.getresponse() as response:
        metrics = Metrics(response.read().decode())
    connection.close()
    return metrics


def quantile(before: Metrics, after: Metrics, share: float) -> float:
    """Return a quantile of the page times between two looks, in seconds, as Prometheus would."""
    buckets = sorted(
        {float(sample.labels["le"]) for sample in after.samples if "le" in sample.labels}
    )

    def grown(le: float) -> float:
        labels = {"route": _PAGE, "status": "200", "le": "+Inf" if le == float("inf") else str(le)}
        return after.of("movr_request_seconds_bucket", **labels) - before.of(
            "movr_request_seconds_bucket", **labels
        )

    wanted, below, low = share * grown(buckets[-1]), 0.0, 0.0
    for le in buckets:
        if grown(le) >= wanted and grown(le) > below:
            high = low if le == float("inf") else le
            return low + (high - low) * (wanted - below) / (grown(le) - below)
        below, low = grown(le), le
    return low


@dataclass(frozen=True)
class Run:
    """One run, as seen by the riders and by the server."""

    name: str
    seconds: float
    seen: Seen
    server: tuple[float, float]
    shed: float
    probes: tuple[list[float], ...]
    client_cpu: float

    @property
    def rate(self) -> float:
        """Return how many pages were served in a second."""
        return len(self.seen.served_s) / self.seconds

    def row(self) -> tuple[str, ...]:
        """Return the row of the table; times are in seconds."""
        served = self.seen.served_s
        shed_s = f"{median(self.seen.shed_s):.3f}" if self.seen.shed_s else ""
        probes = [f"{each(times):.3f}" for times in self.probes for each in (percentile_95, max)]
        return (
            self.name,
            f"{self.rate:.0f}",
            *(f"{value:.3f}" for value in (median(served), percentile_95(served), *self.server)),
            f"{self.shed:.0f}",
            shed_s,
            *probes,
        )


def run(name: str, port: int, seconds: float, come: Callable[[], Coroutine[Any, Any, Seen]]) -> Run:
    """Run riders and probes, and read the metrics before and after."""
    with ProcessPoolExecutor(len(_PROBES)) as processes, progress(1, name) as bar:
        before, cpu = look(port), process_time()
        probes = [processes.submit(probe, port, path, seconds) for path in _PROBES]
        seen = asyncio.run(come())
        cpu = (process_time() - cpu) / seconds
        times = tuple(each.result() for each in probes)
        after = look(port)
        bar.update(1)
    unexpected = seen.statuses.keys() - {200, 503}
    if unexpected:
        raise RuntimeError(f"Riders were told {seen.statuses}")
    shed = "movr_requests_shed_total"
    server = (quantile(before, after, 0.5), quantile(before, after, 0.95))
    return Run(name, seconds, seen, server, after.of(shed) - before.of(shed), times, cpu)


@contextmanager
def served() -> Iterator[tuple[int, str]]:
    """Serve a city as in production; yields the port and the name of the database."""
    with TemporaryDirectory(prefix="movr-bench-") as folder:
        uri = f"{SQLITE}:///{Path(folder)}/movr.db"
        movr = MovR(uri)
        movr.create_schema()
        for _ in movr.add_sample(DEMO_CITY, Sizes(vehicles=200, riders=50, rides=100)):
            pass
        database = describe(movr.engine)
        movr.engine.dispose()
        settings = {"SECRET_KEY": secrets.token_hex(32), "DB_URI": uri, "METRICS_TOKEN": _TOKEN}
        with GunicornServer(settings) as server:
            yield server.port, database


_HEAD = (
    "",
    "served a second",
    *("client p50, s", "p95", "server p50, s", "p95"),
    *("shed", "shed p50, s"),
    *("/healthz p95, s", "max", "/readyz p95, s", "max"),
)


@click.command()
@click.option("--seconds", type=click.FloatRange(2, 120), default=15.0, show_default=True)
def main(seconds: float) -> None:
    """Measure waiting times with few, many and far too many riders."""
    with served() as (port, database):
        run("warm-up", port, 3, lambda: come_again_and_again(port, 8, 3))

        def crowd(riders: int) -> Run:
            return run(
                f"{riders} riders",
                port,
                seconds,
                lambda: come_again_and_again(port, riders, seconds),
            )

        def rush(rate: float) -> Run:
            name = "twice as many requests"
            return run(name, port, seconds, lambda: come_at(port, rate, seconds))

        runs, pairs = [crowd(riders) for riders in RIDERS], list[Run]()
        for _ in range(_ROUNDS):
            pairs.append(crowd(_AS_MANY_AS_FIT))
            pairs.append(rush(2 * pairs[-1].rate))
    client = max(each.client_cpu for each in (*runs, *pairs))
    write_result(
        "load.md",
        "\n\n".join(
            (
                "# More riders than MovR can serve",
                circumstances("make load", database),
                f"Each row is {seconds:.0f} s of visitors who look at `{_PAGE}`, served by 2"
                " processes with 4 threads each on the same machine. A rider asks for the next page"
                f" at once, and {_PAUSE_S:.0f} s after being turned away. All riders are one"
                f" process, which took {client:.0%} of one processor at most. Connections fall to"
                " the two processes by chance: if one gets them all, half as many are served.",
                table(_HEAD, [each.row() for each in runs]),
                "As many riders as have a thread or a place in the queue, which is what can be"
                " served; and then twice as many requests a second as were served,"
                f" whoever is waiting; {_ROUNDS} rounds in turn.",
                table(_HEAD, [each.row() for each in pairs]),
            )
        ),
    )


if __name__ == "__main__":
    main()
