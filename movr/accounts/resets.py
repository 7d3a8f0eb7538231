"""Setting a new password without the old one, by a link in a mail.

The link holds a random token, of which the rider's row keeps the hash. It is made when the mail is
sent, so that no table ever holds it, and a mail that was late is still of use. It works once, for
half an hour, until a newer one is sent, until the address changes, and until all sessions are
ended, as by a new password.

Only a confirmed address gets one. Whoever has mistyped theirs when signing up has named an address
that may be a stranger's, and a link to it would hand that stranger the account.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from movr import clock, passwords
from movr.accounts import queries, transactions
from movr.database import Database
from movr.kinds import MailKind
from movr.mails.methods import new_mail
from movr.mails.transactions import add_mail_txn
from movr.records import LoginSession, User
from movr.regions import CITIES

LINK_LASTS: Final = timedelta(minutes=30)


class ResetMethods(Database):
    """What MovR can do for riders who have forgotten their password."""

    def ask_reset(self, *, username: str, cities: Sequence[str], mail_in: str) -> str:
        """Promise a link to the user with this name, if there is one; returns the city of the mail.

        Looks for the name as `authenticate` does, in `cities` first, and raises WorldUnavailable.
        Nothing that is returned, and as little as possible of the time it takes, says whether there
        is such a user: for a name that nobody has, as much is sent to the database.
        """
        username = username.lower()
        found = self._read(queries.get_credentials_txn, username=username, cities=cities)
        if found is None and set(cities) < set(CITIES):
            found = self._read_by(
                self._world, queries.get_credentials_txn, username=username, cities=None
            )
        city, user_id = (found.city, found.id) if found else (cities[0], uuid4())
        mail = new_mail(city, user_id, MailKind.RESET_PASSWORD, mail_in)
        self._write(add_mail_txn, mail=mail)
        return city

    def issue_reset(self, user: User) -> str | None:
        """Return a token that resets a user's password; None unless the address is confirmed."""
        if not user.is_confirmed:
            return None
        token = secrets.token_urlsafe()
        is_issued = self._write_one(
            transactions.issue_reset_txn,
            city=user.city,
            user_id=user.id,
            email=user.email,
            reset_hash=_hash(token),
            until=clock.now() + LINK_LASTS,
        )
        return token if is_issued else None

    def get_reset_user(self, *, city: str, user_id: UUID, token: str) -> User:
        """Return whose password a token resets; raises ResetVoid."""
        return self._read(
            queries.get_reset_user_txn,
            city=city,
            user_id=user_id,
            reset_hash=_hash(token),
            now=clock.now(),
        )

    def reset_password(
        self,
        *,
        city: str,
        user_id: UUID,
        token: str,
        new_password: str,
        session: LoginSession | None = None,
        mail_in: str | None = None,
    ) -> int:
        """Set a new password, log the user out everywhere, and in again with `session`.

        A note of it is mailed in the language `mail_in`, if there is one. Returns the session_epoch
        of new cookies; raises ResetVoid.
        """
        return self._write(
            transactions.reset_password_txn,
            city=city,
            user_id=user_id,
            reset_hash=_hash(token),
            now=clock.now(),
            new_hash=passwords.hash_password(new_password),
            sessions=() if session is None else (session,),
            mail=new_mail(city, user_id, MailKind.PASSWORD_CHANGED, mail_in),
        )


def _hash(token: str) -> str:
    """Return what is kept of a token. It is random, so that a fast hash does."""
    return sha256(token.encode(errors="replace")).hexdigest()
