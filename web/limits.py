"""Limits for each network, name and device: passwords, sign-ups, mails, first rides, reports.

An attempt is counted before it is made, and given back if it was harmless, so that simultaneous
attempts cannot exceed a limit together. limit_store.py keeps the counts.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
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
_FEW_MAILS: Final = parse("3 per 15 minutes")
_MANY_MAILS: Final = parse("20 per 15 minutes")
_TO_ADDRESS: Final = parse("6 per hour")
_REPORTS: Final = parse("5 per hour")
_NEW_FOR: Final = timedelta(days=1)
_THIS_MACHINE: Final = "this machine"

_Limit = tuple[RateLimitItem, str]


class LimitReached(Exception):
    """Something was tried too often, so it was not done this time."""

    def __init__(self, seconds: int) -> None:
        """Note in how many seconds to try again."""
        super().__init__(f"for {seconds} more seconds")
        self.seconds = seconds


class TooManyWrongPasswords(LimitReached):
    """For this name, from this network, or both."""


class TooManySignUps(LimitReached):
    """From this network."""


class TooManyMails(LimitReached):
    """For this account or name, from this network, or both, or to this address."""


class TooManyFirstRides(LimitReached):
    """By new accounts, from this network."""


class TooManyReports(LimitReached):
    """Of problems, by this rider or from this network."""


@contextmanager
def limit_wrong_passwords(kind: str, who: str, device: str | None = None) -> Iterator[None]:
    """Count the attempt in the block if it raises WrongPassword; raises TooManyWrongPasswords.

    Each account allows a few attempts from one network and more from all networks together, so that
    no network alone can lock a rider out. A device that has logged in before has attempts of its
    own, and shares the others' once they are used up.
    """
    network = _network()
    # The narrowest limit comes first: what it refuses does not count against the shared ones.
    anyone = [
        (_FEW, f"{kind}:{who} from {network}"),
        (_MANY, f"{kind}:any from {network}"),
        (_MANY, f"{kind}:{who}"),
    ]
    known = [(_FEW, f"device:{device}")]
    if device and not _count(known):
        limits = known
    elif wait := _count(anyone):
        raise TooManyWrongPasswords(wait)
    else:
        limits = anyone
    counts = False
    try:
        yield
    except (WrongPassword, WorldUnavailable):
        # While a region does not respond, the password may be wrong without anybody knowing.
        counts = True
        raise
    finally:
        if not counts:
            _give_back(limits)


@contextmanager
def limit_sign_ups() -> Iterator[None]:
    """Count the sign-up in the block; raises TooManySignUps if the network had too many."""
    limits = _limits_of_network("SIGN_UPS_PER_NETWORK")
    if wait := _count(limits):
        raise TooManySignUps(wait)
    with _given_back_on_error(limits):
        yield


@contextmanager
def limit_mails(kind: str, who: str, address: str | None = None) -> Iterator[None]:
    """Have a mail sent to somebody, unless many were asked for; raises TooManyMails.

    It counts whether or not there is anybody to send it to. Who may be a stranger is named by the
    address.
    """
    network = _network()
    limits = [
        (_FEW_MAILS, f"mail:{kind}:{who} from {network}"),
        (_MANY_MAILS, f"mail:any from {network}"),
        (_MANY_MAILS, f"mail:{kind}:{who}"),
        *([] if address is None else [_to(address)]),
    ]
    if wait := _count(limits):
        raise TooManyMails(wait)
    with _given_back_on_error(limits):
        yield


@contextmanager
def limit_notes(user: User) -> Iterator[bool]:
    """Tell the block whether to mail an account that its password was changed in the block.

    Only changes count, each of which was noted, so nobody can keep the first note from being sent.
    """
    with _whether_few([(_FEW_MAILS, f"mail:note:{user.id}")]) as is_noted:
        yield is_noted


@contextmanager
def limit_first_mails(address: str) -> Iterator[bool]:
    """Tell the block, which opens an account, whether to mail the address, or many did before."""
    with _whether_few([_to(address)]) as is_mailed:
        yield is_mailed


@contextmanager
def limit_first_rides(rider: User) -> Iterator[None]:
    """Count the start or reservation in the block for a new account; raises TooManyFirstRides.

    Nothing is counted for a rider who is on a ride, and so cannot start another.
    """
    is_new = rider.date_joined and datetime.now(UTC) - rider.date_joined < _NEW_FOR
    limits = []
    if is_new and rider.active_ride is None:
        limits = _limits_of_network("FIRST_RIDES_PER_NETWORK")
    if wait := _count(limits):
        raise TooManyFirstRides(wait)
    with _given_back_on_error(limits):
        yield


@contextmanager
def limit_reports(rider: User) -> Iterator[Callable[[], None]]:
    """Count the report in the block for the rider and the network; raises TooManyReports.

    The block is given a function that gives the attempt back.
    """
    limits = [(_REPORTS, f"reports:{rider.id}"), *_limits_of_network("REPORTS_PER_NETWORK")]
    if wait := _count(limits):
        raise TooManyReports(wait)
    with _given_back_on_error(limits):
        yield partial(_give_back, limits)


def _to(address: str) -> _Limit:
    """Return the limit for all who name an address, by its hash: the store is for no addresses."""
    digest = sha256(address.casefold().encode()).hexdigest()
    return _TO_ADDRESS, f"mail:to:{digest}"


def _network() -> str:
    """Return the client's network: an IPv4 address, or the 64 bits of IPv6 that a home gets."""
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
    # Requests from this machine are its operator's, or everybody's through a proxy that
    # TRUSTED_PROXIES does not count: neither is one network.
    if network == _THIS_MACHINE:
        return []
    return [(item, f"{setting}:{network}") for item in current_app.config[setting]]


def _limiter() -> SharedOrOwnLimiter:
    return cast(SharedOrOwnLimiter, current_app.extensions["limiter"])


def _count(limits: Sequence[_Limit]) -> int:
    """Count an attempt and return 0, or return for how many seconds a limit stays reached."""
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
def _whether_few(limits: Sequence[_Limit]) -> Iterator[bool]:
    """Count an attempt, and tell the block whether it may be made; it goes on in any case."""
    if _count(limits):
        yield False
        return
    with _given_back_on_error(limits):
        yield True


@contextmanager
def _given_back_on_error(limits: Sequence[_Limit]) -> Iterator[None]:
    try:
        yield
    except Exception:
        _give_back(limits)
        raise


def init_app(app: Flask) -> None:
    """Set up the counts of this application."""
    app.extensions["limiter"] = SharedOrOwnLimiter(app.config["RATELIMIT_STORAGE_URI"])
