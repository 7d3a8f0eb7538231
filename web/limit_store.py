"""Counts attempts in a shared store, and in this process while that does not respond.

No period as long as that of a limit has more attempts than the limit allows, whenever it begins.
Nothing here knows what is counted.
"""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar, cast

from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

T = TypeVar("T")

_TIMEOUT_S: Final = 0.5
# How often one request tries whether a silent store is back, in seconds.
_PAUSE_S: Final = 5.0
_PREFIX: Final = "MOVR"

_Store = RedisStorage | MemoryStorage

_log = logging.getLogger(__name__)


class SharedOrOwnLimiter:
    """Raises no errors of the shared store, and rarely makes a request wait for it."""

    def __init__(self, shared_uri: str) -> None:
        """Prepare to count in the store at `shared_uri`; connects when first used."""
        timeouts = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
        # The former version, which may run beside this one, counts differently under the default
        # prefix.
        shared = storage_from_string(shared_uri, key_prefix=_PREFIX, **timeouts)
        self._shared = shared if isinstance(shared, RedisStorage) else None
        self._own = MemoryStorage()
        # Starting to count in two threads at once would lose a count, or fail.
        self._own_lock = Lock()
        self._lock = Lock()
        self._silent_until: float | None = None

    def hit(self, item: RateLimitItem, key: str) -> bool:
        """Count an attempt and return True; return False if the limit is reached."""
        return self._ask(lambda storage: MovingWindowRateLimiter(storage).hit(item, key))

    def free_at(self, item: RateLimitItem, key: str) -> float:
        """Return when the oldest attempt no longer counts, in seconds since 1970."""
        return self._ask(
            lambda storage: MovingWindowRateLimiter(storage).get_window_stats(item, key).reset_time
        )

    def give_back(self, item: RateLimitItem, key: str) -> None:
        """Forget the latest attempt, if the store in use knows of any."""
        name = item.key_for(key)

        def forget(storage: _Store) -> None:
            if isinstance(storage, RedisStorage):
                # The library's type for the client lists only the methods that the library calls.
                cast(Any, storage.get_connection()).lpop(storage.prefixed_key(name))
            else:
                _forget_latest(storage, name)

        self._ask(forget)

    def _ask(self, question: Callable[[_Store], T]) -> T:
        if self._shared is not None and self._is_worth_asking():
            try:
                result = question(self._shared)
            except self._shared.base_exceptions as error:
                self._note_silence(error)
            else:
                self._note_answer()
                return result
        with self._own_lock:
            _forget_empty(self._own)
            return question(self._own)

    def _is_worth_asking(self) -> bool:
        with self._lock:
            if self._silent_until is None:
                return True
            if monotonic() < self._silent_until:
                return False
            # Only this thread tries the store; the others do not wait.
            self._silent_until = monotonic() + _PAUSE_S
            return True

    def _note_silence(self, error: Exception) -> None:
        with self._lock:
            is_news = self._silent_until is None
            self._silent_until = monotonic() + _PAUSE_S
        if is_news:
            _log.warning(
                "The shared store does not respond, so this process counts by itself: %s",
                type(error).__name__,
            )

    def _note_answer(self) -> None:
        with self._lock:
            is_news = self._silent_until is not None
            self._silent_until = None
        if is_news:
            _log.warning("The shared store responds again.")


# Under the library's own locks, because its thread drops old entries, and leaves empty lists.


def _forget_latest(storage: MemoryStorage, name: str) -> None:
    with storage.locks[name]:
        if attempts := storage.events.get(name):
            storage.events[name] = attempts[1:]


def _forget_empty(storage: MemoryStorage) -> None:
    for name in [name for name, attempts in storage.events.items() if not attempts]:
        with storage.locks[name]:
            if not storage.events[name]:
                storage.clear(name)
