"""The settings, read from the environment once, with all faults reported together.

A setting is declared once, in Config: name, type, rule and default, and below them the text for
.env.example (`make settings`). The defaults for the database are in movr.Limits, because MovR works
without this file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from dotenv import dotenv_values
from limits import RateLimitItem
from marshmallow import ValidationError
from marshmallow.fields import Boolean, Email, Float, String
from marshmallow.validate import Length, OneOf, Range, Regexp

from movr import Limits, require_supported
from movr.regions import REGIONS
from web import documents
from web.balancers import BALANCERS
from web.dangers import dangers, misspelled
from web.mail_server import usable_server
from web.setting import (
    CONTACT,
    HEADER,
    SECRET,
    TILES,
    CommaSeparated,
    Rates,
    setting,
    usable_storage,
    whole,
)

_DEBUG_SECRET: Final = "for development only: outside DEBUG there is no default"  # noqa: S105 (it says so)
_LONGEST_FORM_BYTES: Final = 64 * 1024
_TWO_WEEKS_S: Final = 14 * 24 * 3600
_LIMITS: Final = Limits()


class ConfigError(ValueError):
    """The environment has missing or wrong settings. The text lists all of them."""


def environment() -> dict[str, str | None]:
    """Return the variables of the environment and, for those it does not set, of the file .env."""
    return {**dotenv_values(".env"), **os.environ}


def likely_misspelled() -> list[tuple[str, str]]:
    """Return variables that may be a misspelled setting, each with that setting."""
    return misspelled(environment(), [each.name for each in fields(Config)])


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings. They have Flask's name where Flask has one."""

    # --- Safety ---
    DEBUG: bool = setting(Boolean(), False, example="True")
    """True on a developer's machine: cookies without TLS, a default secret, loopback only.
    Anything that says no (False, 0, off) or nothing means no."""
    SECRET_KEY: str = setting(
        String(validate=SECRET), lambda config: _DEBUG_SECRET if config.DEBUG else None, secret=True
    )
    """Signs the cookies. At least 32 characters, the same in all containers; outside DEBUG there is
    no default, and one that can be guessed is refused. A random one:
    python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"""
    SECRET_KEY_FALLBACKS: tuple[str, ...] = setting(CommaSeparated(SECRET), "", secret=True)
    """Other secrets, separated by commas: cookies and open forms that they have signed are valid,
    too. deploy/README.md says how to change a secret without logging anybody out."""
    METRICS_TOKEN: str | None = setting(String(validate=SECRET), None, secret=True)
    """The token for reading /metrics (at least 32 characters); left out, nobody may read them."""

    # --- Database ---
    DB_URI: str = setting(String(validate=require_supported), "sqlite:///movr.db", secret=True)
    """cockroachdb://USER:PASSWORD@HOST:26257/movr?sslmode=verify-full, or a SQLite file. Outside
    DEBUG there is no default, a database on another machine has to prove its identity (sslmode),
    and one for several regions cannot be a file."""
    DB_APPLICATION_NAME: str = setting(String(validate=Length(max=60)), _LIMITS.application_name)
    """The name of these connections in the database: a name for each region tells them apart."""
    DB_POOL_SIZE: int = setting(whole(1), lambda config: config.WEB_THREADS)
    """The number of connections of each process; left out, as many as WEB_THREADS. More are never
    used; with fewer, requests wait for one."""
    DB_POOL_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.pool_timeout)
    """In seconds, how long a request waits for a connection."""
    DB_POOL_RECYCLE: int = setting(whole(1), _LIMITS.pool_recycle)
    """In seconds, the age at which a connection is replaced by a new one."""
    DB_CONNECT_TIMEOUT: int = setting(whole(2), _LIMITS.connect_timeout)
    """In seconds, how long to wait for a server to accept a connection."""
    DB_STATEMENT_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.statement_timeout)
    """In seconds, when the server ends a statement; MovR waits a second longer."""
    DB_WORLD_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.world_timeout)
    """The same for questions to all regions: whether a username is free, and a login away from
    home. Only two threads of a process wait for these, so that a silent region does not block
    riders at home."""
    DB_MAX_BACKOFF: float = setting(Float(validate=Range(0)), _LIMITS.max_backoff)
    """In seconds, the longest pause before a transaction that lost a race is tried again."""
    DB_MAX_RETRIES: int = setting(whole(0), _LIMITS.max_retries)
    """How often it is tried again."""

    # --- Server ---
    REGION: str | None = setting(String(validate=OneOf(REGIONS)), None)
    """The region that this container serves: gcp-us-east1 or another one of movr/regions.py.
    Left out, it serves the cities of all regions."""
    HOST: str = setting(
        String(validate=Regexp(r"[A-Za-z0-9.:-]+$", error="must be an IP address or a host name")),
        lambda config: "127.0.0.1" if config.DEBUG else "0.0.0.0",  # noqa: S104 (a container's)
    )
    """The IP address to listen on: 127.0.0.1 in DEBUG, else 0.0.0.0, which is all of them."""
    PORT: int = setting(whole(1, 65535), 8000)
    """The port to listen on."""
    WEB_CONCURRENCY: int = setting(whole(1), 2)
    """The number of processes."""
    WEB_THREADS: int = setting(whole(1), 4)
    """The number of threads of each process."""
    WEB_QUEUE: int = setting(whole(0), lambda config: 2 * config.WEB_THREADS)
    """How many requests may wait for a thread of each process; left out, twice WEB_THREADS. When
    the queue is full, a new request replaces the one that has waited longest, which is told to come
    again (503, with Retry-After). With 0, the new one is."""
    KEEPALIVE: int = setting(whole(1), 620)
    """In seconds, how long a connection may be idle. It must be longer than the load balancer keeps
    its connections (Google 600, Cloudflare 900), or one may be closed just as it sends a request.
    """
    GRACEFUL_TIMEOUT: int = setting(whole(1), 30)
    """In seconds, how long requests may take to finish on shutdown: less than the time before the
    process is killed (Cloud Run 10, Kubernetes as in its manifest)."""
    VERSION: str = setting(String(), "development")
    """The running version, for logs and metrics: a release or a commit."""

    # --- Help ---
    CONTACT: str | None = setting(String(validate=CONTACT), None)
    """Where riders get help: an email address or the URL of a page. Error pages, and
    MovR's own help page, name it."""
    DOCUMENTS: str | None = setting(String(validate=documents.read), None)
    """A folder with the texts of the pages for help, terms and privacy: help.md, terms.md and
    privacy.md, in Markdown. What isn't there is in MovR's own words."""

    # --- Load balancer ---
    BALANCER: str = setting(String(validate=OneOf(BALANCERS)), "google-cloud")
    """Which load balancer says where the client is: google-cloud (with the custom request headers
    X-City:{client_city} and X-City-Lat-Long:{client_city_lat_long}), cloudflare (with its managed
    transform "Add visitor location headers"), cloudfront (with these headers in its origin request
    policy) or none."""
    CITY_HEADER: str | None = setting(
        String(validate=HEADER), lambda config: BALANCERS[config.BALANCER][0]
    )
    """Another name for the balancer's header with the city."""
    CITY_LAT_LONG_HEADERS: tuple[str, ...] = setting(
        CommaSeparated(HEADER, validate=Length(max=2, error="names more than two headers")),
        lambda config: BALANCERS[config.BALANCER][1],
    )
    """Other names for its headers with "latitude,longitude", in one or two."""
    TRUSTED_PROXIES: int = setting(whole(0, 5), 0)
    """The number of proxies in front of MovR that may speak for the client (X-Forwarded-For,
    -Proto)."""
    TRUSTED_HOSTS: tuple[str, ...] = setting(CommaSeparated(), "")
    """The host names that MovR accepts, separated by commas; all if left out."""

    # --- Limits ---
    SIGN_UPS_PER_NETWORK: tuple[RateLimitItem, ...] = setting(Rates(), "20 per hour; 100 per day")
    """How many accounts may be opened from one network (an IPv4 address, or 64 bits of IPv6): rates
    such as "5 per 10 minutes", separated by semicolons, or off, for example for a school."""
    FIRST_RIDES_PER_NETWORK: tuple[RateLimitItem, ...] = setting(Rates(), "3 per minute")
    """How many rides and reservations accounts younger than a day may make from one network."""
    REPORTS_PER_NETWORK: tuple[RateLimitItem, ...] = setting(Rates(), "20 per hour")
    """How many problems of vehicles riders may report from one network, each of them 5 per hour: a
    report takes its vehicle out of the list."""
    RATELIMIT_STORAGE_URI: str = setting(String(validate=usable_storage), "memory://", secret=True)
    """Where wrong passwords, sign-ups, mails, first rides and reports are counted: in each process
    (memory://), or in one place for all (redis://...). If that does not respond within half a
    second, each process counts by itself."""

    # --- Rides that go on for long ---
    STILL_RIDING_AFTER: float = setting(Float(validate=Range(0.1)), 2.0)
    """After how many hours a rider is asked "Still riding?", and may say when the ride ended."""
    FORGOTTEN_AFTER: float = setting(Float(validate=Range(0.1)), 12.0)
    """After how many hours the owner of the vehicle reads that the ride may have been forgotten,
    and the rider is asked by mail."""

    # --- Mail ---
    MAIL_URI: str | None = setting(String(validate=usable_server), None, secret=True)
    """The server that sends mails: smtps://USER:PASSWORD@HOST:465, or smtp://HOST:587?starttls.
    Left out, MovR sends none, and offers nothing that needs one; in DEBUG it writes them to its
    log."""
    MAIL_FROM: str | None = setting(
        Email(), lambda config: "movr@example.com" if config.mails_to_log else None
    )
    """The address that mails come from; needed with MAIL_URI."""
    SITE_URL: str | None = setting(
        String(
            validate=Regexp(
                r"https?://[A-Za-z0-9.-]+(:\d+)?\Z", error="is not like https://movr.example.com"
            )
        ),
        lambda config: f"http://127.0.0.1:{config.PORT}" if config.DEBUG else None,
    )
    """Where riders find MovR, for links in mails; needed with MAIL_URI outside DEBUG. It is not
    taken from a request, in which anybody may name another host."""

    # --- Maps ---
    TILE_URL: str = setting(
        String(validate=TILES), "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    )
    """The URL of map tiles, with {z}, {x} and {y}, perhaps with {s} for several hosts, or a path on
    MovR itself. OpenStreetMap's tiles are for modest use: see its tile policy."""
    TILE_ATTRIBUTION: str = setting(
        String(validate=Length(max=200)),
        "© OpenStreetMap contributors https://www.openstreetmap.org/copyright",
    )
    """The credit for the map, in words; a URL at the end becomes their link."""
    API_KEY: str | None = setting(
        String(validate=Regexp(r"[A-Za-z0-9_-]+\Z", error="is not a key for Google Maps")),
        None,
        secret=True,
    )
    """A key for the Maps JavaScript API: Google Maps then replace those tiles."""

    def __post_init__(self) -> None:
        """Derive the settings that were left out from the others."""
        for each in fields(self):
            default = each.metadata["default"]
            if callable(default) and getattr(self, each.name) is None:
                object.__setattr__(self, each.name, default(self))

    @classmethod
    def from_environment(cls) -> "Config":
        """Return the settings in the environment or the file .env; raises ConfigError."""
        return cls.from_mapping(environment())

    @classmethod
    def from_mapping(cls, variables: Mapping[str, str | None]) -> "Config":
        """Return the settings in `variables`; an empty variable counts as absent.

        Raises ConfigError with one line for each variable that is missing or wrong.
        """
        settings: dict[str, Any] = {}
        faults: dict[str, list[str]] = {}
        for each in fields(cls):
            given = (variables.get(each.name) or "").strip()
            try:
                if given:
                    settings[each.name] = each.metadata["rule"].deserialize(given)
            except ValidationError as error:
                faults[each.name] = list(error.messages)
            except ValueError as error:
                faults[each.name] = [str(error)]
        for name, what in dangers(settings, settings.keys() | faults.keys()):
            faults.setdefault(name, []).append(what)
        if faults:
            lines = "\n".join(f"  {name}: {' '.join(faults[name])}" for name in sorted(faults))
            raise ConfigError(
                f"MovR cannot start with these settings:\n{lines}\n"
                ".env.example explains every setting."
            )
        return cls(**settings)

    @property
    def mails_to_log(self) -> bool:
        """Whether mails are written to the log, for want of a server."""
        return self.DEBUG and self.MAIL_URI is None

    @property
    def DB_LIMITS(self) -> Limits:
        """The settings for MovR's engines: those that begin with DB_, except the URL."""
        return Limits(
            **{each.name: getattr(self, f"DB_{each.name.upper()}") for each in fields(Limits)}
        )

    def flask_settings(self) -> dict[str, Any]:
        """Return all settings and what follows from them, for Flask and its extensions."""
        secure = not self.DEBUG
        return {
            **vars(self),
            "DB_LIMITS": self.DB_LIMITS,
            "TRUSTED_HOSTS": self.TRUSTED_HOSTS or None,
            # Developers see the same error pages as riders; the traceback is in the log.
            "PROPAGATE_EXCEPTIONS": False,
            # Browsers accept a cookie with this prefix from this very host only, and over TLS.
            "SESSION_COOKIE_NAME": "__Host-movr" if secure else "movr",
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": _TWO_WEEKS_S,
            # web/session_cookies.py renews it.
            "SESSION_REFRESH_EACH_REQUEST": False,
            # The last secret signs and all verify, as for Flask's session cookie: a form that was
            # open when the secret was changed stays valid.
            "WTF_CSRF_SECRET_KEY": [*self.SECRET_KEY_FALLBACKS, self.SECRET_KEY],
            # A page may stay open for the length of a ride, so a token lives as long as its
            # session.
            "WTF_CSRF_TIME_LIMIT": None,
            # Many times the longest form; web/server/connections.py buffers no more than this.
            "MAX_CONTENT_LENGTH": _LONGEST_FORM_BYTES,
            "MAX_FORM_MEMORY_SIZE": _LONGEST_FORM_BYTES,
            "MAX_FORM_PARTS": 100,
            "BOOTSTRAP_SERVE_LOCAL": True,
        }
