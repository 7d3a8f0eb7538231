"""Who is logged in, and on which device.

The cookie carries (city, id, session_epoch), so that the look-up stays at home, and a session id.
That id must be among those on the rider's own row, which the same look-up reads. A page that begins
with a read of its own sends both together.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final, cast
from uuid import UUID, uuid4

from flask import Flask, Response, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException

from movr import MovR
from movr.errors import DatabaseUnavailable, MovRError, NotFound, WorldUnavailable
from movr.months import day_of
from movr.records import LoginSession, User
from web.browsers import browser_named
from web.claims import Claim, claimed_login, write_session_id
from web.drafts import DRAFT, keep_draft
from web.extensions import movr
from web.geoutils import CHOSEN_CITY, Reason, client_location
from web.security import is_safe_path
from web.session_cookies import PrivateSessions
from web.translation import gettext


class _LoginManager(LoginManager):
    def _load_user(self) -> None:
        """Load the user of the session, which is the only way to be logged in.

        Flask-Login would also hash the client's address, to which no session is bound because
        riders move between networks, and look for a cookie and a header of its own.
        """
        claim = claimed_login()
        if claim is None:
            self._update_request_context_with_user(None)
        else:
            _confirm(claim, partial(movr.get_user, city=claim.city, user_id=claim.id))

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the response as it is.

        Flask-Login would look into the session for whether to send its other cookie, which it
        never is, and so make every response depend on the session.
        """
        return response


login_manager = _LoginManager()

_LOGGED_OUT: Final = "logged_out"


class SessionUser(UserMixin):
    """The holder of a login cookie; `user` is the account as it was when the request came."""

    def __init__(self, claim: Claim, user: User | None = None):
        self.claim = claim
        self._user = user

    @property
    def user(self) -> User:
        if self._user is None:
            raise LookupError("the account is read with the next request")
        return self._user

    def get_id(self) -> str:
        return str(self.claim)


@contextmanager
def rider_along() -> Iterator[MovR]:
    """Lend a MovR whose next read takes the look-up of the rider along: one round trip, not two.

    After an error it looks nobody up.
    """
    claim = claimed_login()
    if claim is None:
        yield movr
        return
    asking, user = movr.asking_for_user(city=claim.city, user_id=claim.id)
    yield asking
    _confirm(claim, user)


@contextmanager
def login_along() -> Iterator[tuple[MovR, Claim]]:
    """Do as rider_along does for pages with a login: also lends what the cookie says.

    It stands in place of @login_required. The block reads, and nothing of that may be shown before
    it has ended. Whoever turns out not to be logged in is asked to log in, whatever the block has
    found, unless the database does not respond.
    """
    claim = claimed_login()
    if claim is None:
        abort(_ask_to_log_in())
    asking, user = movr.asking_for_user(city=claim.city, user_id=claim.id)
    try:
        yield asking, claim
    except (MovRError, HTTPException) as error:
        home_responds = isinstance(error, WorldUnavailable) or not isinstance(
            error, DatabaseUnavailable
        )
        if not home_responds or current_user.is_authenticated:
            raise
    else:
        if _confirm(claim, user):
            return
    abort(_ask_to_log_in())


def _confirm(claim: Claim, read: Callable[[], User]) -> bool:
    """Have the holder of a login cookie be the current user, unless it is void by now."""
    holder = _holder_of(claim, read)
    login_manager._update_request_context_with_user(holder)
    return holder is not None


def _holder_of(claim: Claim, read: Callable[[], User]) -> SessionUser | None:
    try:
        user = read()
    except NotFound:
        return None
    if user.session_epoch != claim.session_epoch:
        return None
    if claim.session_id is not None:
        live = next((each for each in user.sessions if each.id == claim.session_id), None)
        if live is None:
            return None
        _note_day(user, live)
    return SessionUser(claim, user)


def _note_day(user: User, live: LoginSession) -> None:
    """Note that a session was seen today: one write a day, because riders see only the date."""
    today = _today(user.city)
    if live.last_seen < today:
        # The page does not depend on it, and the next one tries again.
        with suppress(DatabaseUnavailable):
            movr.note_session(city=user.city, user_id=user.id, session_id=live.id, day=today)


def _today(city: str) -> date:
    return day_of(datetime.now(UTC), city)


@login_manager.unauthorized_handler
def _ask_to_log_in() -> ResponseReturnValue:
    """Redirect to the login page, and from there back to the page, or that of the form."""
    # `full_path` ends in a question mark where there is no query.
    page = request.full_path.removesuffix("?")
    wanted = page if request.method in ("GET", "HEAD") else keep_draft()
    return redirect(url_for("logins.login", next=wanted if is_safe_path(wanted) else None))


def new_session(home_city: str) -> LoginSession:
    """Return a new session on this device for a rider with this home city."""
    return LoginSession(
        id=uuid4(),
        last_seen=_today(home_city),
        browser=browser_named(request.headers.get("User-Agent", "")),
        city=client_location().city.name,
    )


def log_in(city: str, user_id: UUID, session_epoch: int) -> None:
    """Begin a session for a user whose password was right; raises NotFound like begin_session."""
    begun = new_session(city)
    movr.begin_session(city=city, user_id=user_id, session_epoch=session_epoch, session=begun)
    remember_session(city, user_id, session_epoch, begun)


def remember_session(city: str, user_id: UUID, session_epoch: int, begun: LoginSession) -> None:
    """Make this browser the holder of a session.

    It keeps the chosen city, which is no secret, and a draft, unless that is somebody else's.
    """
    nobody = f"{city}/{user_id}/"
    claim = claimed_login()
    before = str(claim) if claim else session.get(_LOGGED_OUT, nobody)
    kept = {key: session[key] for key in (CHOSEN_CITY, DRAFT) if key in session}
    session.clear()
    if not before.startswith(f"{city}/{user_id}/"):
        kept.pop(DRAFT, None)
    if DRAFT in kept:
        flash(gettext("You were logged out, so nothing was changed. Send it again."), "warning")
        if not kept[DRAFT]["fields"]:
            del kept[DRAFT]
    session.update(kept)
    session.permanent = True
    write_session_id(begun.id)
    login_user(SessionUser(Claim(city, user_id, session_epoch, begun.id)))


def log_out() -> None:
    """Log a rider out on this device, which makes every copy of its cookie void."""
    user, session_id = logged_in_user(), this_session_id()
    if session_id is None:
        movr.end_sessions(city=user.city, user_id=user.id)
    else:
        movr.end_session(city=user.city, user_id=user.id, session_id=session_id)
    forget_session()
    # A draft of theirs is not for the next rider who logs in.
    session[_LOGGED_OUT] = f"{user.city}/{user.id}/"


def this_session_id() -> UUID | None:
    """Return the id of this device's session; None for a cookie of an older version."""
    return cast(SessionUser, current_user).claim.session_id


def forget_session() -> None:
    """Replace this browser's session by an empty one."""
    logout_user()
    session.clear()


def logged_in_user() -> User:
    """Return the account of the request; only where a login is required."""
    return cast(SessionUser, current_user).user


def init_app(app: Flask) -> None:
    """Log riders in by their cookies, and give templates `rider` and `location`.

    That is the logged-in user or None, and where the client is.
    """
    app.session_interface = PrivateSessions()
    # Flask-Login's own context processor would read the account for every template, also for the
    # page of an unavailable database.
    login_manager.init_app(app, add_context_processor=False)

    @app.context_processor
    def _rider_and_place() -> dict[str, object]:
        # Looked up once: a page may name the rider a hundred times.
        holder = current_user._get_current_object()
        rider: User | None = holder.user if holder.is_authenticated else None
        location = client_location()
        if rider is None and location.reason is Reason.HOME:
            # The page of a void cookie is of that city, but does not say whose home it is.
            location = replace(location, reason=Reason.FIRST)
        return {"rider": rider, "location": location}
