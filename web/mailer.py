"""Sends what was promised: after the commit, in a thread of its own, and again if that failed.

A mail is a row that was written with the change that promises it (movr/mails). After an answer that
promises one, this process's thread sends what is due in that city. What it cannot send, because the
mail server is away or the process ends, is due again later, and `flask --app server send-mail`
sends it. The same command promises the mails that follow from no answer: those about forgotten
rides.
"""

import logging
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from queue import Full, Queue
from threading import Lock, Thread
from typing import Final, cast

from flask import Flask, current_app

from movr import MovR, clock
from movr.errors import DatabaseUnavailable, NotFound
from movr.kinds import MailKind
from movr.records import ForgottenRide, Mail, User
from web.mail_addresses import is_same_mailbox, sent_to
from web.mail_server import MailNotSent, MailRefused, MailServer, MailServerAway
from web.mail_texts import compose
from web.translation import language

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""A mail that could not be sent for so long is not sent any more."""

# In seconds, how long mails wait for the answer to be out. They would take the processor from it,
# and how long it took would tell whether there is anything to send.
_PAUSE_S: Final = 0.1

# Cities, of which each has all that is due sent: what finds no place waits for send-mail.
_MAX_WAITING: Final = 100

_log = logging.getLogger("movr.mails")


@dataclass(slots=True)
class Tally:
    """What has become of the mails that were due."""

    sent: int = 0
    failed: int = 0
    """They will be tried again."""
    given_up: int = 0
    server_is_away: bool = False


class Mailer:
    """Sends the mails of an application: at once from a thread, or all that is due."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._movr: MovR = app.extensions["movr"]
        uri: str | None = app.config["MAIL_URI"]
        self._server = MailServer.at(uri) if uri else None
        self._to_log = self._server is None and app.config["DEBUG"]
        self._cities: Queue[str] = Queue(_MAX_WAITING)
        self._thread: Thread | None = None
        self._lock = Lock()

    @property
    def is_on(self) -> bool:
        """Whether mails are sent, or at least written to the log."""
        return self._server is not None or self._to_log

    def wake(self, city: str) -> None:
        """Have the mails of a city sent soon; returns at once."""
        with self._lock:
            # Begun in the process that answers: a thread does not follow it through a fork.
            if self._thread is None:
                self._thread = Thread(target=self._work, name="mails", daemon=True)
                self._thread.start()
        with suppress(Full):
            self._cities.put_nowait(city)

    def settle(self) -> None:
        """Wait until nothing is left to do for the thread."""
        self._cities.join()

    def _work(self) -> None:
        while True:
            city = self._cities.get()
            time.sleep(_PAUSE_S)
            try:
                self.send_due([city])
            except DatabaseUnavailable:
                _log.warning("The database does not answer; mails wait.")
            except Exception:  # noqa: BLE001 (the thread must live: the next mail may be luckier)
                _log.exception("Mails could not be sent")
            finally:
                self._cities.task_done()

    def send_due(self, cities: Iterable[str]) -> Tally:
        """Send what is due in some cities, and return what has become of it."""
        tally = Tally()
        for city in cities:
            # Whatever is tried is not due again before a pause, so this comes to an end.
            while mails := self._movr.get_due_mails(city=city):
                for mail in mails:
                    if self._movr.claim_mail(mail):
                        self._send(mail, tally)
                    if tally.server_is_away:
                        return tally
        return tally

    def ask_about_forgotten_rides(self, cities: Iterable[str]) -> None:
        """Promise a mail to each rider in some cities whose ride seems forgotten."""
        started_by = clock.now() - timedelta(hours=self._app.config["FORGOTTEN_AFTER"])
        for city in cities:
            get_rides = partial(self._movr.get_forgotten_rides, city=city, started_by=started_by)
            rides = get_rides()
            while rides:
                for ride in rides:
                    self._ask_if_riding(ride)
                rides = get_rides(after=rides[-1].vehicle_id)

    def _ask_if_riding(self, ride: ForgottenRide) -> None:
        """Promise a rider the mail, once the address is confirmed: perhaps that comes later."""
        try:
            if self._movr.get_user(city=ride.rider_city, user_id=ride.rider_id).is_confirmed:
                self._movr.ask_if_riding(ride)
        except DatabaseUnavailable:
            # Perhaps that of the rider's home region: it keeps nobody else from being asked.
            _log.warning("The database does not answer; a rider in %s is asked later.", ride.city)

    def _send(self, mail: Mail, tally: Tally) -> None:
        """Send a mail that was claimed, and delete its row unless it is to be tried again."""
        try:
            if clock.now() - mail.created_time > GIVEN_UP_AFTER:
                _log.error("A mail (%s) is given up: it could not be sent in time.", mail.kind)
                tally.given_up += 1
            else:
                tally.sent += self._hand_over(mail)
        except MailRefused as error:
            _log.error("A mail (%s) is given up: %s.", mail.kind, error)
            tally.given_up += 1
        except MailNotSent as error:
            _log.warning("A mail (%s) is tried again later: %s.", mail.kind, error)
            tally.failed += 1
            tally.server_is_away = isinstance(error, MailServerAway)
            return
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 (one mail keeps no other from being sent)
            # Without the error's own words, which may quote an address.
            _log.error("A mail (%s) is tried again later: %s.", mail.kind, type(error).__name__)
            tally.failed += 1
            return
        self._movr.remove_mail(city=mail.city, mail_id=mail.id)

    def _hand_over(self, mail: Mail) -> bool:
        """Send a mail and return True, or False if there is nothing to say any more."""
        try:
            user = self._movr.get_user(city=mail.city, user_id=mail.user_id)
        except NotFound:
            return False
        if not _is_worth_sending(mail, user):
            return False
        token = None
        if mail.kind is MailKind.RESET_PASSWORD:
            token = self._movr.issue_reset(user)
            if token is None:
                return False
        try:
            to = sent_to(mail.to_address or user.email)
        except ValueError as error:
            raise MailRefused(f"Its address {error}") from error
        with self._app.app_context():
            message = compose(mail, user, token)
        if self._server is not None:
            self._server.send(message, to=to, own_name=message["From"].addresses[0].domain)
        elif self._to_log:
            _log.warning(
                "There's no MAIL_URI, so here's the mail.\nTo: %s\nSubject: %s\n\n%s",
                *(message["To"], message["Subject"], message.get_content()),
            )
        return True


def _is_worth_sending(mail: Mail, user: User) -> bool:
    """Return whether a mail still has something to say to this user, at this address."""
    match mail.kind:
        case MailKind.CONFIRM_ADDRESS:
            return not user.is_confirmed
        case MailKind.PASSWORD_CHANGED:
            # Its advice is of no use elsewhere: an address that is not confirmed gets no link.
            return user.is_confirmed
        case MailKind.ADDRESS_CHANGED:
            return not is_same_mailbox(user.email, cast(str, mail.to_address))
        case MailKind.RIDE_FORGOTTEN:
            # A rider has one running ride at a time: one that had begun before is that of the mail.
            ride = user.active_ride
            return user.is_confirmed and ride is not None and ride.start_time < mail.created_time
    return True


def _mailer() -> Mailer:
    return cast(Mailer, current_app.extensions["mailer"])


def mail_is_on() -> bool:
    """Return whether MovR sends mails."""
    return _mailer().is_on


def mail_language() -> str | None:
    """Return the language in which to promise the client a mail; None if MovR sends none."""
    return language() if mail_is_on() else None


def send_mail_soon(city: str) -> None:
    """Have what was promised to users of a city sent, without waiting for it."""
    if mail_is_on():
        _mailer().wake(city)


def send_all_mail(cities: Collection[str]) -> Tally | None:
    """Ask about forgotten rides, and send what is due in some cities; None if mails are off."""
    if not mail_is_on():
        return None
    _mailer().ask_about_forgotten_rides(cities)
    return _mailer().send_due(cities)


def init_app(app: Flask) -> None:
    """Give the application its mailer, and templates the word on whether there is any."""
    app.extensions["mailer"] = Mailer(app)
    app.jinja_env.globals["mail_is_on"] = mail_is_on
