"""Where limits are counted: in a shared store, and in this process while that does not answer.

Nothing here knows what is counted.
"""

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final, TypeVar, cast

from limits.storage import MemoryStorage, Storage, storage_from_string

T = TypeVar("T")

_PATIENCE_S: Final = 0.5
# One request in so many seconds finds out whether a store that was away is back.
_PAUSE_S: Final = 5.0

_log = logging.getLogger(__name__)


class SharedOrOwnStorage(Storage):
    """Raises nothing that has to do with the shared store, and rarely keeps a request waiting."""

    STORAGE_SCHEME = None

    def __init__(self, shared_uri: str) -> None:
        """Prepare to count in the store at `shared_uri`; connects when first used."""
        super().__init__()
        patience = {"socket_timeout": _PATIENCE_S, "socket_connect_timeout": _PATIENCE_S}
        shared = cast(Storage, storage_from_string(shared_uri, **patience))
        self._shared = None if isinstance(shared, MemoryStorage) else shared
        self._own = MemoryStorage()
        # Where two threads begin to count at once, it loses a count, or fails.
        self._own_lock = Lock()
        self._lock = Lock()
        self._silent_until: float | None = None

    def _ask(self, question: Callable[[Storage], T]) -> T:
        if self._shared is not None and self._is_worth_asking():
            try:
                answer = question(self._shared)
            except self._shared.base_exceptions as error:
                self._note_silence(error)
            else:
                self._note_answer()
                return answer
        with self._own_lock:
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

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What its methods may raise."""
        return self._own.base_exceptions

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how many there are now."""
        return self._ask(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """Return how many there are."""
        return self._ask(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """Return when the count begins anew, in seconds since 1970."""
        return self._ask(lambda storage: storage.get_expiry(key))

    def check(self) -> bool:
        """Return whether it can count, which it always can."""
        return True

    def reset(self) -> int | None:
        """Forget every count."""
        return self._ask(lambda storage: storage.reset())

    def clear(self, key: str) -> None:
        """Forget a count."""
        self._ask(lambda storage: storage.clear(key))
