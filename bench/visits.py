"""Visits over connections of different lengths, in turn, and their results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, create_engine, text

from bench.databases import STANDIN, new_app
from bench.distance import wire
from bench.measure import median, progress
from bench.reference import PlainVisit
from bench.roundtrips import Meter, install_meter
from bench.tasks import TASKS, Sample, Visit
from movr.regions import REGIONS
from tests.support.standin import install_plain_retry_savepoint

_PINGS = 11


@dataclass(frozen=True, slots=True)
class Traveller:
    """Makes visits over one connection, whose measured round trip is in seconds."""

    visit: Callable[[], dict[str, Sample]]
    round_trip: float
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {task: [] for task in TASKS})

    def trips(self, task: str) -> int:
        """Return the round trips of a task, without those of an occasional retry."""
        return min(sample.trips for sample in self.samples[task])

    def database_times(self, task: str) -> list[float]:
        """Return the seconds that a task waited for the database, in each visit."""
        return [sample.database_time for sample in self.samples[task]]

    def page_times(self, task: str) -> list[float]:
        """Return the seconds until a task's page arrived, in each visit."""
        return [sample.page_time for sample in self.samples[task]]

    @property
    def all_trips(self) -> int:
        """The round trips of all tasks together."""
        return sum(map(self.trips, TASKS))

    @property
    def all_database_time(self) -> float:
        """The medians of all tasks added up."""
        return sum(median(self.database_times(task)) for task in TASKS)

    @property
    def all_page_time(self) -> float:
        """The medians of all tasks added up."""
        return sum(median(self.page_times(task)) for task in TASKS)


@contextmanager
def with_movr(uri: str, kind: str, region: str, delay: float) -> Iterator[Traveller]:
    """Lend a rider of MovR in a region whose database is this many seconds away, one way."""
    with wire(uri) as (proxy, by_wire), new_app(by_wire, kind, region) as app:
        engine, *others = app.extensions["movr"].engines
        meter = install_meter(engine)
        for other in others:
            install_meter(other, meter)

        def visit() -> dict[str, Sample]:
            return Visit(app, meter, REGIONS[region][0].name).run()

        # The first visit connects and builds statements, so it is made without delay.
        visit()
        proxy.delay = delay
        yield Traveller(visit, _round_trip(engine, meter))


@contextmanager
def in_the_plain_way(uri: str, kind: str, region: str, delay: float) -> Iterator[Traveller]:
    """Lend a rider whose tasks are done in the plain way, over such a connection."""
    with wire(uri) as (proxy, by_wire):
        engine = create_engine(by_wire)
        if kind == STANDIN:
            install_plain_retry_savepoint(engine)
        meter = install_meter(engine)

        def visit() -> dict[str, Sample]:
            return PlainVisit(engine, meter, REGIONS[region][0].name).run()

        try:
            visit()
            proxy.delay = delay
            yield Traveller(visit, _round_trip(engine, meter))
        finally:
            engine.dispose()


def take_turns(travellers: Sequence[Traveller], visits: int, label: str) -> None:
    """Have each traveller make visits in turn, so that a slow moment affects all."""
    with progress(visits * len(travellers), label) as bar:
        for _ in range(visits):
            for traveller in travellers:
                for task, sample in traveller.visit().items():
                    traveller.samples[task].append(sample)
                bar.update(1)


def _round_trip(engine: Engine, meter: Meter) -> float:
    times = []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(_PINGS):
            meter.look()
            connection.execute(text("SELECT 1"))
            times.append(meter.look()[1])
    return median(times)
