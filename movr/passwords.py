"""Passwords: which are too common, hashing, and checking.

Hashing and checking take about a tenth of a second each, on purpose. Never call them inside a
transaction: a retry would do it again while holding a connection.
"""

from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash
from zxcvbn.frequency_lists import FREQUENCY_LISTS

# Only the list: the time of zxcvbn's own estimate grows with the length of the password.
_COMMON: Final = frozenset(FREQUENCY_LISTS["passwords"])

# The hash of a random password that was thrown away: no password matches it.
UNMATCHABLE_HASH: Final = (
    "scrypt:32768:8:1$WdP522tbLNFEBRna$"
    "be33e3ce5e30dbcbf1c31e83460c026fbed684941b0fb19885eec71dfb64a9c7"
    "87362044edd6114228ebd148db88c6b5f8f5fc8f858ebe877fc2a785bc5216cb"
)


def is_common(password: str) -> bool:
    """Return whether this is one of the 30,000 most common passwords (case-insensitive).

    11,611 of them have eight characters or more.
    """
    return password.lower() in _COMMON


def hash_password(password: str) -> str:
    """Return a salted scrypt hash."""
    return generate_password_hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    """Return whether this is the password that was hashed."""
    return check_password_hash(password_hash, password)


def pretend_to_check(password: str) -> None:
    """Do the work of a check, so that an unknown username takes as long as a known one."""
    check_password_hash(UNMATCHABLE_HASH, password)
