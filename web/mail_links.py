"""Links in mails that prove that somebody has read the mail: how they are signed and checked."""

from typing import Final, NamedTuple
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from movr.errors import ConfirmationVoid
from movr.records import User

_A_WEEK_S: Final = 7 * 24 * 3600


class Confirmation(NamedTuple):
    """Whose address a link confirms, and which."""

    city: str
    user_id: UUID
    email_hash: str


def confirmation(user: User) -> str:
    """Return the token that confirms the address that a user has now."""
    return _signer().dumps([user.city, user.id.hex, user.email_hash])


def read_confirmation(token: str) -> Confirmation:
    """Return what a token says that we have signed in the last week; raises ConfirmationVoid."""
    try:
        city, user_id, email_hash = _signer().loads(token, max_age=_A_WEEK_S)
    except BadSignature:
        raise ConfirmationVoid from None
    return Confirmation(city, UUID(user_id), email_hash)


def _signer() -> URLSafeTimedSerializer:
    config = current_app.config
    # The last one signs and all verify. The salt keeps these apart from whatever else is signed.
    keys = [*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="movr.confirm-address")
