"""A transaction that loses its race at the very end, when it is released, is run again as a whole.

SQLAlchemy does not go back to the savepoint then. CockroachDB does at the next SAVEPOINT; so does
the stand-in, or whatever follows would be made part by part.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from movr import MovR
from movr.database.engine import Limits
from tests.database.backends import STANDIN, Backend
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require

WITHIN_S = 30.0


@pytest.fixture
def backend() -> Iterator[Backend]:
    require(PostgresServer.available())
    with PostgresServer() as server:
        yield Backend(STANDIN, server.uri(server.create_database()))


@pytest.fixture
def movr(backend: Backend) -> Iterator[MovR]:
    """A database of two doctors, of whom one must stay on duty: the classic of write skew."""
    movr = backend.open(Limits(max_backoff=0.01))
    with movr.engine.begin() as connection:
        connection.execute(text("CREATE TABLE doctors (id INT PRIMARY KEY, on_duty BOOLEAN)"))
        connection.execute(text("INSERT INTO doctors VALUES (1, true), (2, true)"))
    yield movr
    movr.engine.dispose()


class MustStay(Exception):
    """The other doctor has left already."""


class Leaving:
    """Both doctors ask to leave at the same moment: each sees the other on duty."""

    def __init__(self) -> None:
        self._both = Barrier(2)
        self.attempts: list[int] = []

    def leave(self, session: Session, doctor: int) -> None:
        """Leave, then look whether that is allowed: what has been written must be undone."""
        self.attempts.append(doctor)
        set_off_duty = text("UPDATE doctors SET on_duty = false WHERE id = :id")
        session.execute(set_off_duty, {"id": doctor})
        remaining = session.scalars(text("SELECT count(*) FROM doctors WHERE on_duty")).one()
        if self.attempts.count(doctor) == 1:
            self._both.wait(WITHIN_S)
        if remaining == 0:
            raise MustStay


def test_loser_at_the_release_is_run_again_and_undone_as_a_whole(backend: Backend, movr: MovR):
    leaving = Leaving()

    def leave(doctor: int) -> bool:
        try:
            movr._write(leaving.leave, doctor)
        except MustStay:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        left = list(threads.map(leave, (1, 2)))
    assert sorted(left) == [False, True]
    assert len(leaving.attempts) == 3
    assert backend.retries_of(movr) == 1
    with movr.engine.connect() as connection:
        on_duty = connection.scalars(text("SELECT on_duty FROM doctors ORDER BY id")).all()
    assert list(on_duty) == [not each for each in left]
