"""Where limits are counted: in a shared store, and in this process while that does not answer.

No period of a limit's length has more than the limit allows, whenever it begins. Nothing here knows
what is counted.
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
# One request in so many seconds finds out whether a store that was away is back.
_PAUSE_S: Final = 5.0
_PREFIX: Final = "MOVR"

_Store = RedisStorage | MemoryStorage

_log = logging.getLogger(__name__)


class SharedOrOwnLimiter:
    """Raises nothing that has to do with the shared store, and rarely keeps a request waiting."""

    def __init__(self, shared_uri: str) -> None:
        """Prepare to count in the store at `shared_uri`; connects when first used."""
        timeouts = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
        # The version before counts in another way under the library's prefix, perhaps beside us.
        shared = storage_from_string(shared_uri, key_prefix=_PREFIX, **timeouts)
        self._shared = shared if isinstance(shared, RedisStorage) else None
        self._own = MemoryStorage()
        # Where two threads begin to count at once, it loses a count, or fails.
        self._own_lock = Lock()
        self._lock = Lock()
        self._silent_until: float | None = None

    def hit(self, item: RateLimitItem, key: str) -> bool:
        """Count an attempt and return True, or return False where the limit is reached."""
        return self._ask(lambda storage: MovingWindowRateLimiter(storage).hit(item, key))

    def free_at(self, item: RateLimitItem, key: str) -> float:
        """Return when the oldest attempt no longer counts, in seconds since 1970."""
        return self._ask(
            lambda storage: MovingWindowRateLimiter(storage).get_window_stats(item, key).reset_time
        )

    def give_back(self, item: RateLimitItem, key: str) -> None:
        """Forget the latest attempt, if the store that is asked now knows of any."""
        name = item.key_for(key)

        def forget(storage: _Store) -> None:
            if isinstance(storage, RedisStorage):
                # The library's own type of a client knows only what the library asks of it.
                cast(Any, storage.get_connection()).lpop(storage.prefixed_key(name))
            else:
                _forget_latest(storage, name)

        self._ask(forget)

    def _ask(self, question: Callable[[_Store], T]) -> T:
        if self._shared is not None and self._is_worth_asking():
            try:
                answer = question(self._shared)
            except self._shared.base_exceptions as error:
                self._note_silence(error)
            else:
                self._note_answer()
                return answer
        with self._own_lock:
            _forget_empty(self._own)
            return question(self._own)

    def _is_worth_asking(self) -> bool:
        with self._lock:
            if self._silent_until is None:
                return True
            if monotonic() < self._silent_until:
                return False
            # This thread finds out; the others do not wait with it.
            self._silent_until = monotonic() + _PAUSE_S
            return True

    def _note_silence(self, error: Exception) -> None:
        with self._lock:
            is_news = self._silent_until is None
            self._silent_until = monotonic() + _PAUSE_S
        if is_news:
            _log.warning(
                "The shared store does not answer, so this process counts by itself: %s",
                type(error).__name__,
            )

    def _note_answer(self) -> None:
        with self._lock:
            is_news = self._silent_until is not None
            self._silent_until = None
        if is_news:
            _log.warning("The shared store answers again.")


# The library's own thread drops what no longer counts, under the same locks, and keeps empty lists.


def _forget_latest(storage: MemoryStorage, name: str) -> None:
    with storage.locks[name]:
        if attempts := storage.events.get(name):
            storage.events[name] = attempts[1:]


def _forget_empty(storage: MemoryStorage) -> None:
    for name in [name for name, attempts in storage.events.items() if not attempts]:
        with storage.locks[name]:
            if not storage.events[name]:
                storage.clear(name)
