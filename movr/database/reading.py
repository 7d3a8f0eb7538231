"""How callbacks read: the rows of one SELECT, as records.

From a statement to its rows, SQLAlchemy takes more time than SQLite takes to find them. A statement
of a read is built once (statements.py says why), so it is also compiled once, and then handed to
the driver as it is. To convert a row takes several times as long as to look it up, and most rows
are as they were when they were read last: so a row gives the very record that it gave then, of what
the database has returned just now.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.orm import Session

from movr.database.batching import execute_alone
from movr.database.companions import (
    COMPANION,
    OTHER,
    Accompanied,
    Pick,
    Query,
    pair,
    values_of_pair,
)
from movr.database.preparing import Read
from movr.database.values import MEANINGS

T = TypeVar("T")
Conversion = Callable[[Sequence[Any]], T]
Values = Mapping[str, Any]

Reader = Connection | Session | Accompanied
"""What a SELECT is sent through: a connection, or the session of a transaction.

An accompanied SELECT takes another one along.
"""

MAX_KEPT: Final = 4096
"""So many rows are kept with their records: 7 MB of vehicles or rides."""

_MAX_STATEMENTS: Final = 500
"""As many as SQLAlchemy keeps, and more than there are."""


def records(
    reader: Reader, kind: Callable[..., T], statement: Select[Any], values: Values
) -> list[T]:
    """Return the rows, each as what `kind` makes of its columns.

    The same columns give the same record, so it has to be immutable.
    """
    convert, found = _fetch(reader, kind, statement, values)
    return list(map(_record, repeat(convert), found))


def record(
    reader: Reader, kind: Callable[..., T], statement: Select[Any], values: Values
) -> T | None:
    """Return the only row as `records` does; None if there is none."""
    found = records(reader, kind, statement, values)
    return found[0] if found else None


def rows(reader: Reader, statement: Select[Any], values: Values) -> list[Any]:
    """Return the rows as tuples, and keep none of them: they are secret, personal, or many."""
    convert, found = _fetch(reader, _tuple, statement, values)
    return list(map(convert, found))


def _tuple(*columns: Any) -> tuple[Any, ...]:
    return columns


def _only(column: T) -> T:
    return column


def _all(columns: Sequence[T]) -> Sequence[T]:
    return columns


def _fetch(
    reader: Reader, kind: Callable[..., T], statement: Select[Any], values: Values
) -> tuple[Conversion[T], list[Any]]:
    """Return what makes a record of a row, which for a kind is always the same, and the rows.

    A companion gets its own rows.
    """
    if not isinstance(reader, Accompanied):
        conversion, found = _execute(reader, statement, values)
        return conversion(kind), found
    companion = reader.companion
    both = pair(companion.statement, statement)
    conversion, found = _execute(reader.reader, both, values_of_pair(companion.values, values))
    own = [COMPANION(row) for row in found if not row[0]]
    companion.rows = list(map(conversion(_only, COMPANION), own))
    return conversion(kind, OTHER), list(map(OTHER, found[len(own) :]))


def _execute(
    reader: Connection | Session, statement: Query, values: Values
) -> tuple[Callable[..., Conversion[Any]], list[Any]]:
    compiled = _compiled_for(reader, statement)
    if compiled is None:
        return _converted_already, [tuple(row) for row in reader.execute(statement, values)]
    description, found = compiled.execute(reader, values)
    return partial(compiled.conversion, description), found


@lru_cache(_MAX_STATEMENTS)
def _converted_already(kind: Callable[..., T], _columns: object = None) -> Conversion[T]:
    return lambda columns: kind(*columns)


@lru_cache(MAX_KEPT)
def _record(convert: Conversion[Any], columns: Any) -> Any:
    return convert(columns)


class _Compiled:
    """A statement in the words of a driver, with what converts values for it and from it."""

    def __init__(self, statement: Query, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.is_whole = not (compiled.post_compile_params or compiled.literal_execute_params)
        """Whether its text is the same whatever the values: that of IN depends on how many."""
        self._driver_error: Final[type[Exception]] = dialect.loaded_dbapi.Error
        self._dialect: Final = dialect
        self._types: Final = [
            column.type.dialect_impl(dialect) for column in statement.selected_columns
        ]
        # The names of the parameters by place, for drivers that do not know them by name.
        self._places: Final[list[str] | None] = compiled.positiontup
        processors = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _same
            for name, bind in compiled.binds.items()
        }
        self._constants: Final = {
            name: processors[name](bind.effective_value)
            for name, bind in compiled.binds.items()
            if not bind.required
        }
        self._read: Final = Read(compiled, self._constants)
        self._asked: Final = [each for each in processors.items() if each[0] not in self._constants]
        self._conversions: Final[dict[Any, Conversion[Any]]] = {}

    def execute(self, connection: Any, values: Values) -> tuple[Any, list[Any]]:
        """Return the driver's description of the columns, and the rows as the driver gives them."""
        cursor, parameters = None, self._parameters(values)
        try:
            cursor = connection.connection.cursor()
            execute_alone(cursor, self._read, parameters)
            found: list[Any] = cursor.fetchall()
        except self._driver_error as error:
            # SQLAlchemy raises it as its own. If the connection is lost, it also gives up those
            # that are as old.
            connection._handle_dbapi_exception(error, self._read.text, parameters, cursor, None)
            raise
        return cursor.description, found

    def conversion(
        self, description: Any, kind: Callable[..., T], columns: Pick = _all
    ) -> Conversion[T]:
        """Return what makes a record of these columns of a row; for a kind, always the same."""
        kept = self._conversions.get((kind, columns))
        return kept or self._conversion(columns(description), kind, columns)

    def _conversion(self, description: Any, kind: Callable[..., T], columns: Pick) -> Conversion[T]:
        processors = [
            (place, process)
            for place, (type_, column) in enumerate(
                zip(columns(self._types), description, strict=True)
            )
            for process in (
                MEANINGS.get(column[1]),
                type_.result_processor(self._dialect, column[1]),
            )
            if process
        ]

        def convert(columns: Sequence[Any]) -> T:
            converted = list(columns)
            for place, process in processors:
                # To no type does NULL mean anything else, and most of an account's columns are.
                if (value := converted[place]) is not None:
                    converted[place] = process(value)
            return kind(*converted)

        return self._conversions.setdefault((kind, columns), convert)

    def _parameters(self, values: Values) -> Any:
        given = self._constants | {name: process(values[name]) for name, process in self._asked}
        return given if self._places is None else [given[name] for name in self._places]


def _same(value: T) -> T:
    return value


@lru_cache(_MAX_STATEMENTS)
def _compile(statement: Query, dialect: Dialect) -> _Compiled:
    return _Compiled(statement, dialect)


def _compiled_for(reader: Connection | Session, statement: Query) -> _Compiled | None:
    """Return the statement compiled for a connection; None if SQLAlchemy has to execute it."""
    # A transaction sends other statements before it.
    if isinstance(reader, Session) or _is_heard(reader):
        return None
    compiled = _compile(statement, reader.dialect)
    return compiled if compiled.is_whole else None


def _is_heard(connection: Connection) -> bool:
    """Return whether somebody, or SQLAlchemy's log, is to be told of each statement."""
    had_listeners = connection._has_events or connection.engine._has_events
    return connection._echo or (had_listeners and bool(connection.dispatch.before_cursor_execute))
