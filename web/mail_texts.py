"""What mails say: plain text, in the language of the page on which the mail was promised.

The templates are in templates/mails. Links lead to SITE_URL, whatever host a request has named.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from flask import current_app

from movr.kinds import MailKind
from movr.records import Mail, User
from web.mail_addresses import sent_to
from web.mail_links import confirmation
from web.translation import LazyString, gettext, in_language
from web.translation import lazy_gettext as _

_SUBJECTS: Final[dict[MailKind, LazyString]] = {
    MailKind.CONFIRM_ADDRESS: _("Confirm your email address"),
    MailKind.RESET_PASSWORD: _("Set a new password"),
    MailKind.PASSWORD_CHANGED: _("Your password was changed"),
    MailKind.RIDE_FORGOTTEN: _("Are you still riding?"),
    MailKind.ADDRESS_CHANGED: _("Your email address was changed"),
}


def compose(mail: Mail, user: User, token: str | None = None) -> EmailMessage:
    """Return a mail to a user, ready to be sent; `token` is that of a link to a new password.

    Raises ValueError if no mail can be sent to the address.
    """
    with in_language(mail.language):
        subject = str(_SUBJECTS[mail.kind])
        # Past the context processors, which ask whose request it is, and with texts as they are:
        # those of pages are escaped.
        template = current_app.jinja_env.get_template(f"mails/{mail.kind.value}.txt")
        text = template.render(
            _=gettext,
            user=user,
            # Not to a former address, either: whoever has changed it may have changed the name.
            is_named=mail.to_address is None and user.is_confirmed,
            link=_link,
            token=token,
            confirmation=confirmation,
        )
    sender: str = current_app.config["MAIL_FROM"]
    message = EmailMessage(policy=SMTP)
    message["Subject"] = f"{subject} · MovR"
    message["From"] = Address("MovR", addr_spec=sender)
    message["To"] = sent_to(mail.to_address or user.email)
    message["Date"] = format_datetime(mail.created_time)
    # Another one for each attempt: whoever gets two of them is to see the newest link.
    message["Message-ID"] = f"<{mail.id}.{mail.attempts}@{sender.rpartition('@')[2]}>"
    # No holiday notes, please (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _link(endpoint: str, **values: Any) -> str:
    """Return the whole URL of an endpoint."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['SITE_URL']}{path}"
