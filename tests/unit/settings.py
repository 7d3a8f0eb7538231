"""Every setting with good and bad values, and how tests load them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from limits import parse

from web.config import Config, ConfigError

SECRET = "c1f0a94be27d583604e9b8d7325fa61c"
OTHER_SECRET = "Zk3vQ8xw-P2rT6mYb9LhN_4dJcF7sGaE"
FILE = "sqlite:///movr.db"
CLUSTER = "cockroachdb://movr@db.example:26257/movr?sslmode=verify-full"
MAILS = "smtp://movr:se%2Fcret@mail.example:587?starttls"
GOOGLE = ("X-City", ("X-City-Lat-Long",))


class Variable(NamedTuple):
    """What a variable is if it is left out, one good value with its meaning, and bad values."""

    default: Any
    good: str
    meaning: Any
    bad: tuple[str, ...] = ()


VARIABLES = {
    "DEBUG": Variable(False, "True", True, ("maybe", "2")),
    "SECRET_KEY": Variable(SECRET, OTHER_SECRET, OTHER_SECRET, ("short", "x" * 31)),
    "SECRET_KEY_FALLBACKS": Variable(
        (), f"{SECRET}, {OTHER_SECRET},", (SECRET, OTHER_SECRET), (f"{SECRET},short",)
    ),
    "DB_URI": Variable(
        FILE,
        CLUSTER,
        CLUSTER,
        ("movr.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/movr", "cockroachdb://"),
    ),
    "DB_POOL_SIZE": Variable(4, "3", 3, ("0", "-1", "many", "1.5")),
    "DB_POOL_TIMEOUT": Variable(5.0, "0.5", 0.5, ("0", "-1", "soon", "nan", "inf")),
    "DB_POOL_RECYCLE": Variable(300, "60", 60, ("0", "later")),
    "DB_CONNECT_TIMEOUT": Variable(5, "2", 2, ("1", "2.5", "soon")),
    "DB_STATEMENT_TIMEOUT": Variable(10.0, "2.5", 2.5, ("0", "soon")),
    "DB_WORLD_TIMEOUT": Variable(2.0, "0.5", 0.5, ("0", "soon")),
    "DB_APPLICATION_NAME": Variable("movr", "movr-rome", "movr-rome", ("x" * 61,)),
    "DB_MAX_RETRIES": Variable(10, "0", 0, ("-1", "often")),
    "DB_MAX_BACKOFF": Variable(1.0, "0", 0.0, ("-0.1", "long")),
    "REGION": Variable(None, "gcp-us-west1", "gcp-us-west1", ("us-west1", "GCP-US-WEST1")),
    "HOST": Variable("0.0.0.0", "::1", "::1", ("bad host", "a/b")),  # noqa: S104 (what a container listens on)
    "PORT": Variable(8000, "9000", 9000, ("0", "65536", "http", "80.5")),
    "WEB_CONCURRENCY": Variable(2, "1", 1, ("0", "auto")),
    "WEB_THREADS": Variable(4, "16", 16, ("0", "auto")),
    "WEB_QUEUE": Variable(8, "0", 0, ("-1", "long")),
    "KEEPALIVE": Variable(620, "75", 75, ("0", "for ever")),
    "GRACEFUL_TIMEOUT": Variable(30, "8", 8, ("0", "never")),
    "STILL_RIDING_AFTER": Variable(2.0, "0.5", 0.5, ("0", "-1", "soon", "nan")),
    "FORGOTTEN_AFTER": Variable(12.0, "24", 24.0, ("0", "-1", "never", "inf")),
    "METRICS_TOKEN": Variable(None, SECRET, SECRET, ("short",)),
    "VERSION": Variable("development", "1.2.3", "1.2.3"),
    "API_KEY": Variable(None, "a-key", "a-key", ("two words", "a&key", "a'key")),
    "TILE_URL": Variable(
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        "https://{s}.tiles.example:8443/{y}/{x}/{z}?style=day",
        "https://{s}.tiles.example:8443/{y}/{x}/{z}?style=day",
        (
            "https://tiles.example/",
            "https://tiles.example/{z}/{x}.png",
            "ftp://tiles.example/{z}/{x}/{y}",
            "//tiles.example/{z}/{x}/{y}",
            "https://user@tiles.example/{z}/{x}/{y}",
            "https://tiles.example;script-src/{z}/{x}/{y}",
            "https://tiles.example/{z}/{x}/{y} 'unsafe-inline'",
        ),
    ),
    "TILE_ATTRIBUTION": Variable(
        "© OpenStreetMap contributors https://www.openstreetmap.org/copyright",
        "Our own map",
        "Our own map",
        ("x" * 201,),
    ),
    "BALANCER": Variable(
        GOOGLE,
        "cloudflare",
        ("CF-IPCity", ("CF-IPLatitude", "CF-IPLongitude")),
        ("nginx", "Google"),
    ),
    "CITY_HEADER": Variable(
        "X-City", "Client-City", "Client-City", ("Client City", "Städte", "a:b")
    ),
    "CITY_LAT_LONG_HEADERS": Variable(
        ("X-City-Lat-Long",), "Lat, Long", ("Lat", "Long"), ("a,b,c", "lat long")
    ),
    "CONTACT": Variable(
        None,
        "help@example.com",
        "help@example.com",
        (
            "help",
            "@example.com",
            "help@",
            "javascript:alert(1)",
            'https://x.example/"><b>',
            "a b@c.d",
        ),
    ),
    "DOCUMENTS": Variable(None, "/tmp", "/tmp", ("/no/such/folder", "server.py")),  # noqa: S108
    "TRUSTED_PROXIES": Variable(0, "2", 2, ("-1", "6", "all")),
    "TRUSTED_HOSTS": Variable((), "movr.example, .movr.test", ("movr.example", ".movr.test")),
    "SIGN_UPS_PER_NETWORK": Variable(
        (parse("20 per hour"), parse("100 per day")),
        "5 per 10 minutes",
        (parse("5 per 10 minutes"),),
        ("5", "often", "0 per hour", "5 per fortnight", "-5 per hour"),
    ),
    "FIRST_RIDES_PER_NETWORK": Variable((parse("3 per minute"),), "Off", (), ("never",)),
    "REPORTS_PER_NETWORK": Variable((parse("20 per hour"),), "Off", (), ("never",)),
    "MAIL_URI": Variable(
        None,
        MAILS,
        MAILS,
        (
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://mail.example:port",
            "smtp://user@mail.example?starttls",
            "smtp://mail.example/path?starttls",
            "smtp://mail.example?tls",
            "smtps://mail.example?starttls",
        ),
    ),
    "MAIL_FROM": Variable(None, "movr@example.com", "movr@example.com", ("movr", "a@b c.example")),
    "SITE_URL": Variable(
        None,
        "https://movr.example:8443",
        "https://movr.example:8443",
        ("movr.example", "https://movr.example/", "ftp://movr.example"),
    ),
    "RATELIMIT_STORAGE_URI": Variable(
        "memory://",
        "memory://",
        "memory://",
        (
            "memory",
            "nowhere://user:pass@host",
            "redis+sentinel://127.0.0.1:26379/movr",
            "redis+cluster://127.0.0.1:7000",
        ),
    ),
}

# All that a MovR outside DEBUG has to be told.
NEEDED = {"SECRET_KEY": SECRET, "DB_URI": FILE}


def load(**variables: str) -> Config:
    return Config.from_mapping(NEEDED | variables)


def faults(variables: Mapping[str, str]) -> list[str]:
    """The lines of the message about these variables, without its first and last."""
    with pytest.raises(ConfigError) as caught:
        Config.from_mapping(variables)
    first, *lines, last = str(caught.value).splitlines()
    assert first == "MovR cannot start with these settings:"
    assert last == ".env.example explains every setting."
    return lines
