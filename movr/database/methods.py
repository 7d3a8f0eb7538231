"""Methods of MovR that only pass their arguments to a callback: one line for each.

Such a method has the callback's arguments and docstring, and raises the refusal that it returns.
A callback whose second argument is the time gets that of the clock.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from movr import clock
from movr.database.companions import ReadThrough
from movr.database.database import Database
from movr.errors import MovRError

P = ParamSpec("P")
T = TypeVar("T")

Method = Callable[Concatenate[Database, P], T]


def _named_after(callback: Callable[..., object]) -> Callable[[Method[P, T]], Method[P, T]]:
    """Return a decorator that gives a method the name and the docstring of its callback."""

    def name(method: Method[P, T]) -> Method[P, T]:
        named = wraps(callback)(method)
        named.__name__ = callback.__name__.removesuffix("_txn")
        return named

    return name


def reads(callback: Callable[Concatenate[ReadThrough, P], T | MovRError]) -> Method[P, T]:
    """Return a method that reads at home."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._read(callback, *args, **kwargs)

    return method


def reads_now(
    callback: Callable[Concatenate[ReadThrough, datetime, P], T | MovRError],
) -> Method[P, T]:
    """Return a method that reads at home what depends on the time."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._read(callback, clock.now(), *args, **kwargs)

    return method


def reads_a_city(callback: Callable[Concatenate[ReadThrough, P], T | MovRError]) -> Method[P, T]:
    """Return a method that reads at home or, called with `from_afar=True`, in another region.

    From afar the nearest replica responds, as of a few seconds ago; raises WorldUnavailable.
    """

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Callbacks take it by keyword only.
        way = self._way(kwargs.get("from_afar") is True)
        return self._read_by(way, callback, *args, **kwargs)

    return method


def reads_a_city_now(
    callback: Callable[Concatenate[ReadThrough, datetime, P], T | MovRError],
) -> Method[P, T]:
    """Return a method as reads_a_city does, for what depends on the time."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        way = self._way(kwargs.get("from_afar") is True)
        return self._read_by(way, callback, clock.now(), *args, **kwargs)

    return method


def writes(callback: Callable[Concatenate[Session, P], T | MovRError]) -> Method[P, T]:
    """Return a method that is one transaction."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._write(callback, *args, **kwargs)

    return method


def writes_now(
    callback: Callable[Concatenate[Session, datetime, P], T | MovRError],
) -> Method[P, T]:
    """Return a method that is one transaction and notes the time, or depends on it."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._write(callback, clock.now(), *args, **kwargs)

    return method


def writes_one(callback: Callable[Concatenate[Session, P], T | MovRError]) -> Method[P, T]:
    """Return a method that is one statement, which may run twice."""

    @_named_after(callback)
    def method(self: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._write_one(callback, *args, **kwargs)

    return method
