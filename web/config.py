"""The settings, read from the environment once. All that is missing or wrong is said at once.

`.env.example` lists every one of them with its meaning.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from dotenv import dotenv_values
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

from movr import Limits, require_supported
from movr.regions import REGIONS
from web.dangers import dangers, misspelled

_DEBUG_SECRET: Final = "for development only: outside DEBUG there is no default"  # noqa: S105 (it says so)
_LONGEST_FORM_BYTES: Final = 64 * 1024
_TWO_WEEKS_S: Final = 14 * 24 * 3600
_SECRET_RULE: Final = Length(min=32, error="needs at least 32 characters")
_HEADER_RULE: Final = Regexp(r"[A-Za-z0-9-]+$", error="is not the name of a header")
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
_AT_LEAST_ONE: Final = Range(min=1)
_TILE_RULE: Final = Regexp(
    # A host, perhaps one of several, or none, which means MovR's own; then a path.
    r"(https?://(\{s\}\.)?[A-Za-z0-9.-]+(:\d+)?)?/(?!/)"
    # All of the three, in any order, and nothing that would end the word in a content policy.
    r"(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})[^\s,;'\"]*\Z",
    error="is not the address of map tiles, such as https://tiles.example/{{z}}/{{x}}/{{y}}.png",
)


def environment() -> dict[str, str | None]:
    """Return the variables of the environment, and those of the file .env where it is silent."""
    return {**dotenv_values(".env"), **os.environ}


def likely_misspelled() -> list[tuple[str, str]]:
    """Return the variables that look like a setting and are none, with the one that may be meant.

    They are no faults: the environment is not ours alone, and PORT0 may be meant for others.
    """
    return misspelled(environment(), _Variables().fields)


class ConfigError(ValueError):
    """The environment does not describe a MovR that can run. The text lists every fault."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that differs between one MovR and another. Names are Flask's where it has one."""

    DEBUG: bool = False
    SECRET_KEY: str = field(repr=False)
    SECRET_KEY_FALLBACKS: tuple[str, ...] = field(default=(), repr=False)
    DB_URI: str = field(default="sqlite:///movr.db", repr=False)
    DB_LIMITS: Limits = field(default_factory=Limits)
    REGION: str | None = None
    HOST: str = "0.0.0.0"  # noqa: S104 (a container serves whoever reaches it)
    PORT: int = 8000
    WEB_CONCURRENCY: int = 2
    WEB_THREADS: int = 4
    WEB_QUEUE: int = 8
    KEEPALIVE: int = 620
    GRACEFUL_TIMEOUT: int = 30
    METRICS_TOKEN: str | None = field(default=None, repr=False)
    VERSION: str = "development"
    API_KEY: str | None = field(default=None, repr=False)
    TILE_URL: str = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    TILE_ATTRIBUTION: str = "© OpenStreetMap contributors https://www.openstreetmap.org/copyright"
    CITY_HEADER: str | None = "X-City"
    CITY_LAT_LONG_HEADERS: tuple[str, ...] = ("X-City-Lat-Long",)
    TRUSTED_PROXIES: int = 0
    TRUSTED_HOSTS: tuple[str, ...] = ()
    SIGN_UPS_PER_NETWORK: tuple[RateLimitItem, ...] = tuple(parse_many("20 per hour; 100 per day"))
    FIRST_RIDES_PER_NETWORK: tuple[RateLimitItem, ...] = tuple(parse_many("3 per minute"))
    RATELIMIT_STORAGE_URI: str = field(default="memory://", repr=False)

    @classmethod
    def from_environment(cls) -> "Config":
        """Return what the environment says, and the file .env where the environment is silent.

        Raises ConfigError.
        """
        return cls.from_mapping(environment())

    @classmethod
    def from_mapping(cls, variables: Mapping[str, str | None]) -> "Config":
        """Return the settings that `variables` give; an empty variable counts as absent.

        Raises ConfigError with one line for each variable that is missing or wrong.
        """
        given = {name: value.strip() for name, value in variables.items() if value}
        try:
            settings: dict[str, Any] = _Variables().load(
                {name: value for name, value in given.items() if value}
            )
        except ValidationError as error:
            faults = cast("dict[str, list[str]]", error.messages)
            lines = (f"  {name}: {' '.join(faults[name])}" for name in sorted(faults))
            raise ConfigError(
                "MovR cannot start with these settings:\n"
                + "\n".join(lines)
                + "\n.env.example explains every setting."
            ) from None
        limits = {
            name.removeprefix("DB_").lower(): settings.pop(name)
            for name in sorted(settings.keys() & _LIMITS)
        }
        threads = settings.get("WEB_THREADS", cls.WEB_THREADS)
        settings.setdefault("WEB_QUEUE", 2 * threads)
        # A thread uses one connection at a time; more would only look as if there were some left.
        limits.setdefault("pool_size", threads)
        city_header, lat_long_headers = _BALANCERS[settings.pop("BALANCER", "google-cloud")]
        settings.setdefault("CITY_HEADER", city_header)
        settings.setdefault("CITY_LAT_LONG_HEADERS", lat_long_headers)
        if settings.get("DEBUG"):
            settings.setdefault("SECRET_KEY", _DEBUG_SECRET)
            settings.setdefault("HOST", "127.0.0.1")
        return cls(**settings, DB_LIMITS=Limits(**limits))

    def flask_settings(self) -> dict[str, Any]:
        """Return these and what follows from them, as Flask and its extensions name it."""
        secure = not self.DEBUG
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
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


class _CommaSeparated(fields.Field[tuple[str, ...]]):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[str, ...]:
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class _Rates(fields.Field[tuple[RateLimitItem, ...]]):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[RateLimitItem, ...]:
        if str(value).lower() == "off":
            return ()
        try:
            rates = tuple(parse_many(str(value)))
        except ValueError:
            rates = ()
        if not rates or any(rate.amount < 1 for rate in rates):
            raise ValidationError("must be off, or rates such as: 20 per hour; 100 per day")
        return rates


def _each_a_secret(secrets: tuple[str, ...]) -> None:
    for secret in secrets:
        _SECRET_RULE(secret)


def _one_or_two_headers(names: tuple[str, ...]) -> None:
    if len(names) > 2:
        raise ValidationError("names more than two headers")
    for name in names:
        _HEADER_RULE(name)


def _supported_database(uri: str) -> None:
    try:
        require_supported(uri)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def _usable_storage(uri: str) -> None:
    try:
        # Others of the library's stores have sockets that wait without a limit.
        if uri.partition("://")[0] not in ("memory", "redis", "rediss"):
            raise ValueError
        storage_from_string(uri)
    except (ConfigurationError, ValueError):
        # Its own text may repeat the address, in which there may be a password.
        raise ValidationError("is no storage that this installation can use.") from None


class _Variables(Schema):
    """The environment variables and what each may say."""

    class Meta:
        unknown = EXCLUDE

    DEBUG = fields.Boolean()
    SECRET_KEY = fields.String(validate=_SECRET_RULE)
    SECRET_KEY_FALLBACKS = _CommaSeparated(validate=_each_a_secret)
    DB_URI = fields.String(validate=_supported_database)
    DB_POOL_SIZE = fields.Integer(validate=_AT_LEAST_ONE)
    DB_POOL_TIMEOUT = fields.Float(validate=Range(min=0.1))
    DB_POOL_RECYCLE = fields.Integer(validate=_AT_LEAST_ONE)
    DB_CONNECT_TIMEOUT = fields.Integer(validate=Range(min=2))
    DB_STATEMENT_TIMEOUT = fields.Float(validate=Range(min=0.1))
    DB_WORLD_TIMEOUT = fields.Float(validate=Range(min=0.1))
    DB_APPLICATION_NAME = fields.String(validate=Length(max=60))
    DB_MAX_RETRIES = fields.Integer(validate=Range(min=0))
    DB_MAX_BACKOFF = fields.Float(validate=Range(min=0))
    REGION = fields.String(validate=OneOf(REGIONS, error="is none of {choices}"))
    HOST = fields.String(validate=Regexp(r"[A-Za-z0-9.:-]+$", error="is no address or name"))
    PORT = fields.Integer(validate=Range(min=1, max=65535))
    WEB_CONCURRENCY = fields.Integer(validate=_AT_LEAST_ONE)
    WEB_THREADS = fields.Integer(validate=_AT_LEAST_ONE)
    WEB_QUEUE = fields.Integer(validate=Range(min=0))
    KEEPALIVE = fields.Integer(validate=_AT_LEAST_ONE)
    GRACEFUL_TIMEOUT = fields.Integer(validate=_AT_LEAST_ONE)
    METRICS_TOKEN = fields.String(validate=_SECRET_RULE)
    VERSION = fields.String()
    API_KEY = fields.String(
        validate=Regexp(r"[A-Za-z0-9_-]+\Z", error="is not a key for Google Maps")
    )
    TILE_URL = fields.String(validate=_TILE_RULE)
    TILE_ATTRIBUTION = fields.String(validate=Length(max=200))
    BALANCER = fields.String(validate=OneOf(_BALANCERS, error="is none of {choices}"))
    CITY_HEADER = fields.String(validate=_HEADER_RULE)
    CITY_LAT_LONG_HEADERS = _CommaSeparated(validate=_one_or_two_headers)
    TRUSTED_PROXIES = fields.Integer(validate=Range(min=0, max=5))
    TRUSTED_HOSTS = _CommaSeparated()
    SIGN_UPS_PER_NETWORK = _Rates()
    FIRST_RIDES_PER_NETWORK = _Rates()
    RATELIMIT_STORAGE_URI = fields.String(validate=_usable_storage)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _safe_outside_debug(
        self, data: dict[str, Any], given: dict[str, Any], **_kwargs: Any
    ) -> None:
        if not data.get("DEBUG") and (found := dict(dangers(data, given))):
            raise ValidationError({name: [what] for name, what in found.items()})

    @validates_schema(skip_on_field_errors=False)
    def _secret_beyond_loopback(self, data: dict[str, Any], **_kwargs: Any) -> None:
        # In DEBUG the secret may be the one that everybody can read in this file.
        loopback = data.get("HOST", "127.0.0.1") in ("127.0.0.1", "::1", "localhost")
        if data.get("DEBUG") and not loopback and not data.get("SECRET_KEY"):
            raise ValidationError(
                "is needed where HOST lets others than this machine in.", "SECRET_KEY"
            )


_LIMITS: Final = frozenset(name for name in _Variables().fields if name.startswith("DB_")) - {
    "DB_URI"
}
