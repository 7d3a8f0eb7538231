"""How callbacks speak to a database: what reads go through, and how a transaction writes."""

from typing import Any, Final

from sqlalchemy import Connection, Executable, Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from movr.database.batching import NEEDS_NO_ANSWER

Reader = Connection | Session
"""What a SELECT is sent through: a connection, or the session of a transaction."""

CHANGED: Final = "movr_changed"
"""The key of `Session.info` that is set once an update has found its row."""


def change_one(session: Session, statement: ReturningUpdate[Any]) -> Row[Any] | None:
    """Run an update of at most one row and return what it hands back, None if no row qualified."""
    row = session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    if row is not None:
        session.info[CHANGED] = True
    return row


def follow_up(session: Session, statement: Executable) -> None:
    """Run an update or insert that nothing can refuse any more; it is sent with what comes next."""
    session.execute(
        statement, execution_options={"synchronize_session": False, NEEDS_NO_ANSWER: True}
    )
