"""The writes of mails: promising one with a change, taking one to send it, and done with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, literal, select, update
from sqlalchemy.orm import Session

from movr.database.statements import change_one, follow_up
from movr.models import ACCOUNT_OPEN, RUNNING
from movr.models import Mail as Mails
from movr.models import Ride as Rides
from movr.models import User as Users
from movr.records import Mail


def promise(session: Session, mail: Mail | None) -> None:
    """Write a mail, if there is one, in the transaction of the change that promises it."""
    if mail is not None:
        follow_up(session, insert(Mails).values(**_columns(mail)))


def _columns(mail: Mail) -> dict[str, object]:
    return {
        "city": mail.city,
        "id": mail.id,
        "user_id": mail.user_id,
        "kind": mail.kind.value,
        "language": mail.language,
        "created_time": mail.created_time,
        "due_time": mail.created_time,
        "attempts": mail.attempts,
        "to_address": mail.to_address,
    }


def add_mail_txn(session: Session, *, mail: Mail) -> None:
    """Promise a mail by itself, if there is such an account; says nothing if there is none."""
    columns, table = _columns(mail), Mails.__table__.c
    values = (literal(value, table[name].type) for name, value in columns.items())
    to_user = select(*values).where(
        exists().where(Users.city == mail.city, Users.id == mail.user_id, ACCOUNT_OPEN)
    )
    session.execute(insert(Mails).from_select(list(columns), to_user))


def ask_if_riding_txn(session: Session, *, city: str, ride_id: UUID, mail: Mail) -> bool:
    """Promise the mail that asks whether a ride goes on: once, and while it is running."""
    asked = change_one(
        session,
        update(Rides)
        .where(Rides.city == city, Rides.id == ride_id, RUNNING, Rides.note_in.is_not(None))
        .values(note_in=None)
        .returning(Rides.id),
    )
    if asked is None:
        return False
    promise(session, mail)
    return True


def claim_mail_txn(
    session: Session, *, city: str, mail_id: UUID, attempts: int, now: datetime, next_time: datetime
) -> bool:
    """Take a mail to send it, unless another process has; until `next_time` none other will."""
    claimed = change_one(
        session,
        update(Mails)
        .where(
            Mails.city == city,
            Mails.id == mail_id,
            Mails.attempts == attempts,
            Mails.due_time <= now,
        )
        .values(attempts=Mails.attempts + 1, due_time=next_time)
        .returning(Mails.id),
    )
    return claimed is not None


def remove_mail_txn(session: Session, *, city: str, mail_id: UUID) -> None:
    """Delete a mail that was sent, or that nobody will send."""
    session.execute(
        delete(Mails).where(Mails.city == city, Mails.id == mail_id),
        execution_options={"synchronize_session": False},
    )
