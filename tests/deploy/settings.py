"""What a deployment tells MovR, read by MovR's own rules."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.support.gunicorn_server import ROOT
from web.config import Config


def known_settings() -> set[str]:
    """Return every name that .env.example explains."""
    return set(re.findall(r"^([A-Z_]+)=", Path(ROOT, ".env.example").read_text(), re.MULTILINE))


def accepted(variables: Mapping[str, str]) -> Config:
    """Return what MovR makes of these; fails if it knows one of them not or refuses one."""
    assert set(variables) <= known_settings()
    return Config.from_mapping(variables)


def connections(config: Config) -> int:
    """Return how many connections to the database a container opens at most."""
    return config.WEB_CONCURRENCY * config.DB_LIMITS.pool_size
