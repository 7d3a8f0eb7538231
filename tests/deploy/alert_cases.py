"""For each alert, series on which it fires and series on which it must not.

Values are in promtool's words, a minute apart: `0+5x60` grows by 5 sixty times, `_` is no value.
"""

from typing import NamedTuple

HERE = 'region="gcp-us-east1"'

Series = dict[str, str]


class Case(NamedTuple):
    """Series on which an alert fires at some time, and others; names what it is about."""

    raised_by: Series
    not_by: tuple[Series, ...]
    about: str = HERE
    at: str = "30m"
    step: str = "1m"


def answers(status: int, values: str, route: str = "/vehicles") -> Series:
    """Requests of one kind."""
    labels = f'{HERE},route="{route}",method="GET",status="{status}"'
    return {f"movr_request_seconds_count{{{labels}}}": values}


def times(metric: str, labels: str, fast: str, slow: str) -> Series:
    """A histogram of which so many take up to 0.1 s and the rest up to 5 s, with its count."""
    return {
        f'{metric}_bucket{{{HERE},{labels},le="0.1"}}': fast,
        f'{metric}_bucket{{{HERE},{labels},le="5.0"}}': slow,
        f'{metric}_bucket{{{HERE},{labels},le="+Inf"}}': slow,
        f"{metric}_count{{{HERE},{labels}}}": slow,
    }


def page_times(fast: str, slow: str, route: str = "/vehicles") -> Series:
    """How long a page takes."""
    labels = f'route="{route}",method="GET",status="200"'
    return times("movr_request_seconds", labels, fast, slow)


def transactions(values: str, error: str = "", name: str = "start_ride") -> Series:
    """Transactions of one kind."""
    return {f'movr_transaction_seconds_count{{{HERE},name="{name}",error="{error}"}}': values}


def transaction_times(fast: str, slow: str) -> Series:
    """How long starting a ride takes."""
    return times("movr_transaction_seconds", 'name="start_ride",error=""', fast, slow)


def retries(values: str) -> Series:
    """Attempts beyond the first."""
    return {f'movr_transaction_retries_total{{{HERE},name="start_ride"}}': values}


def rides(started: str, ended: str) -> Series:
    """Rides."""
    return {
        f'movr_rides_total{{{HERE},event="started"}}': started,
        f'movr_rides_total{{{HERE},event="ended"}}': ended,
    }


def build(version: str, values: str) -> Series:
    """A container that runs."""
    return {f'movr_build{{{HERE},version="{version}"}}': values}


def pool(in_use: str, size: str = "8x60") -> Series:
    """Connections, of those that the container may open: as many as it has threads."""
    container = f'{HERE},instance="a:8000"'
    return {
        f"movr_pool_connections_in_use{{{container}}}": in_use,
        f"movr_pool_size{{{container}}}": size,
    }


def queue(shed: str, served: str) -> Series:
    """Requests that found the queue full, and those that came to a thread."""
    return {
        f"movr_requests_shed_total{{{HERE}}}": shed,
        f"movr_request_waiting_seconds_count{{{HERE}}}": served,
    }


def waiting(values: str) -> Series:
    """Requests that wait in a container."""
    return {f'movr_requests_waiting{{{HERE},instance="a:8000"}}': values}


def target(values: str) -> Series:
    """Whether Prometheus could read a container."""
    return {f'up{{job="movr",instance="a:8000",{HERE}}}': values}


_START = f'{HERE}, name="start_ride"'
_CONTAINER = f'{HERE}, instance="a:8000"'
_CALM = transactions("0+100x60")

CASES: dict[str, Case] = {
    "MovRFailures": Case(
        answers(200, "0+95x60") | answers(503, "0+5x60"),
        (
            answers(200, "0+995x60") | answers(500, "0+5x60"),
            answers(200, "0+50x60") | answers(404, "0+50x60") | answers(409, "0+50x60"),
            # Probes of a region without a database, and nobody's pages.
            answers(200, "0+60x60") | answers(503, "0+60x60", "/readyz"),
            # Over before anybody could have looked.
            answers(200, "0+95x60") | answers(503, "0x20 0+5x2 10x40"),
            # Two in a quiet region.
            answers(200, "0+1x60") | answers(500, "0x20 1x3 2x40"),
        ),
    ),
    "MovRDatabaseUnavailable": Case(
        _CALM | transactions("0+10x60", "DatabaseUnavailable"),
        (
            _CALM | transactions("0+1x60", "DatabaseUnavailable"),
            _CALM | transactions("0+90x60", "VehicleUnavailable"),
            # One of six.
            transactions("0+1x60") | transactions("0x26 1x34", "DatabaseUnavailable"),
        ),
        f'{HERE}, error="DatabaseUnavailable"',
    ),
    "MovRRegionDown": Case(
        build("v1", "1x10 _x50"),
        (build("v1", "1x60"), build("v1", "1x10 _x50") | build("v2", "_x10 1x50"), {}),
    ),
    "MovRNotScraped": Case({}, (target("1x60"), target("0x60")), 'job="movr"'),
    "MovRInstanceDown": Case(
        target("1x10 0x50"),
        (target("1x60"), target("1x20 0x2 1x40")),
        f'{_CONTAINER}, job="movr"',
    ),
    "MovRSlow": Case(
        page_times("0+90x60", "0+100x60"),
        (
            page_times("0+99x60", "0+100x60"),
            page_times("0+0x60", "0+1x60"),
            page_times("0+0x60", "0+100x60", "/metrics"),
        ),
        f'{HERE}, route="/vehicles"',
    ),
    "MovRSlowTransaction": Case(
        transaction_times("0+98x60", "0+100x60"),
        (transaction_times("0+100x60", "0+100x60"), transaction_times("0+0x60", "0+1x60")),
        _START,
    ),
    "MovRContention": Case(
        _CALM | retries("0+30x60"),
        (_CALM | retries("0+10x60"), transactions("0+1x60") | retries("0+3x60")),
        _START,
    ),
    "MovRGivesUp": Case(
        # The first of its kind: there was no such series before.
        _CALM | transactions("_x25 1x30", "TooMuchContention"),
        (
            _CALM,
            _CALM | transactions("7x60", "TooMuchContention"),
            _CALM | transactions("_x5 1x55", "TooMuchContention"),
            _CALM | transactions("0+9x60", "VehicleUnavailable"),
        ),
        _START,
    ),
    "MovRUnexpectedDatabaseError": Case(
        _CALM | transactions("7x20 8x40", "UnexpectedDatabaseError"),
        (
            _CALM | transactions("7x60", "UnexpectedDatabaseError"),
            _CALM | transactions("0+9x60", "NotFound"),
        ),
        _START,
    ),
    "MovROverloaded": Case(
        queue("0+5x60", "0+95x60"),
        (
            queue("0+1x60", "0+99x60"),
            queue("0x60", "0+100x60"),
            # Over before anybody could have looked.
            queue("0x20 0+50x2 100x40", "0+95x60"),
            # Two in a quiet region.
            queue("0x20 1x3 2x40", "0+1x60"),
        ),
    ),
    "MovRQueue": Case(waiting("3x60"), (waiting("0x60"), waiting("3x20 0 3x45")), _CONTAINER),
    "MovRPoolExhausted": Case(
        pool("8x60"),
        (pool("7x60"), pool("0x20 8x2 0x40"), pool("0x60"), pool("0x60", "1x60")),
        _CONTAINER,
    ),
    "MovRRidesDoNotEnd": Case(
        rides("0+1x300", "5x300"),
        (rides("0+1x300", "0x200 0+1x100"), rides("0x300", "0x300"), rides("0x295 0+1x5", "5x300")),
        at="4h",
    ),
    "MovRNoRides": Case(
        rides("0+5x12 60x1010", "0x1020"),
        (rides("0+5x1020", "0x1020"), rides("60x1020", "0x1020")),
        at="169h30m",
        step="10m",
    ),
    "MovRLoginsRefused": Case(
        answers(429, "0+10x60", "/login"),
        (answers(429, "0+1x60", "/login"), answers(422, "0+90x60", "/login")),
    ),
    "MovRVersionsDiffer": Case(
        build("v1", "1x200") | build("v2", "1x200"),
        (build("v1", "1x200"), build("v1", "1x150 _x50") | build("v2", "_x150 1x50")),
        about="",
        at="3h",
    ),
}
