"""The methods of MovR for accounts. Passwords are hashed and checked here, between transactions."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from hmac import compare_digest
from typing import Self
from uuid import UUID

from movr import clock, passwords
from movr.accounts import queries, session_transactions, transactions
from movr.accounts.ids import new_account_id
from movr.database import Database
from movr.database.database import accepted
from movr.database.methods import reads_a_city, reads_now, writes, writes_one
from movr.errors import ConfirmationVoid, NotFound, WorldUnavailable, WrongPassword
from movr.kinds import MailKind
from movr.mails.methods import new_mail, note_of_change
from movr.records import LoginSession, User
from movr.regions import CITIES


class AccountMethods(Database):
    """What MovR can do with accounts."""

    get_user = reads_now(queries.get_user_txn)
    get_users = reads_a_city(queries.get_users_txn)
    note_session = writes_one(session_transactions.note_session_txn)
    end_session = writes_one(session_transactions.end_session_txn)
    end_sessions = writes(session_transactions.end_sessions_txn)

    def asking_for_user(self, *, city: str, user_id: UUID) -> tuple[Self, Callable[[], User]]:
        """Return a MovR whose next read at home takes the look-up of a user along: one round trip.

        Also returns what gives the user as get_user does, after that read; without one, it reads
        by itself.
        """
        look_up = queries.look_up_of(clock.now(), city, user_id)

        def user() -> User:
            if look_up.rows is None:
                return self.get_user(city=city, user_id=user_id)
            return accepted(queries.user_in(look_up.rows))

        return self._accompanied_by(look_up), user

    def add_user(
        self,
        *,
        city: str,
        first_name: str,
        last_name: str,
        email: str,
        username: str,
        password: str,
        session: LoginSession | None = None,
        mail_in: str | None = None,
    ) -> User:
        """Open an account in a city and return it, logged in if there is a session.

        A mail in the language `mail_in`, if there is one, asks for the address to be confirmed.
        Usernames are case-insensitive and globally unique. Raises UsernameTaken, NotFound (the
        city), and WorldUnavailable unless every region confirms that the username is free.
        """
        if city not in CITIES:
            raise NotFound("city")
        user = User(
            city=city,
            id=new_account_id(clock.now()),
            username=username.lower(),
            first_name=first_name,
            last_name=last_name,
            email=email,
            is_owner=False,
            session_epoch=0,
            ride_count=0,
            time_ridden=timedelta(0),
            ridden_in=(),
            sessions=_just(session),
            confirmed_hash=None,
            active_ride=None,
        )
        self._write_by(
            self._world,
            transactions.add_user_txn,
            city=user.city,
            user_id=user.id,
            first_name=user.first_name,
            last_name=user.last_name,
            email=user.email,
            username=user.username,
            password_hash=passwords.hash_password(password),
            sessions=user.sessions,
            mail=new_mail(city, user.id, MailKind.CONFIRM_ADDRESS, mail_in),
        )
        return user

    def change_user(
        self,
        *,
        city: str,
        user_id: UUID,
        first_name: str,
        last_name: str,
        email: str,
        password: str | None = None,
        mail_in: str | None = None,
        former_address: str | None = None,
    ) -> None:
        """Edit the profile of an account; only whoever has the password may change the address.

        A mail in the language `mail_in`, if there is one, asks for the address to be confirmed, and
        another one tells `former_address`, if it was. Raises NotFound and WrongPassword.
        """
        old_hash = None if password is None else self._checked_hash(city, user_id, password)
        self._write(
            transactions.change_user_txn,
            city=city,
            user_id=user_id,
            password_hash=old_hash,
            first_name=first_name,
            last_name=last_name,
            email=email,
            mail=new_mail(city, user_id, MailKind.CONFIRM_ADDRESS, mail_in),
            note=note_of_change(city, user_id, mail_in, former_address),
        )

    def confirm_email(self, *, city: str, user_id: UUID, email_hash: str) -> str:
        """Note that the address with this hash is confirmed, and return it.

        Raises ConfirmationVoid if the account is closed or has another address by now.
        """
        user = self.get_user(city=city, user_id=user_id)
        if not compare_digest(user.email_hash, email_hash):
            raise ConfirmationVoid
        self._write_one(
            transactions.confirm_email_txn,
            city=city,
            user_id=user_id,
            email=user.email,
            email_hash=email_hash,
        )
        return user.email

    def authenticate(
        self, *, username: str, password: str, cities: Sequence[str]
    ) -> tuple[str, UUID, int] | None:
        """Return (city, id, session_epoch) of the user with this name and password, or None.

        Looks in `cities` first, so that only a wrong login, or one away from home, asks other
        regions; raises WorldUnavailable if they do not respond. An unknown username takes as long
        as a wrong password: both cost the same look-ups and one check.
        """
        username = username.lower()
        found = self._read(queries.get_credentials_txn, username=username, cities=cities)
        if found is not None and passwords.password_matches(found.password_hash, password):
            return found.city, found.id, found.session_epoch
        away = None
        if set(cities) < set(CITIES):
            try:
                away = self._read_by(
                    self._world, queries.get_credentials_txn, username=username, cities=None
                )
            except WorldUnavailable:
                if found is None:
                    passwords.pretend_to_check(password)
                raise
        if found is not None:
            return None
        if away is None:
            passwords.pretend_to_check(password)
        elif passwords.password_matches(away.password_hash, password):
            return away.city, away.id, away.session_epoch
        return None

    def begin_session(
        self, *, city: str, user_id: UUID, session_epoch: int, session: LoginSession
    ) -> None:
        """Log in a user whose password was right; of more than ten sessions, the oldest ends.

        Raises NotFound if all sessions were ended since `session_epoch` was read.
        """
        self._write_one(
            session_transactions.begin_session_txn,
            city=city,
            user_id=user_id,
            session_epoch=session_epoch,
            login=session,
        )

    def change_password(
        self,
        *,
        city: str,
        user_id: UUID,
        old_password: str,
        new_password: str,
        session: LoginSession | None = None,
        mail_in: str | None = None,
    ) -> int:
        """Replace a password, log the user out everywhere, and in again with `session`.

        A note of it is mailed in the language `mail_in`, if there is one. Returns the session_epoch
        of new cookies; raises NotFound and WrongPassword.
        """
        old_hash = self._checked_hash(city, user_id, old_password)
        return self._write(
            transactions.change_password_txn,
            city=city,
            user_id=user_id,
            old_hash=old_hash,
            new_hash=passwords.hash_password(new_password),
            sessions=_just(session),
            mail=new_mail(city, user_id, MailKind.PASSWORD_CHANGED, mail_in),
        )

    def remove_user(self, *, city: str, user_id: UUID, password: str) -> None:
        """Close an account: personal data is cleared, past rides stay.

        Raises NotFound, WrongPassword, RideRunning and OwnsVehicles.
        """
        self._write(
            transactions.remove_user_txn,
            city=city,
            user_id=user_id,
            password_hash=self._checked_hash(city, user_id, password),
        )

    def _checked_hash(self, city: str, user_id: UUID, password: str) -> str:
        """Return the hash that this password matches; raises NotFound and WrongPassword.

        Checking is slow, so it happens between transactions. The statement that relies on it
        compares the hash again.
        """
        password_hash = self._read(queries.get_password_hash_txn, city=city, user_id=user_id)
        if not passwords.password_matches(password_hash, password):
            raise WrongPassword
        return password_hash


def _just(session: LoginSession | None) -> tuple[LoginSession, ...]:
    return () if session is None else (session,)
