"""What a deployment tells MovR, read by MovR's own rules."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from web.config import Config

SECRETS: Final = {
    "SECRET_KEY": "c1f0a94be27d583604e9b8d7325fa61c",
    "DB_URI": "cockroachdb://movr@db.example:26257/movr?sslmode=verify-full",
}
"""What every deployment gets from its store of secrets."""


def known_settings() -> set[str]:
    """Return the name of every setting."""
    return {field.name for field in fields(Config)}


def accepted(variables: Mapping[str, str]) -> Config:
    """Return what MovR makes of these; fails if it knows one of them not or refuses one."""
    assert set(variables) <= known_settings()
    return Config.from_mapping(variables)


def connections(config: Config) -> int:
    """Return how many connections to the database a container opens at most."""
    return config.WEB_CONCURRENCY * config.DB_LIMITS.pool_size
