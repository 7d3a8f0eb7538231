"""What SQLite does for a statement: the steps of its plan, and how many instructions they take."""

import itertools
from typing import Any

from movr import MovR
from tests.database.wire import Sent, recorded


def plan(movr: MovR, statement: Sent) -> list[str]:
    """The steps of the answer, in SQLite's words."""
    with movr.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters
        )
        return [row.detail for row in rows]


def plan_of(movr: MovR, method: str, **arguments: Any) -> list[str]:
    """The steps of the one statement that a read really sends."""
    with recorded(movr.engine) as sent:
        getattr(movr, method)(**arguments)
    (statement,) = sent
    return plan(movr, statement)


def costly(steps: list[str]) -> list[str]:
    """The steps that read all of a table or index, or sort."""
    return [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step]


def instructions(movr: MovR, statement: Sent) -> int:
    """How many instructions of its virtual machine SQLite runs for an answer."""
    count = itertools.count()
    with movr.engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(lambda: next(count) and None, 1)
        connection.exec_driver_sql(statement.text, statement.parameters).all()
        driver.set_progress_handler(None, 0)
    return next(count)
