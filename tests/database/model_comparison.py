"""MovR and the model side by side: the same is done to both, and what comes of it is compared.

What is done stands in model_machine.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant

from movr import MovR
from movr.errors import MovRError
from movr.records import Page
from tests.database.model import Model
from tests.database.model_rows import CITIES, Fate, is_gone
from tests.database.world import Key, empty, read_world

PAGE_SIZE: Final = 2
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)

_UNKNOWN: Final = UUID(int=99)


class SideBySide(RuleBasedStateMachine):
    """One run of many steps, on empty tables. `fate` must be what MovR's clock and ids obey.

    Where `agreed` is false at the end, a step has failed.
    """

    def __init__(self, movr: MovR, fate: Fate, hashes: dict[str, str]) -> None:
        super().__init__()
        empty(movr)
        fate.now = NOON
        self.movr = movr
        self.fate = fate
        self.model = Model(fate, hashes)
        self.agreed = True

    def keys(self, table: str) -> list[Key]:
        """Where a row may be looked for: most often one of which something can become."""
        rows = getattr(self.model, table)
        live = [key for key, row in rows.items() if _is_live(row)]
        wrong = [(CITIES[CITIES.index(city) - 1], id_) for city, id_ in rows]
        return [*live * 4, *rows, *wrong, (CITIES[0], _UNKNOWN)]

    def live(self, table: str) -> int:
        """How many rows there are of which something can become."""
        return sum(map(_is_live, getattr(self.model, table).values()))

    def do(self, name: str, **given: Any) -> None:
        """Do the same to both: it must come to the same."""
        self.agreed = False
        wanted = _outcome(getattr(self.model, name), given)
        assert _outcome(getattr(self.movr, name), given) == wanted
        self.agreed = True

    def read(self, name: str, **given: Any) -> None:
        """Read a list from both: from MovR page by page, from the model at once."""
        self.agreed = False
        whole = getattr(self.model, name)(**given)
        cursor = None
        for begin in range(0, max(1, len(whole)), PAGE_SIZE):
            page: Page[Any] = getattr(self.movr, name)(**given, cursor=cursor)
            cursor = page.next_cursor
            assert page.rows == tuple(whole[begin : begin + PAGE_SIZE])
            assert (cursor is None) == (begin + PAGE_SIZE >= len(whole))
        self.agreed = True

    def next_id(self, table: str, city: str, number: int) -> None:
        """Let the next id be this number, or the first one after it that is free in the city."""
        taken = getattr(self.model, table)
        self.fate.new_id = next(
            UUID(int=each) for each in count(number) if (city, UUID(int=each)) not in taken
        )

    def owner_of(self, vehicle: Key) -> Key:
        """Who owns the vehicle; if there is none, nobody."""
        row = self.model.vehicles.get(vehicle)
        return (row.city, row.owner_id) if row else (vehicle[0], _UNKNOWN)

    @invariant()
    def rows_are_those_of_the_model(self) -> None:
        self.agreed = False
        assert read_world(self.movr) == self.model.world
        self.agreed = True


def _is_live(row: SimpleNamespace) -> bool:
    """Whether it is an open account, a vehicle in service or a running ride."""
    if hasattr(row, "username"):
        return row.username is not None
    return row.end_time is None if hasattr(row, "end_time") else not is_gone(row)


def _outcome(method: Callable[..., Any], given: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "returns", method(**given)
    except MovRError as error:
        return "raises", type(error)
