"""Metrics for Prometheus: requests and their queue, transactions by name, connections, rides.

The workers count together through files in a folder that gunicorn's master creates. The page needs
`Authorization: Bearer METRICS_TOKEN`; without that setting it does not exist.
"""

import hmac
import os
from contextlib import suppress
from functools import cache
from glob import glob
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from movr import MovR, Report
from web.logs import OBSERVERS, Ended, arrived

blueprint = Blueprint("metrics", __name__)
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names this folder."""

# From a look-up at home to a transaction retried across an ocean.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_requests = Histogram(
    "movr_request_seconds",
    "Time from the arrival of a whole request to its response.",
    ["region", "route", "method", "status"],
    buckets=_SECONDS,
)
_waited = Histogram(
    "movr_request_waiting_seconds",
    "Time that requests waited for a thread.",
    ["region"],
    buckets=_SECONDS,
)
_waiting = Gauge(
    "movr_requests_waiting",
    "Requests that wait for a thread.",
    ["region"],
    multiprocess_mode="livesum",
)
_busy = Gauge(
    "movr_threads_busy",
    "Threads that are answering a request.",
    ["region"],
    multiprocess_mode="livesum",
)
_shed = Counter(
    "movr_requests_shed",
    "Requests that got a 503 in place of a page, because too many were waiting.",
    ["region"],
)
_transactions = Histogram(
    "movr_transaction_seconds",
    "Time of a transaction or read, retries included; error is empty where it succeeded.",
    ["region", "name", "error"],
    buckets=_SECONDS,
)
_retries = Counter(
    "movr_transaction_retries", "Attempts of transactions beyond the first.", ["region", "name"]
)
_rides = Counter(
    "movr_rides",
    "Rides that were started and ended; a form that is sent again counts once.",
    ["region", "event"],
)
_connections = Gauge(
    "movr_pool_connections_in_use",
    "Connections of the pool that are in use or being opened.",
    ["region"],
    multiprocess_mode="livesum",
)
_pool_size = Gauge(
    "movr_pool_size", "Connections that the pool may hold.", ["region"], multiprocess_mode="livesum"
)
_build = Gauge(
    "movr_build", "Always 1; says what runs.", ["region", "version"], multiprocess_mode="max"
)
_RIDE_EVENTS: Final = {
    "start_ride": "started",
    "cancel_ride": "cancelled",
    "end_ride": "ended",
}


def init_app(app: Flask) -> None:
    """Measure this application."""
    region = app.config["REGION"] or "all"
    backend = app.extensions["movr"]
    _build.labels(region, app.config["VERSION"]).set(1)
    _pool_size.labels(region).set(app.config["DB_LIMITS"].pool_size)

    # Cached, because finding a metric by its labels takes longer than counting.
    @cache
    def transaction(name: str, error: str) -> tuple[Histogram, Counter]:
        return _transactions.labels(region, name, error), _retries.labels(region, name)

    @cache
    def requests(*labels: str) -> Histogram:
        return _requests.labels(region, *labels)

    def count_transaction(report: Report) -> None:
        duration, retries = transaction(report.name, report.error or "")
        duration.observe(report.seconds)
        if report.attempts > 1:
            retries.inc(report.attempts - 1)
        if report.error is None and report.changed and report.name in _RIDE_EVENTS:
            _rides.labels(region, _RIDE_EVENTS[report.name]).inc()

    backend.observers.append(count_transaction)
    # Created at once, because Prometheus cannot see the first increase of a metric that starts with
    # it.
    for event in _RIDE_EVENTS.values():
        _rides.labels(region, event)
    ServerMetrics(app)

    def count_request(ended: Ended) -> None:
        requests(ended.route, ended.method, str(ended.status)).observe(ended.seconds)

    app.extensions[OBSERVERS].append(count_request)


class ServerMetrics:
    """Measures the queue and the connections of this process; gunicorn's worker reports to it."""

    def __init__(self, app: Flask) -> None:
        region = app.config["REGION"] or "all"
        self._backend: Final[MovR] = app.extensions["movr"]
        self._waiting, self._busy = _waiting.labels(region), _busy.labels(region)
        self._connections = _connections.labels(region)
        self._waited, self._shed = _waited.labels(region), _shed.labels(region)

    def looks(self, waiting: int, busy: int) -> None:
        """Once a second: so many requests wait for a thread, and so many threads are busy."""
        self._waiting.set(waiting)
        self._busy.set(busy)
        self._connections.set(self._backend.connections_in_use)

    def begins(self, arrived_at: float) -> None:
        """A thread takes a request; its time counts from its arrival."""
        arrived.set(arrived_at)

    def ends(self, waited: float) -> None:
        """The thread is done with it; `waited` is how long it was in the queue."""
        self._waited.observe(waited)

    def is_shed(self) -> None:
        """A waiting request was turned away."""
        self._shed.inc()


class _Workers(MultiProcessCollector):
    """What all workers have counted, except for those that begin just now.

    Their files have no length yet, which prometheus_client takes for an error.
    """

    def collect(self) -> Any:
        """Return what the others have counted together."""
        files = [file for file in glob(f"{self._path}/*.db") if _length(file)]
        return self.merge(files)  # type: ignore[no-untyped-call]  # as its base class is


def _length(file: str) -> int:
    # That of a worker that has died is gone.
    with suppress(FileNotFoundError):
        return Path(file).stat().st_size
    return 0


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics of all workers of this container, to clients with the token."""
    token: str | None = current_app.config["METRICS_TOKEN"]
    if token is None:
        abort(404)
    if not hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
    ):
        abort(403)
    registry = REGISTRY
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        _Workers(registry)  # type: ignore[no-untyped-call]  # as its base class is
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
