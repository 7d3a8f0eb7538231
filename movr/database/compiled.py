"""Compiled statements, found by the statement itself.

SQLAlchemy finds them by what a statement is made of: hundreds of parts, which it goes through each
time. The statements of reads are built once, and SQLAlchemy keeps the description of each with it,
so that it is always the same object.
"""

from typing import Any, Final

_MAX: Final = 500
"""As many as SQLAlchemy keeps; others than those that are built once are few."""


class StatementCache(dict[Any, Any]):
    """For the execution option `compiled_cache`."""

    def get(self, key: Any, default: Any = None) -> Any:
        """Return what was compiled for a key: SQLAlchemy's dialect, description and details."""
        _dialect, description, *rest = key
        found = super().get((id(description), *rest))
        return default if found is None else found[1]

    def __setitem__(self, key: Any, compiled: Any) -> None:
        """Keep what was compiled for such a key."""
        _dialect, description, *rest = key
        if len(self) >= _MAX:
            self.clear()
        # The description is kept as well, so that no other one gets its id.
        super().__setitem__((id(description), *rest), (description, compiled))
