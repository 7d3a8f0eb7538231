"""`Started`: what is started on the way into a `with` block and stopped on the way out."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Started(ABC):
    """Something that runs from start() to stop()."""

    @abstractmethod
    def start(self) -> None:
        """Begin to run."""

    @abstractmethod
    def stop(self) -> None:
        """End; whatever was started is gone then."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
