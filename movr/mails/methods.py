"""The methods of MovR for mails: which are due, and who sends them when.

A mail is written with the change that promises it (`new_mail`, `promise`) and sent after the
commit, at least once. What it says is in web/mail_texts.py.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, overload
from uuid import UUID, uuid4

from movr import clock
from movr.database import Database
from movr.database.methods import reads, writes_one
from movr.kinds import MailKind
from movr.mails import queries, transactions
from movr.records import ForgottenRide, Mail

# What is between an attempt and the next. The first is also the time that a process has to send a
# mail before another one may: several times what a mail server is waited for.
_PAUSES: Final = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)


@overload
def new_mail(city: str, user_id: UUID, kind: MailKind, language: str) -> Mail: ...
@overload
def new_mail(city: str, user_id: UUID, kind: MailKind, language: str | None) -> Mail | None: ...
def new_mail(city: str, user_id: UUID, kind: MailKind, language: str | None) -> Mail | None:
    """Return a mail to promise, to be sent at once; None without a language."""
    if language is None:
        return None
    return Mail(city, uuid4(), user_id, kind, language, clock.now())


def note_of_change(
    city: str, user_id: UUID, language: str | None, former_address: str | None
) -> Mail | None:
    """Return a mail that tells a former address, if there is one, that it is none any more."""
    mail = new_mail(city, user_id, MailKind.ADDRESS_CHANGED, language)
    return replace(mail, to_address=former_address) if mail and former_address else None


class MailMethods(Database):
    """What MovR can do with mails."""

    remove_mail = writes_one(transactions.remove_mail_txn)
    get_forgotten_rides = reads(queries.get_forgotten_rides_txn)

    def get_due_mails(self, *, city: str) -> tuple[Mail, ...]:
        """Return mails to users of a city that are to be sent now, some at a time."""
        return self._read(queries.get_due_mails_txn, city=city, now=clock.now())

    def ask_to_confirm(self, *, city: str, user_id: UUID, mail_in: str) -> None:
        """Promise a mail that asks for the address of an account to be confirmed."""
        mail = new_mail(city, user_id, MailKind.CONFIRM_ADDRESS, mail_in)
        self._write(transactions.add_mail_txn, mail=mail)

    def ask_if_riding(self, ride: ForgottenRide) -> bool:
        """Promise a rider a mail that asks whether a ride goes on.

        Returns False if it has ended, or another process has promised the mail.
        """
        mail = new_mail(ride.rider_city, ride.rider_id, MailKind.RIDE_FORGOTTEN, ride.language)
        return self._write(
            transactions.ask_if_riding_txn, city=ride.city, ride_id=ride.id, mail=mail
        )

    def claim_mail(self, mail: Mail) -> bool:
        """Take a mail to send it; False if another process has taken it.

        Whoever cannot send it leaves it: it is due again after a pause that grows. (So it is if the
        database's answer is lost, and False is what a second try returns.)
        """
        now = clock.now()
        return self._write_one(
            transactions.claim_mail_txn,
            city=mail.city,
            mail_id=mail.id,
            attempts=mail.attempts,
            now=now,
            next_time=_next_time(mail, now),
        )


def _next_time(mail: Mail, now: datetime) -> datetime:
    return now + _PAUSES[min(mail.attempts, len(_PAUSES) - 1)]
