"""Riders ride while the database server is killed and started again, over and over.

`run` returns the outcome; report.py prints it, and test_kills.py checks it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic

import requests
from sqlalchemy import Connection

from bench.databases import describe
from tests.database.invariants import broken_invariants
from tests.failure.browser import Browser, asks_to_try_again
from tests.failure.history import Action, Answer, Call, faults, look
from tests.failure.riders import Rider
from tests.failure.service import Service, serve
from tests.support.processes import children_of, wait_until

RIDERS = 8
VEHICLES = 12
# Between two kills, over all riders.
_STARTS_BETWEEN = 20
_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Outage:
    """What one kill was like from outside."""

    forms_under_way: int
    healthz: list[int]
    readyz: list[int]
    pages_asked: int
    pages_that_said_try_again: int
    recovered: bool
    seconds_to_recover: float
    """From when the server accepts connections again to a page that is 200."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    database: str
    outages: list[Outage]
    calls: list[Call]
    """All that the riders asked for, and in the end a look at every rider and vehicle."""
    starts_tried: int
    starts_answered: int
    starts_refused: int
    ends_tried: int
    ends_answered: int
    sent_again: int
    lost: int
    doubled: int
    out_of_order: list[str]
    """Riders and vehicles of whom no order of the calls explains what was told."""
    broken_rules: list[str]
    surprises: list[str]
    same_workers: bool


def run(kills: int, progress: Callable[[int], object] = lambda done: None) -> Outcome:
    """Kill the server so many times while 8 riders ride; `progress` is told of each kill."""
    with serve(durable=True) as service:
        workers = sorted(children_of(service.gunicorn.pid))
        owner = service.join()
        vehicles = [service.add_vehicle(owner) for _ in range(VEHICLES)]
        riders = [Rider(service.join(), vehicles, seed) for seed in range(RIDERS)]
        outages = []
        with _riding(riders):
            # Where nobody gets on any more, what has happened so far says why.
            while _they_ride(riders) and len(outages) < kills:
                outages.append(_kill_and_start(service, riders))
                progress(1)
        # What MovR held of the old servers is gone; this connection is to the last one.
        service.movr.engine.dispose()
        calls = [call for rider in riders for call in rider.calls]
        calls += _last_looks(service.connect(), [rider.name for rider in riders], vehicles)
        started = _rides(calls, Action.START, Answer.DONE)
        ended = _rides(calls, Action.END, Answer.DONE)
        lost, doubled = _lost_and_doubled(service.connect(), started, ended)
        return Outcome(
            database=describe(service.movr.engine),
            outages=outages,
            calls=calls,
            starts_tried=len(_rides(calls, Action.START)),
            starts_answered=len(started),
            starts_refused=len(_rides(calls, Action.START, Answer.TAKEN)),
            ends_tried=len(_rides(calls, Action.END)),
            ends_answered=len(ended),
            sent_again=sum(call.answer is Answer.LOST for call in calls),
            lost=lost,
            doubled=doubled,
            out_of_order=faults(calls),
            broken_rules=broken_invariants(service.connect()),
            surprises=[surprise for rider in riders for surprise in rider.surprises],
            same_workers=sorted(children_of(service.gunicorn.pid)) == workers,
        )


def _rides(calls: list[Call], action: Action, *answers: Answer) -> set[str]:
    """The rides that were to be started or ended, and were answered like this if at all."""
    wanted = answers or tuple(Answer)
    return {str(call.ride) for call in calls if call.action is action and call.answer in wanted}


def _last_looks(connection: Connection, riders: list[str], vehicles: list[str]) -> list[Call]:
    """What the tables say of every rider and vehicle, when nobody rides any more."""
    sent = monotonic()
    rows = connection.exec_driver_sql(
        "SELECT CAST(id AS VARCHAR), CAST(rider_id AS VARCHAR), CAST(vehicle_id AS VARCHAR)"
        " FROM rides WHERE end_time IS NULL"
    ).all()
    answered = monotonic()
    ride_of = {who: ride for ride, rider, vehicle in rows for who in (rider, vehicle)}
    return [
        look(sent, answered, one in ride_of, ride=ride_of.get(one), **{what: one})
        for what, ones in (("rider", riders), ("vehicle", vehicles))
        for one in ones
    ]


@contextmanager
def _riding(riders: list[Rider]) -> Iterator[None]:
    """All of them ride, each in a thread, until the context ends."""
    stop = Event()
    with ThreadPoolExecutor(len(riders)) as threads:
        rides = [threads.submit(rider.ride, stop) for rider in riders]
        try:
            yield
        finally:
            stop.set()
        for ride in rides:
            ride.result(_TIMEOUT_S)


def _they_ride(riders: list[Rider]) -> bool:
    """Wait until enough further starts have been answered; False if that does not happen."""

    def answered() -> int:
        return sum(len(_rides(list(rider.calls), Action.START, Answer.DONE)) for rider in riders)

    enough = answered() + _STARTS_BETWEEN
    return wait_until(lambda: answered() >= enough, _TIMEOUT_S)


def _kill_and_start(service: Service, riders: list[Rider]) -> Outage:
    """Kill the server, look at the pages, start it, and wait for pages."""
    browser = service.new_browser()
    begin = monotonic()
    service.server.kill()
    # Each worker has a thread or two for us; a few requests reach both.
    healthz = [browser.get("/healthz").status_code for _ in range(3)]
    readyz = [browser.get("/readyz").status_code for _ in range(3)]
    pages = [browser.get("/vehicles") for _ in range(3)]
    service.server.start()
    started = monotonic()
    recovered = wait_until(lambda: _all_is_well(browser), _TIMEOUT_S)
    seconds_to_recover = monotonic() - started
    return Outage(
        forms_under_way=sum(rider.was_waiting_at(begin) for rider in riders),
        healthz=healthz,
        readyz=readyz,
        pages_asked=len(pages),
        pages_that_said_try_again=sum(map(asks_to_try_again, pages)),
        recovered=recovered,
        seconds_to_recover=seconds_to_recover,
    )


def _all_is_well(browser: Browser) -> bool:
    return all(_is_ok(browser.get(path)) for path in ("/readyz", "/vehicles"))


def _is_ok(answer: requests.Response) -> bool:
    return answer.status_code == 200


def _lost_and_doubled(
    connection: Connection, started: set[str], ended: set[str]
) -> tuple[int, int]:
    """How many starts and ends were answered and are not there; how many rides nobody asked for."""
    rows = connection.exec_driver_sql(
        "SELECT CAST(id AS VARCHAR), end_time IS NOT NULL FROM rides"
    ).all()
    there = {ride_id for ride_id, _ in rows}
    over = {ride_id for ride_id, is_over in rows if is_over}
    # A start that was refused must have left nothing behind, and no id may be there twice.
    return len(started - there) + len(ended - over), len(rows) - len(there & started)
