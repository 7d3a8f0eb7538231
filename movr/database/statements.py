"""How callbacks use a database: the rules, and how a transaction writes.

Reads are in the queries.py of each subject, writes in its transactions.py, as callbacks `*_txn`. A
callback returns a refusal as a domain error; the method of MovR raises it.

* A read is one statement, so it needs no transaction block, and it reads a bounded number of rows
  off one range of an index, whatever the size of the table. Every statement names its city, or says
  why not. Building a statement takes longer than running it, so each shape is built once, with its
  values as parameters.
* A write may run several times, so it only uses its session: no commit, no flush, no clock, no
  randomness, no hashing. Ids and times come in as arguments, and plain records come out. The rules
  are in the SQL of the first statement, which decides: what follows can no longer be refused, and a
  refusal has written nothing.
"""

from typing import Any, Final

from sqlalchemy import Executable, Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from movr.database.batching import NEEDS_NO_ANSWER

CHANGED: Final = "movr_changed"
"""The key of `Session.info` that is set once an update has found its row."""


def change_one(session: Session, statement: ReturningUpdate[Any]) -> Row[Any] | None:
    """Run an update of at most one row and return what it hands back, None if no row qualified."""
    row = session.execute(statement, execution_options={"synchronize_session": False}).one_or_none()
    if row is not None:
        session.info[CHANGED] = True
    return row


def follow_up(
    session: Session, statement: Executable, values: dict[str, Any] | None = None
) -> None:
    """Run an update or insert that can no longer be refused; it is sent with what comes next."""
    session.execute(
        statement, values, execution_options={"synchronize_session": False, NEEDS_NO_ANSWER: True}
    )
