"""`change_one`: how every transaction changes a row that may not qualify."""

from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

CHANGED: Final = "movr_changed"
"""The key of `Session.info` that is set once an update has found its row."""


def change_one(session: Session, statement: ReturningUpdate[Any]) -> Row[Any] | None:
    """Run an update of at most one row and return what it hands back, None if no row qualified."""
    row = session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    if row is not None:
        session.info[CHANGED] = True
    return row
