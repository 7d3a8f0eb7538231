"""People of whom nothing matters but that they have an account."""

from typing import Final
from unittest.mock import patch
from uuid import uuid4

from werkzeug.security import generate_password_hash

from movr import MovR
from movr.records import User

PASSWORD: Final = "three small boats"
# Takes no time to check: what passwords are worth is hardly ever the subject.
_CHEAP_HASH: Final = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")


def new_name() -> str:
    """A username that nobody has."""
    return f"u{uuid4().hex[:12]}"


def registration(username: str, city: str) -> dict[str, str]:
    """What somebody fills in to sign up."""
    return {
        "city": city,
        "first_name": "Ada",
        "last_name": "Byron",
        "email": f"{username}@example.com",
        "username": username,
        "password": PASSWORD,
    }


def open_account(movr: MovR, city: str, username: str | None = None, **details: str) -> User:
    """Open an account past the pages; its password is PASSWORD."""
    with patch("movr.passwords.hash_password", return_value=_CHEAP_HASH):
        return movr.add_user(**registration(username or new_name(), city) | details)
