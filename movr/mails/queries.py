"""The reads of mails: those whose turn it is."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from movr.cursors import PAGE_SIZE
from movr.database.statements import Reader
from movr.models import Mail as Mails
from movr.records import Mail, MailKind

_DUE: Final = (
    select(
        *(Mails.city, Mails.id, Mails.user_id, Mails.kind, Mails.language),
        *(Mails.created_time, Mails.attempts),
    )
    .where(
        Mails.city == bindparam("city"),
        Mails.due_time <= bindparam("now"),
        # A version that is being rolled out may promise kinds that this one cannot write.
        Mails.kind.in_([kind.value for kind in MailKind]),
    )
    .order_by(Mails.due_time, Mails.id)
    .limit(PAGE_SIZE)
)


def get_due_mails_txn(reader: Reader, *, city: str, now: datetime) -> tuple[Mail, ...]:
    """Return mails to users of a city that are to be sent now, some at a time."""
    rows = reader.execute(_DUE, {"city": city, "now": now}).all()
    return tuple(Mail(row.city, row.id, row.user_id, MailKind(row.kind), *row[4:]) for row in rows)
