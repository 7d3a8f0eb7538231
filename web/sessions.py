"""Who is logged in, and on which device.

The cookie carries (city, id, session_epoch), so that the look-up stays at home, and a session id.
That id must be among those on the rider's own row, which the same look-up reads.
"""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Final, cast
from uuid import UUID, uuid4

from flask import Flask, Response, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from movr.errors import DatabaseUnavailable, NotFound
from movr.months import day_of
from movr.records import LoginSession, User
from movr.regions import CITIES
from web.browsers import browser_named
from web.drafts import DRAFT, keep_draft
from web.extensions import movr
from web.geoutils import CHOSEN_CITY, client_location
from web.security import is_safe_path
from web.session_cookies import PrivateSessions
from web.translation import gettext


class _LoginManager(LoginManager):
    def _load_user(self) -> None:
        """Load the user of the session, which is the only way to be logged in.

        Flask-Login would also hash the client's address, to which no session is bound because
        riders move between networks, and look for a cookie and a header of its own.
        """
        held: str | None = session.get("_user_id")
        self._update_request_context_with_user(None if held is None else _holder_of(held))

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the response as it is.

        Flask-Login would look into the session for whether to send its other cookie, which it
        never is, and so make every response depend on the session.
        """
        return response


login_manager = _LoginManager()

# Outside Flask-Login's own key, so that containers of a version without sessions accept the cookie
# during a rollout.
_SESSION: Final = "session_id"
_LOGGED_OUT: Final = "logged_out"


class SessionUser(UserMixin):
    """The holder of a login cookie; `user` is the account as it was when the request came.

    A cookie without a session id is from an older version, and valid until all sessions are ended.
    """

    def __init__(
        self,
        city: str,
        user_id: UUID,
        session_epoch: int,
        session_id: UUID | None = None,
        user: User | None = None,
    ):
        self._key = (city, user_id, session_epoch)
        self.session_id = session_id
        self._user = user

    @property
    def user(self) -> User:
        if self._user is None:
            raise LookupError("the account is read with the next request")
        return self._user

    def get_id(self) -> str:
        city, user_id, session_epoch = self._key
        return f"{city}/{user_id}/{session_epoch}"


def _holder_of(cookie: str) -> SessionUser | None:
    """Return the user of a login cookie; None if the cookie is void."""
    try:
        city, user_id, epoch = cookie.split("/")
        key = (city, UUID(user_id), int(epoch))
        given: str | None = session.get(_SESSION)
        session_id = None if given is None else UUID(given)
    except ValueError:
        return None
    if city not in CITIES:
        return None
    try:
        user = movr.get_user(city=city, user_id=key[1])
    except NotFound:
        return None
    if user.session_epoch != key[2]:
        return None
    if session_id is not None:
        live = next((each for each in user.sessions if each.id == session_id), None)
        if live is None:
            return None
        _note_day(user, live)
    return SessionUser(*key, session_id, user)


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
    wanted = page if request.method == "GET" else keep_draft()
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
    before = session.get("_user_id") or session.get(_LOGGED_OUT, nobody)
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
    session[_SESSION] = begun.id.hex
    login_user(SessionUser(city, user_id, session_epoch, begun.id))


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
    return cast(SessionUser, current_user).session_id


def forget_session() -> None:
    """Replace this browser's session by an empty one."""
    logout_user()
    session.clear()


def logged_in_user() -> User:
    """Return the account of the request; only for routes with @login_required."""
    return cast(SessionUser, current_user).user


def init_app(app: Flask) -> None:
    """Log riders in by their cookies, and give templates `rider`: the logged-in user or None."""
    app.session_interface = PrivateSessions()
    # Flask-Login's own context processor would read the account for every template, also for the
    # page of an unavailable database.
    login_manager.init_app(app, add_context_processor=False)

    @app.context_processor
    def _rider() -> dict[str, object]:
        # Looked up once: a page may name the rider a hundred times.
        holder = current_user._get_current_object()
        return {"rider": holder.user if holder.is_authenticated else None}
