"""How often wrong passwords may be tried: per account, against guessing, and per address."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import Response, g, request
from flask_limiter.util import get_remote_address

from web.extensions import limiter

Route = TypeVar("Route", bound=Callable[..., Any])

PER_NAME: Final = "10 per 15 minutes"
PER_ADDRESS: Final = "100 per 15 minutes"


def _name() -> str:
    # As a login reads it: nobody gets further attempts out of capitals or blanks.
    return "name:" + request.form.get("username", "").strip().lower()[:64]


def _is_wrong_login(response: Response) -> bool:
    return response.status_code == 422 or _had_wrong_password(response)


def _account() -> str:
    return f"account:{(request.view_args or {})['user_id']}"


def count_wrong_password() -> None:
    """Note that this request had a wrong password, or one that may be wrong."""
    g.wrong_password = True


def _had_wrong_password(_response: Response) -> bool:
    return "wrong_password" in g


def _address() -> str:
    return "address:" + get_remote_address()


def seconds_to_wait() -> int:
    """Return in how many seconds the limit that this request has run into begins anew."""
    limit = limiter.current_limit
    return max(1, round(limit.reset_at - time.time())) if limit else 1


def limit_wrong_logins(route: Route) -> Route:
    """Refuse a name or an address that has had too many wrong logins; right ones do not count."""
    return _limit(route, "logins", _name, _is_wrong_login)


def limit_wrong_passwords(route: Route) -> Route:
    """Refuse an account or an address that has given too many wrong passwords while logged in.

    They are counted for all such routes together, or each of them would allow as many.
    """
    return _limit(route, "passwords", _account, _had_wrong_password)


def _limit(
    route: Route, what: str, who: Callable[[], str], counts: Callable[[Response], bool]
) -> Route:
    limited: Any = route
    for rate, key in ((PER_NAME, who), (PER_ADDRESS, _address)):
        limit = limiter.shared_limit(rate, what, key_func=key, methods=["POST"], deduct_when=counts)
        limited = limit(limited)
    return cast(Route, limited)
