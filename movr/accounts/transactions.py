"""The writes of accounts: sign-up, sessions, changes, and closing."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from movr.accounts.queries import get_password_hash_txn, may_reset
from movr.database.statements import change_one, follow_up
from movr.errors import (
    ConfirmationVoid,
    NotFound,
    OwnsVehicles,
    ResetVoid,
    RideRunning,
    WrongPassword,
)
from movr.mails.transactions import promise
from movr.models import ACCOUNT_OPEN, PAUSED, SHARED
from movr.models import Mail as Mails
from movr.models import User as Users
from movr.models import Vehicle as Vehicles
from movr.records import LoginSession, Mail
from movr.reservations.conditions import noted

_NO_RESET: Final = {"reset_hash": None, "reset_epoch": None, "reset_until": None}


def add_user_txn(
    session: Session,
    *,
    city: str,
    user_id: UUID,
    first_name: str,
    last_name: str,
    email: str,
    username: str,
    password_hash: str,
    sessions: tuple[LoginSession, ...],
    mail: Mail | None = None,
) -> None:
    """Write a new account; violates uq_users_username if the username is taken in any city."""
    session.execute(
        insert(Users).values(
            city=city,
            id=user_id,
            first_name=first_name,
            last_name=last_name,
            email=email,
            username=username,
            password_hash=password_hash,
            is_owner=False,
            session_epoch=0,
            sessions=sessions,
        )
    )
    promise(session, mail)


def change_user_txn(
    session: Session,
    *,
    city: str,
    user_id: UUID,
    password_hash: str | None = None,
    first_name: str,
    last_name: str,
    email: str,
    mail: Mail | None = None,
    note: Mail | None = None,
) -> NotFound | WrongPassword | None:
    """Edit the profile of an account, if this is still its password, or its address.

    With the password, a link to a new one is void: it was sent to the address of before.
    """
    allowed, and_also = Users.email == email, {}
    if password_hash is not None:
        allowed, and_also = Users.password_hash == password_hash, _NO_RESET
    changed = change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, ACCOUNT_OPEN, allowed)
        .values(first_name=first_name, last_name=last_name, email=email, **and_also)
        .returning(Users.id),
    )
    if changed is not None:
        promise(session, mail)
        promise(session, note)
        return None
    hash_now = get_password_hash_txn(session, city=city, user_id=user_id)
    return hash_now if isinstance(hash_now, NotFound) else WrongPassword()


def confirm_email_txn(
    session: Session, *, city: str, user_id: UUID, email: str, email_hash: str
) -> ConfirmationVoid | None:
    """Note that an address is confirmed, if the account still has it."""
    confirmed = change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, Users.email == email)
        .values(confirmed_hash=email_hash)
        .returning(Users.id),
    )
    return ConfirmationVoid() if confirmed is None else None


def change_password_txn(
    session: Session,
    *,
    city: str,
    user_id: UUID,
    old_hash: str,
    new_hash: str,
    sessions: tuple[LoginSession, ...],
    mail: Mail | None = None,
) -> int | WrongPassword:
    """Replace a password, if it is still the old one, and all sessions, and promise a mail.

    Returns the session_epoch of new cookies; older ones are void.
    """
    changed = change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, Users.password_hash == old_hash)
        .values(password_hash=new_hash, session_epoch=Users.session_epoch + 1, sessions=sessions)
        .returning(Users.session_epoch),
    )
    if changed is None:
        return WrongPassword()
    promise(session, mail)
    session_epoch: int = changed.session_epoch
    return session_epoch


def issue_reset_txn(
    session: Session, *, city: str, user_id: UUID, email: str, reset_hash: str, until: datetime
) -> bool:
    """Note the newest token that resets a password, if the account still has the address."""
    issued = change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, Users.email == email)
        .values(reset_hash=reset_hash, reset_epoch=Users.session_epoch, reset_until=until)
        .returning(Users.id),
    )
    return issued is not None


def reset_password_txn(
    session: Session,
    *,
    city: str,
    user_id: UUID,
    reset_hash: str,
    now: datetime,
    new_hash: str,
    sessions: tuple[LoginSession, ...],
    mail: Mail | None,
) -> int | ResetVoid:
    """Set a new password and all sessions by a token, which is void from then on.

    Returns the session_epoch of new cookies; older ones are void.
    """
    changed = change_one(
        session,
        update(Users)
        .where(Users.city == city, Users.id == user_id, ACCOUNT_OPEN, may_reset(reset_hash, now))
        .values(
            password_hash=new_hash,
            session_epoch=Users.session_epoch + 1,
            sessions=sessions,
            **_NO_RESET,
        )
        .returning(Users.session_epoch),
    )
    if changed is None:
        return ResetVoid()
    promise(session, mail)
    session_epoch: int = changed.session_epoch
    return session_epoch


def remove_user_txn(
    session: Session, *, city: str, user_id: UUID, password_hash: str
) -> NotFound | WrongPassword | RideRunning | OwnsVehicles | None:
    """Close an account, if this is still its password: clear personal data, keep the row.

    What was to be mailed to it is deleted. A vehicle that it has reserved stays so until the time
    is over. To free it would lock its row after the rider's, and so wait in a circle with the start
    of a ride.
    """
    # Two look-ups, because each condition has its index.
    has_vehicles = or_(
        *(
            exists().where(Vehicles.city == city, Vehicles.owner_id == user_id, condition)
            for condition in (SHARED, PAUSED)
        )
    )
    closed = change_one(
        session,
        update(Users)
        .where(
            Users.city == city,
            Users.id == user_id,
            ACCOUNT_OPEN,
            Users.password_hash == password_hash,
            Users.active_ride_id.is_(None),
            ~has_vehicles,
        )
        .values(
            first_name=None,
            last_name=None,
            email=None,
            username=None,
            password_hash=None,
            confirmed_hash=None,
            **_NO_RESET,
            session_epoch=Users.session_epoch + 1,
            sessions=(),
            **noted(None, None, None),
        )
        .returning(Users.id),
    )
    if closed is not None:
        follow_up(session, delete(Mails).where(Mails.city == city, Mails.user_id == user_id))
        return None
    hash_now = get_password_hash_txn(session, city=city, user_id=user_id)
    if isinstance(hash_now, NotFound):
        return hash_now
    if hash_now != password_hash:
        return WrongPassword()
    is_riding = session.execute(
        select(Users.active_ride_id.is_not(None)).where(Users.city == city, Users.id == user_id)
    ).scalar_one()
    return RideRunning() if is_riding else OwnsVehicles()
