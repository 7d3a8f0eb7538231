"""The settings, read from the environment once. All that is missing or wrong is said at once.

Each is in the class Config and nowhere else: name, type, rule and default, and below them the
words from which `make settings` writes .env.example. (Only how MovR waits for its database has its
defaults in movr.Limits, since MovR works without any of this.)

Libraries that read typed settings would not make it less. environs reads while a class is made,
takes an empty variable for a value, and knows no rules between settings. pydantic-settings leaves
such rules out as soon as any value is wrong, so that not all is said at once, and takes 17 MB more
in each process. Marshmallow's fields read the single values.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from dotenv import dotenv_values
from limits import RateLimitItem
from marshmallow import ValidationError
from marshmallow.fields import Boolean, Float, String
from marshmallow.validate import Length, OneOf, Range, Regexp

from movr import Limits, require_supported
from movr.regions import REGIONS
from web.dangers import dangers, misspelled
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
# The headers in which each load balancer says where the client is: the city, and its coordinates
# in one header or in two. web/geoutils.py knows what they hold.
_BALANCERS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "google-cloud": ("X-City", ("X-City-Lat-Long",)),
    "cloudflare": ("CF-IPCity", ("CF-IPLatitude", "CF-IPLongitude")),
    "cloudfront": (
        "CloudFront-Viewer-City",
        ("CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude"),
    ),
    "none": (None, ()),
}


class ConfigError(ValueError):
    """The environment does not describe a MovR that can run. The text lists every fault."""


def environment() -> dict[str, str | None]:
    """Return the variables of the environment, and those of the file .env where it is silent."""
    return {**dotenv_values(".env"), **os.environ}


def likely_misspelled() -> list[tuple[str, str]]:
    """Return variables that look like a setting, but may be meant for others, with that setting."""
    return misspelled(environment(), [each.name for each in fields(Config)])


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that differs between one MovR and another. Names are Flask's where it has one."""

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
    """Other secrets, separated by commas: cookies and open forms that they have signed still count.
    deploy/README.md says how a secret is changed without logging anybody out."""
    METRICS_TOKEN: str | None = setting(String(validate=SECRET), None, secret=True)
    """Whoever sends this token may read /metrics (at least 32 characters); left out, nobody may."""

    # --- Database ---
    DB_URI: str = setting(String(validate=require_supported), "sqlite:///movr.db", secret=True)
    """cockroachdb://USER:PASSWORD@HOST:26257/movr?sslmode=verify-full, or a SQLite file. Outside
    DEBUG there is no default, a database on another machine has to prove who it is (sslmode), and
    one for several regions cannot be a file."""
    DB_APPLICATION_NAME: str = setting(String(validate=Length(max=60)), _LIMITS.application_name)
    """The name of these connections in the database: one for each region tells them apart."""
    DB_POOL_SIZE: int = setting(whole(1), lambda config: config.WEB_THREADS)
    """Connections that each process may hold; left out, one for each of WEB_THREADS. More are never
    used; with fewer, requests wait for one."""
    DB_POOL_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.pool_timeout)
    """For how many seconds a request waits for a connection at most."""
    DB_POOL_RECYCLE: int = setting(whole(1), _LIMITS.pool_recycle)
    """After how many seconds a connection is replaced by a new one."""
    DB_CONNECT_TIMEOUT: int = setting(whole(2), _LIMITS.connect_timeout)
    """In seconds, how long a server has to accept a connection."""
    DB_STATEMENT_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.statement_timeout)
    """In seconds, after what time the server ends a statement; MovR waits for a second more."""
    DB_WORLD_TIMEOUT: float = setting(Float(validate=Range(0.1)), _LIMITS.world_timeout)
    """The same for what every region is asked for: whether a name is free, and a login away from
    home. Only two threads of a process wait for that, so that a silent region keeps nobody at home
    waiting."""
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
    """The address to listen on: 127.0.0.1 in DEBUG, else 0.0.0.0, which is all of them."""
    PORT: int = setting(whole(1, 65535), 8000)
    """The port to listen on."""
    WEB_CONCURRENCY: int = setting(whole(1), 2)
    """How many processes there are."""
    WEB_THREADS: int = setting(whole(1), 4)
    """How many threads each of them has."""
    WEB_QUEUE: int = setting(whole(0), lambda config: 2 * config.WEB_THREADS)
    """Requests that may wait for a thread, in each process; left out, twice as many as WEB_THREADS.
    Beyond that a newcomer takes the place of whoever has waited longest, who is told to come again:
    503, with Retry-After. With 0 it is the newcomer who is told so."""
    KEEPALIVE: int = setting(whole(1), 620)
    """In seconds, how long a connection may be idle: longer than the load balancer keeps its own
    (Google's 600, Cloudflare's 900), or it sends a request on one that is just being closed."""
    GRACEFUL_TIMEOUT: int = setting(whole(1), 30)
    """In seconds, what requests get to finish at the end: less than whoever stops the process waits
    before killing it (Cloud Run 10, Kubernetes as its manifest says)."""
    VERSION: str = setting(String(), "development")
    """What is running, for logs and metrics: a release or a commit."""

    # --- Help ---
    CONTACT: str | None = setting(String(validate=CONTACT), None)
    """Where riders get help: an email address or the URL of a page. Error pages name it."""

    # --- Load balancer ---
    BALANCER: str = setting(String(validate=OneOf(_BALANCERS)), "google-cloud")
    """Which load balancer says where the client is: google-cloud (with the custom request headers
    X-City:{client_city} and X-City-Lat-Long:{client_city_lat_long}), cloudflare (with its managed
    transform "Add visitor location headers"), cloudfront (with these headers in its origin request
    policy) or none."""
    CITY_HEADER: str | None = setting(
        String(validate=HEADER), lambda config: _BALANCERS[config.BALANCER][0]
    )
    """Another name for the balancer's header with the city."""
    CITY_LAT_LONG_HEADERS: tuple[str, ...] = setting(
        CommaSeparated(HEADER, validate=Length(max=2, error="names more than two headers")),
        lambda config: _BALANCERS[config.BALANCER][1],
    )
    """Other names for its headers with "latitude,longitude", in one or in two."""
    TRUSTED_PROXIES: int = setting(whole(0, 5), 0)
    """How many proxies in front of MovR may speak for the client (X-Forwarded-For and -Proto)."""
    TRUSTED_HOSTS: tuple[str, ...] = setting(CommaSeparated(), "")
    """The host names that MovR answers to, separated by commas; all if left out."""

    # --- Limits ---
    SIGN_UPS_PER_NETWORK: tuple[RateLimitItem, ...] = setting(Rates(), "20 per hour; 100 per day")
    """How many accounts may be opened from one network (an IPv4 address, or 64 bits of IPv6): rates
    such as "5 per 10 minutes", separated by semicolons, or off, for schools that begin together."""
    FIRST_RIDES_PER_NETWORK: tuple[RateLimitItem, ...] = setting(Rates(), "3 per minute")
    """How many rides the accounts of one network may start that are younger than a day."""
    RATELIMIT_STORAGE_URI: str = setting(String(validate=usable_storage), "memory://", secret=True)
    """Where wrong passwords, sign-ups and first rides are counted: in each process by itself, or in
    one place for all (redis://...). While that does not answer within half a second, each process
    counts by itself, too."""

    # --- Rides that go on for long ---
    STILL_RIDING_AFTER: float = setting(Float(validate=Range(0.1)), 2.0)
    """After how many hours a rider is asked "Still riding?", and may say when the ride ended."""
    FORGOTTEN_AFTER: float = setting(Float(validate=Range(0.1)), 12.0)
    """After how many hours the owner of the vehicle reads that the ride may have been forgotten."""

    # --- Maps ---
    TILE_URL: str = setting(
        String(validate=TILES), "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    )
    """Where maps get their tiles: an address with {z}, {x} and {y}, perhaps with {s} for several
    hosts, or a path on MovR's own. OpenStreetMap's are for modest use: see its tile policy."""
    TILE_ATTRIBUTION: str = setting(
        String(validate=Length(max=200)),
        "© OpenStreetMap contributors https://www.openstreetmap.org/copyright",
    )
    """Whose map it is, in words; an address at the end becomes their link."""
    API_KEY: str | None = setting(
        String(validate=Regexp(r"[A-Za-z0-9_-]+\Z", error="is not a key for Google Maps")),
        None,
        secret=True,
    )
    """A key for the Maps JavaScript API: Google Maps are then shown in place of those tiles."""

    def __post_init__(self) -> None:
        """Give what was left out the value that follows from the other settings."""
        for each in fields(self):
            default = each.metadata["default"]
            if callable(default) and getattr(self, each.name) is None:
                object.__setattr__(self, each.name, default(self))

    @classmethod
    def from_environment(cls) -> "Config":
        """Return what the environment says, else the file .env; raises ConfigError."""
        return cls.from_mapping(environment())

    @classmethod
    def from_mapping(cls, variables: Mapping[str, str | None]) -> "Config":
        """Return the settings that `variables` give; an empty variable counts as absent.

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
    def DB_LIMITS(self) -> Limits:
        """What MovR's engines go by: the settings that begin with DB_, but for the address."""
        return Limits(
            **{each.name: getattr(self, f"DB_{each.name.upper()}") for each in fields(Limits)}
        )

    def flask_settings(self) -> dict[str, Any]:
        """Return these and what follows from them, as Flask and its extensions name it."""
        secure = not self.DEBUG
        return {
            **vars(self),
            "DB_LIMITS": self.DB_LIMITS,
            "TRUSTED_HOSTS": self.TRUSTED_HOSTS or None,
            # An error looks the same to a developer as to a rider; its trace is in the log.
            "PROPAGATE_EXCEPTIONS": False,
            # Browsers take a cookie with this prefix from this very host only, and over TLS.
            "SESSION_COOKIE_NAME": "__Host-movr" if secure else "movr",
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": _TWO_WEEKS_S,
            # web/sessions.py says when.
            "SESSION_REFRESH_EACH_REQUEST": False,
            # The last one signs and all verify, as Flask does it with the session's cookie: a form
            # that was open when the secret was changed still counts.
            "WTF_CSRF_SECRET_KEY": [*self.SECRET_KEY_FALLBACKS, self.SECRET_KEY],
            # A page may stay open for the length of a ride: a token lives as long as its session.
            "WTF_CSRF_TIME_LIMIT": None,
            # Many times the longest form; web/server/worker.py has no thread wait for as much.
            "MAX_CONTENT_LENGTH": _LONGEST_FORM_BYTES,
            "MAX_FORM_MEMORY_SIZE": _LONGEST_FORM_BYTES,
            "MAX_FORM_PARTS": 100,
            "BOOTSTRAP_SERVE_LOCAL": True,
        }
