"""The visit that is measured can be made: pages and forms are where it looks for them."""

from bench.databases import new_app
from bench.roundtrips import Meter
from bench.tasks import TASKS, Visit
from movr import MovR


def test_visits_do_all_tasks_one_after_the_other(tmp_path):
    uri = f"sqlite:///{tmp_path}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    with new_app(uri, "sqlite") as app:
        # More than the limits for one network would let through.
        for _ in range(4):
            assert set(Visit(app, Meter(), "new york").run()) == set(TASKS)
