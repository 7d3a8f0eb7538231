"""How an email address is written for the mail server, and which can be written."""

from typing import Final

from email_validator import EmailNotValidError, validate_email

ENCODED_WORD: Final = "=?"
"""In a header this begins a word in another encoding (RFC 2047).

It is read as what it encodes, such as another address, or the end of the line.
"""


def is_same_mailbox(one: str, other: str) -> bool:
    """Return whether two addresses are the same, whatever the case of their domains."""
    return _with_plain_domain(one) == _with_plain_domain(other)


def _with_plain_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def sent_to(address: str) -> str:
    """Return an address with its domain in ASCII, as mail servers want it; raises ValueError.

    Accounts may be older than a rule of the form, so it need not be good.
    """
    if ENCODED_WORD in address:
        raise ValueError("would be read as another one")
    try:
        valid = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("is none") from None
    return f"{valid.local_part}@{valid.ascii_domain}"
