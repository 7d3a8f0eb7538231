"""Who is signed in. The cookie carries (city, id, session_epoch), so the look-up stays at home."""

from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from flask import Flask, Request, Response, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from movr.errors import NotFound
from movr.records import User
from movr.regions import CITIES
from web.extensions import movr
from web.geoutils import CHOSEN_CITY
from web.security import is_safe_path

login_manager = LoginManager()

_RENEWED_AFTER: Final = timedelta(days=1)


class _PrivateSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, but never on an answer that caches may give to other people.

    Flask would renew the cookie of whoever is signed in with every answer, static files included,
    and make the signer anew for each: once a day is enough, and a signer lasts.
    """

    def __init__(self) -> None:
        self._signers: dict[str | bytes | None, URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if app.secret_key not in self._signers:
            self._signers[app.secret_key] = super().get_signing_serializer(app)
        return self._signers[app.secret_key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = request.cookies.get(self.get_cookie_name(app))
        signer = self.get_signing_serializer(app)
        if not cookie or signer is None:
            return self.session_class()
        try:
            held, written = signer.loads(
                cookie,
                max_age=int(app.permanent_session_lifetime.total_seconds()),
                return_timestamp=True,
            )
        except BadSignature:
            return self.session_class()
        session = self.session_class(held)
        session.modified = session.permanent and datetime.now(UTC) - written > _RENEWED_AFTER
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        is_used = session.accessed or session.modified
        if is_used and "public" not in response.headers.get("Cache-Control", ""):
            super().save_session(app, session, response)


class SessionUser(UserMixin):
    """The holder of a login cookie; `user` is the account as it stood when the request came."""

    def __init__(self, city: str, user_id: UUID, session_epoch: int, user: User | None = None):
        self._key = (city, user_id, session_epoch)
        self._user = user

    @property
    def user(self) -> User:
        if self._user is None:
            raise LookupError("the account is read with the next request")
        return self._user

    def get_id(self) -> str:
        city, user_id, session_epoch = self._key
        return f"{city}/{user_id}/{session_epoch}"


@login_manager.user_loader
def _load_user(cookie: str) -> SessionUser | None:
    """Return the user that a login cookie speaks for; None if the cookie is void."""
    try:
        city, user_id, epoch = cookie.split("/")
        key = (city, UUID(user_id), int(epoch))
    except ValueError:
        return None
    if city not in CITIES:
        return None
    try:
        user = movr.get_user(city=city, user_id=key[1])
    except NotFound:
        return None
    return SessionUser(*key, user) if user.session_epoch == key[2] else None


@login_manager.unauthorized_handler
def _ask_to_sign_in() -> ResponseReturnValue:
    """Send a visitor to the login page, and from there back, if the page can be asked for again."""
    # `full_path` ends in a question mark where there is no query.
    wanted = request.full_path.removesuffix("?")
    leads_back = request.method == "GET" and is_safe_path(wanted)
    return redirect(url_for("accounts.login", next=wanted if leads_back else None))


def sign_in(city: str, user_id: UUID, session_epoch: int) -> None:
    """Begin a session for a user whose password was right.

    Nothing is left of the one before but the city that was chosen, which is no secret.
    """
    chosen = session.get(CHOSEN_CITY)
    session.clear()
    if chosen:
        session[CHOSEN_CITY] = chosen
    session.permanent = True
    login_user(SessionUser(city, user_id, session_epoch))


def sign_out() -> None:
    """Make every login cookie of the user void, this one included."""
    user = signed_in_user()
    movr.end_sessions(city=user.city, user_id=user.id)
    forget_session()


def forget_session() -> None:
    """Begin an empty session in this browser."""
    logout_user()
    session.clear()


def signed_in_user() -> User:
    """Return the account behind the request; only for routes that ask for a login."""
    return cast(SessionUser, current_user).user


def init_app(app: Flask) -> None:
    """Let cookies sign users in, and give templates `rider`: the signed-in user or None."""
    app.session_interface = _PrivateSessions()
    # Riders move between networks: their address is no part of who they are.
    login_manager.session_protection = None
    # Flask-Login's own context processor would read the account for every template, also for the
    # page that says that the database is away.
    login_manager.init_app(app, add_context_processor=False)

    @app.context_processor
    def _rider() -> dict[str, object]:
        # Looked up once for a page that names the rider a hundred times.
        return {"rider": current_user.user if current_user.is_authenticated else None}
