"""Visits over wires of different lengths, taking turns, and what all of them took together."""

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
from tests.support.standin import install_retry_savepoint

_PINGS = 11


@dataclass(frozen=True, slots=True)
class Traveller:
    """Somebody who makes visits over one wire. The round trip on it is in seconds, as measured."""

    visit: Callable[[], dict[str, Sample]]
    round_trip: float
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {task: [] for task in TASKS})

    def trips(self, task: str) -> int:
        """Return the round trips of a task; where a retry has made it more once, those without."""
        return min(sample.trips for sample in self.samples[task])

    def database_times(self, task: str) -> list[float]:
        """Return the seconds for which a task waited for the database, in each visit."""
        return [sample.database_time for sample in self.samples[task]]

    def page_times(self, task: str) -> list[float]:
        """Return the seconds until the page was there, in each visit."""
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
    """Lend a rider of MovR in a region whose database is so many seconds away, one way."""
    with wire(uri) as (proxy, by_wire), new_app(by_wire, kind, region) as app:
        engine, *others = app.extensions["movr"].engines
        meter = install_meter(engine)
        for other in others:
            install_meter(other, meter)

        def visit() -> dict[str, Sample]:
            return Visit(app, meter, REGIONS[region][0].name).run()

        # The first visit connects and puts statements together: this is done without distance.
        visit()
        proxy.delay = delay
        yield Traveller(visit, _round_trip(engine, meter))


@contextmanager
def in_the_plain_way(uri: str, kind: str, region: str, delay: float) -> Iterator[Traveller]:
    """Lend a rider whose tasks are done in the plain way, over such a wire."""
    with wire(uri) as (proxy, by_wire):
        engine = create_engine(by_wire)
        if kind == STANDIN:
            install_retry_savepoint(engine)
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
    """Let each make so many visits, in turn, so that a slow moment of the machine meets all."""
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
