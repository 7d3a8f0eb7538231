"""The mail server: how its address is read, and how a mail is handed to it by SMTP."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

# For each answer of the server.
_TIMEOUT_S: Final = 10
_PORTS: Final = {"smtp": 587, "smtps": 465}
_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")


class MailNotSent(Exception):
    """The server has not taken a mail. The text has no address in it, as a log may have none."""


class MailServerAway(MailNotSent):
    """The server takes no mails now: it does not answer, or refuses the connection or the login."""


class MailRefused(MailNotSent):
    """The server will never take this mail: nobody has the address that it goes to."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server, with TLS from the beginning, from STARTTLS on, or without."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_smtps: bool = False
    starttls: bool = False

    @classmethod
    def at(cls, uri: str) -> "MailServer":
        """Return the server that an address names; raises ValueError."""
        parts = urlsplit(uri)
        if (
            parts.scheme not in _PORTS
            or not parts.hostname
            or parts.path not in ("", "/")
            or parts.query not in (("", "starttls") if parts.scheme == "smtp" else ("",))
            or (parts.username is None) != (parts.password is None)
        ):
            raise ValueError("is not like smtps://user:secret@host:465 or smtp://host:587?starttls")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_smtps=parts.scheme == "smtps",
            starttls=parts.query == "starttls",
        )

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what the server is sent."""
        return self.is_smtps or self.starttls or self.host in _THIS_MACHINE

    def send(self, message: EmailMessage, *, to: str, own_name: str) -> None:
        """Hand a mail to one address to the server; raises MailNotSent, by its kind."""
        try:
            with self._connected(own_name) as connection:
                _hand_over(connection, message, to)
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerAway(_in_words(error)) from error

    def _connected(self, own_name: str) -> smtplib.SMTP:
        context = ssl.create_default_context()
        connection: smtplib.SMTP
        # Without a name of ours, the library would look this machine's up, which may take long.
        if self.is_smtps:
            connection = smtplib.SMTP_SSL(
                self.host, self.port, own_name, timeout=_TIMEOUT_S, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, own_name, timeout=_TIMEOUT_S)
        try:
            if self.starttls:
                connection.starttls(context=context)
            if self.username is not None and self.password is not None:
                connection.login(self.username, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _hand_over(connection: smtplib.SMTP, message: EmailMessage, to: str) -> None:
    try:
        # Said here, so that it is nobody else's however the header is read.
        connection.send_message(message, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _reason),) = error.recipients.values()
        kind = MailRefused if code >= 500 else MailNotSent
        raise kind(f"SMTPRecipientsRefused {code}") from error
    except smtplib.SMTPNotSupportedError as error:
        # The address has letters that this server knows nothing of.
        raise MailRefused(_in_words(error)) from error
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPResponseException as error:
        raise MailNotSent(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    """Return what has happened without the server's words, which may quote an address."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


def usable_server(uri: str) -> None:
    """Raise ValueError unless this is the address of a mail server."""
    MailServer.at(uri)
