"""Who a login cookie says its holder is.

Only MovR can have written it, but only the account's own row says whether it is still true: see
sessions.py.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from flask import g, session

from movr.regions import CITIES

# Flask-Login's own key, which older versions also write.
_USER: Final = "_user_id"
# Outside of it, so that containers of a version without sessions accept the cookie during a
# rollout.
_SESSION: Final = "session_id"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a login cookie says: the city and id of an account, and more to confirm it by.

    One without a session id is from an older version, and valid until all sessions are ended.
    """

    city: str
    id: UUID
    session_epoch: int
    session_id: UUID | None = None

    def __str__(self) -> str:
        return f"{self.city}/{self.id}/{self.session_epoch}"


def claimed_login() -> Claim | None:
    """Return what the login cookie of this request says; None without one, or if it says nothing.

    Whether it is true by now, it does not say.
    """
    held, session_id = session.get(_USER), session.get(_SESSION)
    is_text = isinstance(held, str) and isinstance(session_id, str | None)
    return _claim_in(held, session_id) if is_text else None


@lru_cache(4096)  # A cookie comes again with every request.
def _claim_in(held: str, session_id: str | None) -> Claim | None:
    try:
        city, user_id, epoch = held.split("/")
        return (
            Claim(city, UUID(user_id), int(epoch), None if session_id is None else UUID(session_id))
            if city in CITIES
            else None
        )
    except ValueError:
        return None


def claimed_home() -> str | None:
    """Return the home city of the rider whom the login cookie names; None once that is void."""
    holder = g.get("_login_user")
    if holder is None:
        claim = claimed_login()
        return claim.city if claim else None
    return holder.claim.city if holder.is_authenticated else None


def write_session_id(session_id: UUID) -> None:
    """Write into the login cookie of the response which of the account's sessions is its own."""
    session[_SESSION] = session_id.hex
