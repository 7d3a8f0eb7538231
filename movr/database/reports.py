"""What observers are told: how transactions and reads went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(slots=True)
class Report:
    """How one transaction or read went: for logs and metrics.

    `name` is the callback's without "_txn", `seconds` the time of all attempts, `error` the name of
    the error that it ended with. `changed` says whether an update found its row, which it does not
    when a form is sent again.
    """

    name: str
    attempts: int = 0
    seconds: float = 0.0
    error: str | None = None
    changed: bool = False


class Reported:
    """Tells the observers how a callback went; the block counts its attempts.

    A class, because a generator takes several times as long to enter and leave.
    """

    def __init__(
        self, callback: Callable[..., object], observers: Sequence[Callable[[Report], None]]
    ) -> None:
        self._report = Report(callback.__name__.removesuffix("_txn"))
        self._observers = observers
        self._begin = perf_counter()

    def __enter__(self) -> Report:
        return self._report

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        report = self._report
        if kind is not None and issubclass(kind, Exception):
            report.error = kind.__name__
        report.seconds = perf_counter() - self._begin
        for observer in self._observers:
            observer(report)
