"""A rider's sessions as a text on the rider's own row: in Python, and in the SQL that changes it.

Each session takes the same number of characters, and the newest comes first. So one statement,
without a read before it, begins, notes or ends a session; concurrent ones do not overwrite each
other; and the text is the same on every database.
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

from movr.records import LoginSession
from movr.rules import Lengths

MAX_SESSIONS: Final = 10
"""One more login ends the oldest session."""

# An id without dashes and an ISO 8601 date; the other fields are padded with blanks.
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
    """The position of the second text in the first, from 1; 0 if it is not there."""

    type = Integer()
    inherit_cache = True


@compiles(position)
def _strpos(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(position, "sqlite")
def _instr(element: position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def has_session(column: Any, session_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a session has not ended."""
    return _place_of(column, session_id) > 0


def with_session(column: Any, session: LoginSession) -> ColumnElement[str]:
    """Return the sessions with a new one, without the oldest if there are too many."""
    text = _text_of(session)
    # Run again after a lost response, it does not begin the session twice.
    others = func.replace(_plain(column), text, "")
    return func.substr(literal(text).concat(others), 1, MAX_SESSIONS * _WIDTH)


def with_session_seen(column: Any, session_id: UUID, day: date) -> ColumnElement[str]:
    """Return the sessions, with one of them last seen on this day."""
    texts, at = _plain(column), _place_of(column, session_id)
    before, after = func.substr(texts, 1, at + _ID - 1), func.substr(texts, at + _ID + _DAY)
    return before.concat(day.isoformat()).concat(after)


def without_session(column: Any, session_id: UUID) -> ColumnElement[str]:
    """Return the sessions without one of them."""
    texts, at = _plain(column), _place_of(column, session_id)
    return func.substr(texts, 1, at - 1).concat(func.substr(texts, at + _WIDTH))


def _plain(column: Any) -> ColumnElement[str]:
    return type_coerce(column, String())


def _place_of(column: Any, session_id: UUID) -> position:
    return position(_plain(column), session_id.hex)
