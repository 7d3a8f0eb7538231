"""The writes of login sessions: beginning one, noting that it was seen, ending one or all."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from movr.accounts.sessions import has_session, with_session, with_session_seen, without_session
from movr.database.statements import change_one
from movr.errors import NotFound
from movr.models import ACCOUNT_OPEN
from movr.models import User as Users
from movr.records import LoginSession


def begin_session_txn(
    session: Session, *, city: str, user_id: UUID, session_epoch: int, login: LoginSession
) -> NotFound | None:
    """Begin a session, unless all have ended since the password was checked."""
    begun = change_one(
        session,
        update(Users)
        .where(
            Users.city == city,
            Users.id == user_id,
            ACCOUNT_OPEN,
            Users.session_epoch == session_epoch,
        )
        .values(sessions=with_session(Users.sessions, login))
        .returning(Users.id),
    )
    return NotFound("user") if begun is None else None


def note_session_txn(
    session: Session, *, city: str, user_id: UUID, session_id: UUID, day: date
) -> None:
    """Note the day when a session was last seen, unless it has ended."""
    _change_session(
        session, city, user_id, session_id, with_session_seen(Users.sessions, session_id, day)
    )


def end_session_txn(session: Session, *, city: str, user_id: UUID, session_id: UUID) -> None:
    """Log a user out on one device; a session that has ended stays so."""
    _change_session(session, city, user_id, session_id, without_session(Users.sessions, session_id))


def _change_session(
    session: Session,
    city: str,
    user_id: UUID,
    session_id: UUID,
    sessions: ColumnElement[str],
) -> None:
    change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, has_session(Users.sessions, session_id))
        .values(sessions=sessions)
        .returning(Users.id),
    )


def end_sessions_txn(session: Session, *, city: str, user_id: UUID) -> None:
    """Log a user out everywhere: every login cookie is void."""
    change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, ACCOUNT_OPEN)
        .values(session_epoch=Users.session_epoch + 1, sessions=())
        .returning(Users.id),
    )
