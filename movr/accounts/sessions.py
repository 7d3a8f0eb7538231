"""A rider's sessions as a text on the rider's own row: in Python, and in the SQL that changes it.

Each session takes the same number of characters and the newest comes first. So a single statement,
with no look before it, begins, notes or ends one; two of them at once undo nothing of each other;
and it is the same text on every database.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, Integer, String, func, literal, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

from movr.records import Lengths, LoginSession

MAX_SESSIONS: Final = 10
"""Whoever logs in once more is logged out where they have logged in first."""

# An id without its dashes and a day as ISO 8601 has it; the others are filled up with blanks.
_ID: Final = 32
_DAY: Final = 10
_WIDTH: Final = _ID + _DAY + Lengths.BROWSER + Lengths.CITY


class LoginSessions(TypeDecorator[tuple[LoginSession, ...]]):
    """The column that holds a rider's sessions."""

    impl = String(MAX_SESSIONS * _WIDTH)
    cache_ok = True

    def process_bind_param(
        self, value: Iterable[LoginSession] | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else "".join(map(_text_of, value))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[LoginSession, ...] | None:
        if value is None:
            return None
        return tuple(_read(value[at : at + _WIDTH]) for at in range(0, len(value), _WIDTH))


def _text_of(session: LoginSession) -> str:
    browser, city = session.browser[: Lengths.BROWSER], session.city[: Lengths.CITY]
    return (
        f"{session.id.hex}{session.last_seen.isoformat()}"
        f"{browser:{Lengths.BROWSER}}{city:{Lengths.CITY}}"
    )


def _read(text: str) -> LoginSession:
    names = text[_ID + _DAY :]
    return LoginSession(
        id=UUID(text[:_ID]),
        last_seen=date.fromisoformat(text[_ID : _ID + _DAY]),
        browser=names[: Lengths.BROWSER].rstrip(),
        city=names[Lengths.BROWSER :].rstrip(),
    )


class position(GenericFunction[int]):
    """Where the second text begins in the first, from 1; 0 if it is not in it."""

    type = Integer()
    inherit_cache = True


@compiles(position)
def _strpos(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(position, "sqlite")
def _instr(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def has_session(column: Any, session_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a session is live."""
    return _place_of(column, session_id) > 0


def with_session(column: Any, session: LoginSession) -> ColumnElement[str]:
    """Return the sessions with one more; where they are too many, the oldest is not among them."""
    text = _text_of(session)
    # Run again after an answer that was lost, it does not begin the session twice.
    others = func.replace(_plain(column), text, "")
    return func.substr(literal(text).concat(others), 1, MAX_SESSIONS * _WIDTH)


def with_session_seen(column: Any, session_id: UUID, day: date) -> ColumnElement[str]:
    """Return the sessions with one, that is among them, last seen on this day."""
    texts, at = _plain(column), _place_of(column, session_id)
    before, after = func.substr(texts, 1, at + _ID - 1), func.substr(texts, at + _ID + _DAY)
    return before.concat(day.isoformat()).concat(after)


def without_session(column: Any, session_id: UUID) -> ColumnElement[str]:
    """Return the sessions but for one, which is among them."""
    texts, at = _plain(column), _place_of(column, session_id)
    return func.substr(texts, 1, at - 1).concat(func.substr(texts, at + _WIDTH))


def _plain(column: Any) -> ColumnElement[str]:
    return type_coerce(column, String())


def _place_of(column: Any, session_id: UUID) -> position:
    return position(_plain(column), session_id.hex)
