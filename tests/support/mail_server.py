"""A real SMTP server on loopback, in a thread: it keeps what it gets, and refuses by order."""

import asyncio
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.loopback import HOST, free_port
from tests.support.processes import wait_until


class MailServer:
    """Takes mails on entering the context. `refuse_with` is its answer to every recipient.

    With `password`, only who logs in may send; with `tls`, only after STARTTLS, or from the
    beginning if `is_smtps`.
    """

    def __init__(
        self,
        port: int | None = None,
        *,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        is_smtps: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse_with: dict[str, str] = {}
        """An answer for each address that is refused, such as "550 Nobody"."""
        self.delay_s = 0.0
        self._is_dead = False
        options: dict[str, Any] = {"server_hostname": "mail.example"}
        if password is not None:
            options |= {
                "auth_required": True,
                "auth_require_tls": tls is not None and not is_smtps,
                "authenticator": lambda _server, _session, _envelope, _how, given: AuthResult(
                    handled=False,
                    success=isinstance(given, LoginPassword)
                    and given.password == password.encode(),
                ),
            }
        if tls is not None and not is_smtps:
            options |= {"tls_context": tls, "require_starttls": True}
        self._controller = Controller(
            self, HOST, self.port, ssl_context=tls if is_smtps else None, **options
        )

    @property
    def uri(self) -> str:
        """The address for MAIL_URI."""
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.die()

    def die(self) -> None:
        """Take no more mails."""
        if not self._is_dead:
            self._controller.stop()
        self._is_dead = True

    def wait_for(self, count: int, seconds: float = 10) -> list[EmailMessage]:
        """The mails, once there are so many."""
        assert wait_until(lambda: len(self.mails) >= count, seconds), len(self.mails)
        return self.mails

    # What aiosmtpd calls.

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Answer whether mails to an address are taken."""
        if address in self.refuse_with:
            return self.refuse_with[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        await asyncio.sleep(self.delay_s)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=default)
        assert isinstance(mail, EmailMessage)
        self.recipients += envelope.rcpt_tos
        self.mails.append(mail)
        return "250 OK"
