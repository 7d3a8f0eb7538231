"""What an engine sends to its database, statement by statement: each is one round trip."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event


@dataclass(frozen=True)
class Sent:
    """One statement, with its parameters and, where SQLAlchemy made it, what it was made from."""

    text: str
    parameters: Any = None
    source: Any = None

    def __repr__(self) -> str:
        return " ".join(self.text.split())


@contextmanager
def recorded(engine: Engine) -> Iterator[list[Sent]]:
    """`with recorded(movr.engine) as sent: ...` - BEGIN, SAVEPOINT, COMMIT and the like included.

    test_round_trips.py holds this list against the server's own.
    """
    sent: list[Sent] = []

    def executes(
        connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool
    ) -> None:
        # On SQLite the BEGIN is executed by a listener of the engine; it is in the list already.
        if not text.startswith("BEGIN"):
            sent.append(Sent(text, parameters, getattr(context, "compiled", None)))

    def ends_a_block(word: str) -> Any:
        def listener(connection: Connection) -> None:
            # SQLAlchemy goes through these motions in AUTOCOMMIT too, but nothing is sent then.
            if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
                sent.append(Sent(word))

        return listener

    # SAVEPOINT and RELEASE are executed like any statement, so their own events would count twice.
    listeners = {
        "before_cursor_execute": executes,
        **{word.lower(): ends_a_block(word) for word in ("BEGIN", "COMMIT", "ROLLBACK")},
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
