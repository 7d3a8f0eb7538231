"""The reads of mails: those whose turn it is, and the rides that riders are asked about."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from movr.cursors import PAGE_SIZE
from movr.database.reading import Reader, rows
from movr.kinds import MailKind
from movr.models import RUNNING
from movr.models import Mail as Mails
from movr.models import Ride as Rides
from movr.records import ForgottenRide, Mail

_DUE: Final = (
    select(
        *(Mails.city, Mails.id, Mails.user_id, Mails.kind, Mails.language),
        *(Mails.created_time, Mails.attempts, Mails.to_address),
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
    found = rows(reader, _DUE, {"city": city, "now": now})
    return tuple(
        Mail(mail_city, mail_id, user_id, MailKind(kind), *rest)
        for mail_city, mail_id, user_id, kind, *rest in found
    )


_BEFORE_ALL: Final = UUID(int=0)

# Along the index of the running rides, of which a city has no more than it has vehicles.
_FORGOTTEN: Final = (
    select(
        *(Rides.city, Rides.id, Rides.vehicle_id),
        *(Rides.rider_city, Rides.rider_id, Rides.note_in),
    )
    .where(
        Rides.city == bindparam("city"),
        Rides.vehicle_id > bindparam("after"),
        RUNNING,
        Rides.start_time <= bindparam("started_by"),
        Rides.note_in.is_not(None),
    )
    .order_by(Rides.vehicle_id)
    .limit(PAGE_SIZE)
)


def get_forgotten_rides_txn(
    reader: Reader, *, city: str, started_by: datetime, after: UUID = _BEFORE_ALL
) -> tuple[ForgottenRide, ...]:
    """Return running rides in a city, some at a time, whose riders are to be asked about them.

    They are sorted by the vehicle; the next ones come `after` the last one's.
    """
    values = {"city": city, "started_by": started_by, "after": after}
    return tuple(ForgottenRide(*row) for row in rows(reader, _FORGOTTEN, values))
