"""What one network, name or device may do how often: wrong passwords, sign-ups, first rides.

An attempt is counted before it is made, and given back where it was harmless, so that attempts that
are made at once cannot get past a limit together. Where counts are kept is limit_store.py's affair.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from math import ceil
from typing import Final, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, parse

from movr.errors import WorldUnavailable, WrongPassword
from movr.records import User
from web.limit_store import SharedOrOwnLimiter

_FEW: Final = parse("10 per 15 minutes")
_MANY: Final = parse("100 per 15 minutes")
_NEW_FOR: Final = timedelta(days=1)
_THIS_MACHINE: Final = "this machine"

_Limit = tuple[RateLimitItem, str]


class LimitReached(Exception):
    """Something was tried too often; what was asked for has not been done."""

    def __init__(self, seconds: int) -> None:
        """Note in how many seconds there may be another attempt."""
        super().__init__(f"for {seconds} more seconds")
        self.seconds = seconds


class TooManyWrongPasswords(LimitReached):
    """For this name, from this network, or both."""


class TooManySignUps(LimitReached):
    """From this network."""


class TooManyFirstRides(LimitReached):
    """By new accounts, from this network."""


@contextmanager
def limit_wrong_passwords(kind: str, who: str, device: str | None = None) -> Iterator[None]:
    """Have a password tried for somebody; it counts if it was wrong, which the block raises.

    From one network there are few attempts for each, from all together more, so that no network
    alone can lock anybody out. A device that has logged in before has attempts of its own, and is
    like any other when they are used up. Raises TooManyWrongPasswords.
    """
    network = _network()
    # The narrowest comes first: what it refuses does not count for those that others share.
    strangers = [
        (_FEW, f"{kind}:{who} from {network}"),
        (_MANY, f"{kind}:any from {network}"),
        (_MANY, f"{kind}:{who}"),
    ]
    known = [(_FEW, f"device:{device}")]
    limits = known if device and not _count(known) else strangers
    if limits is strangers and (wait := _count(strangers)):
        raise TooManyWrongPasswords(wait)
    # While a region is silent it may be wrong without anybody knowing.
    with _given_back(limits, unless=(WrongPassword, WorldUnavailable)):
        yield


@contextmanager
def limit_sign_ups() -> Iterator[None]:
    """Have an account opened, unless its network has opened too many; raises TooManySignUps."""
    limits = _limits_of_network("SIGN_UPS_PER_NETWORK")
    if wait := _count(limits):
        raise TooManySignUps(wait)
    with _given_back(limits):
        yield


@contextmanager
def limit_first_rides(rider: User) -> Iterator[None]:
    """Have a ride started, unless new accounts of this network have started too many just now.

    Raises TooManyFirstRides. A rider who is on a ride starts none, so that nothing is counted.
    """
    is_new = rider.date_joined and datetime.now(UTC) - rider.date_joined < _NEW_FOR
    limits = []
    if is_new and rider.active_ride is None:
        limits = _limits_of_network("FIRST_RIDES_PER_NETWORK")
    if wait := _count(limits):
        raise TooManyFirstRides(wait)
    with _given_back(limits):
        yield


def _network() -> str:
    """Return the network of the client: an IPv4 address, or 64 bits of IPv6, which a home gets."""
    given = request.remote_addr or ""
    try:
        address = ip_address(given)
    except ValueError:
        return given[:64] or _THIS_MACHINE
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return _THIS_MACHINE
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), 64), strict=False))


def _limits_of_network(setting: str) -> list[_Limit]:
    network = _network()
    # Whoever comes from this machine is its operator, or everybody who comes through a proxy that
    # TRUSTED_PROXIES does not count: neither is one network.
    if network == _THIS_MACHINE:
        return []
    return [(item, f"{setting}:{network}") for item in current_app.config[setting]]


def _limiter() -> SharedOrOwnLimiter:
    return cast(SharedOrOwnLimiter, current_app.extensions["limiter"])


def _count(limits: Sequence[_Limit]) -> int:
    """Count an attempt and return 0; where a limit is reached, return for how many seconds."""
    limiter = _limiter()
    for number, (item, key) in enumerate(limits):
        if not limiter.hit(item, key):
            _give_back(limits[:number])
            return max(1, ceil(limiter.free_at(item, key) - time.time()))
    return 0


def _give_back(limits: Sequence[_Limit]) -> None:
    for item, key in limits:
        _limiter().give_back(item, key)


@contextmanager
def _given_back(
    limits: Sequence[_Limit], *, unless: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Give the attempt back unless the block raises one of these; if none is named, if any."""
    raised: Exception | None = None
    try:
        yield
    except Exception as error:
        raised = error
        raise
    finally:
        counts = isinstance(raised, unless) if unless else raised is None
        if not counts:
            _give_back(limits)


def init_app(app: Flask) -> None:
    """Count what is tried in this application."""
    app.extensions["limiter"] = SharedOrOwnLimiter(app.config["RATELIMIT_STORAGE_URI"])
