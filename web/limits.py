"""How often wrong logins may be tried: per name, against guessing, and per address."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import Response, request
from flask_limiter.util import get_remote_address

from web.extensions import limiter

Route = TypeVar("Route", bound=Callable[..., Any])

PER_NAME: Final = "10 per 15 minutes"
PER_ADDRESS: Final = "100 per 15 minutes"


def _name() -> str:
    # As a login reads it: nobody gets further attempts out of capitals or blanks.
    return "name:" + request.form.get("username", "").strip().lower()[:64]


def _is_wrong_login(response: Response) -> bool:
    return response.status_code == 422


def _address() -> str:
    return "address:" + get_remote_address()


def seconds_to_wait() -> int:
    """Return in how many seconds the limit that this request has run into begins anew."""
    limit = limiter.current_limit
    return max(1, round(limit.reset_at - time.time())) if limit else 1


def limit_wrong_logins(route: Route) -> Route:
    """Refuse a name or an address that has had too many wrong logins; right ones do not count."""
    limited: Any = route
    for rate, key in ((PER_NAME, _name), (PER_ADDRESS, _address)):
        limit = limiter.limit(rate, key_func=key, methods=["POST"], deduct_when=_is_wrong_login)
        limited = limit(limited)
    return cast(Route, limited)
