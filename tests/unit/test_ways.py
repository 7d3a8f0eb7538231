"""The narrow way to the world: few places, and no waiting for them while nobody answers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from unittest.mock import patch

import pytest
from psycopg2.errors import SerializationFailure
from sqlalchemy.exc import OperationalError

from movr import MovR
from movr.database.engine import Limits
from movr.database.ways import PLACES, NarrowWay
from movr.errors import DatabaseUnavailable, TooMuchContention, UsernameTaken, WorldUnavailable

WITHIN_S = 30.0


@pytest.fixture
def way() -> NarrowWay:
    """A way that nobody has been on; it connects to nothing."""
    return NarrowWay("cockroachdb://movr@localhost/movr", Limits())


def use_all(way: NarrowWay) -> ExitStack:
    """Take all places, until the answer is closed."""
    taken = ExitStack()
    for _ in range(PLACES):
        taken.enter_context(way.place())
    return taken


def test_statements_to_the_world_end_before_those_at_home(way: NarrowWay):
    assert Limits().world_timeout == 2 < Limits().statement_timeout
    assert way.engine.pool.size() == PLACES == 2
    hasty = NarrowWay("cockroachdb://movr@localhost/movr", Limits(statement_timeout=0.5))
    assert hasty.again_within_s == 0.5


def test_sqlite_has_one_way_and_a_server_two(tmp_path):
    assert len(MovR(f"sqlite:///{tmp_path}/movr.db").engines) == 1
    assert len(MovR("cockroachdb://movr@localhost/movr").engines) == 2


def test_whoever_finds_all_places_taken_is_sent_away_when_no_answer_comes(way: NarrowWay):
    with use_all(way), pytest.raises(WorldUnavailable), way.place():
        pass


def test_whoever_finds_all_places_taken_gets_the_first_that_is_free(way: NarrowWay):
    waiting = Event()

    def queue() -> str:
        waiting.set()
        with way.place():
            return "got it"

    with ThreadPoolExecutor(1) as thread, use_all(way) as taken:
        queued = thread.submit(queue)
        assert waiting.wait(WITHIN_S)
        taken.close()
        assert queued.result(WITHIN_S) == "got it"


def test_nobody_waits_for_a_place_after_a_silence_until_an_answer_has_come(way: NarrowWay):
    with pytest.raises(WorldUnavailable), way.place():
        raise DatabaseUnavailable
    with use_all(way):
        waits = way._line()
    assert waits == 0
    with pytest.raises(UsernameTaken), way.place():
        raise UsernameTaken
    with use_all(way):
        assert way._line() > 0


def test_lost_race_is_not_mistaken_for_a_silence(way: NarrowWay):
    lost = OperationalError("COMMIT", {}, SerializationFailure())
    with (
        patch.object(SerializationFailure, "pgcode", "40001"),
        pytest.raises(TooMuchContention),
        way.place(),
    ):
        raise TooMuchContention from lost
    with use_all(way):
        assert way._line() > 0
