"""What an engine executes, statement by statement, and what a server gets: messages of several.

Each message is one round trip.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event

from movr.database.batching import NEEDS_NO_BLOCK, BatchingConnection


@dataclass(frozen=True)
class Sent:
    """One statement, with its parameters and, where SQLAlchemy made it, what it was made from."""

    text: str
    parameters: Any = None
    source: Any = None

    def __repr__(self) -> str:
        return " ".join(self.text.split())


@contextmanager
def recorded(*engines: Engine) -> Iterator[list[Sent]]:
    """`with recorded(*movr.engines) as sent: ...` - BEGIN, SAVEPOINT, COMMIT and such included."""
    sent: list[Sent] = []

    def executes(
        connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool
    ) -> None:
        sent.append(Sent(text, parameters, getattr(context, "compiled", None)))

    def ends_a_block(word: str) -> Any:
        def listener(connection: Connection) -> None:
            # SQLAlchemy goes through these motions without a block, too, but nothing is sent.
            if NEEDS_NO_BLOCK not in connection.get_execution_options():
                sent.append(Sent(word))

        return listener

    # SAVEPOINT and RELEASE are executed like any statement, so their own events would count twice.
    listeners = {
        "before_cursor_execute": executes,
        **{word.lower(): ends_a_block(word) for word in ("BEGIN", "COMMIT", "ROLLBACK")},
    }
    pairs = [(engine, *listener) for engine in engines for listener in listeners.items()]
    for engine, name, listener in pairs:
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for engine, name, listener in pairs:
            event.remove(engine, name, listener)


def verb(statement: str) -> str:
    """What a statement does. Only reads are prepared, so a prepared one is a SELECT."""
    if statement.startswith("ROLLBACK TO"):
        return "ROLLBACK TO"
    word = statement.split()[0]
    return "SELECT" if word in ("PREPARE", "EXECUTE") else word


@contextmanager
def messages(name: Callable[[str], str] = verb) -> Iterator[list[str]]:
    """`with messages() as sent: ...` - what any MovR of this process sends to its server.

    A message is given by the names of its statements, "BEGIN; SAVEPOINT; UPDATE", or with `str` by
    their texts. What a server has received is compared with this list in test_round_trips.py.
    """
    sent: list[str] = []
    send = BatchingConnection._send_waiting

    def send_and_note(connection: BatchingConnection, cursor: Any) -> None:
        sent.append("; ".join(name(statement.decode()) for statement in connection._waiting))
        send(connection, cursor)

    with patch.object(BatchingConnection, "_send_waiting", send_and_note):
        yield sent
