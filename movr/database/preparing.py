"""Reads that the server has prepared: PREPARE travels with the first over a connection.

A server takes several times as long to parse and plan a read as to run it. A name stands for the
same statement everywhere, so EXECUTE never runs another one, even in a session that a pooler has
swapped. A server that refuses a prepared read gets it as it is, from then on, over this connection:
it may have forgotten the name, or a column may have another type by now.

After five runs, PostgreSQL makes a plan for any values, if that looks no dearer, and keeps it until
the next ANALYZE: one that was made for an empty table may then read a whole city. CockroachDB plans
for the values each time.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from psycopg2 import DataError, NotSupportedError, ProgrammingError, extensions
from psycopg2.errors import InvalidSqlStatementName
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import SQLCompiler

_OPTION: Final = "movr_never_prepared"

NEVER_PREPARED: Final = {_OPTION: True}
"""The execution options of a SELECT that is always sent as it is."""

_REFUSALS: Final = (NotSupportedError, ProgrammingError, InvalidSqlStatementName)

# CockroachDB's parameter that says which version it is.
_COCKROACHDB: Final = "crdb_version"
# The region of a row follows from its city. With a plan for any city, CockroachDB might ask all
# regions for what is at home.
_PLAN_FOR_VALUES: Final = "SET plan_cache_mode = force_custom_plan"


class _ToPrepare(NamedTuple):
    name: str
    prepare: bytes
    execute: str


class Read:
    """A SELECT in the words of a driver, to be sent as it is or prepared."""

    def __init__(self, compiled: SQLCompiler, constants: Mapping[str, Any]) -> None:
        self.text: Final = compiled.string
        # SQLite's driver, whose parameters have no names, prepares by itself.
        is_sent_as_it_is = compiled.positional or compiled.execution_options.get(_OPTION)
        self.to_prepare: Final = None if is_sent_as_it_is else _to_prepare(compiled, constants)
        """What a server is sent to prepare and to execute it; None to send it as it is."""


class PreparedReads:
    """The reads of one connection: which the server has prepared, and which it has refused."""

    def __init__(self) -> None:
        self._known: Final[set[str]] = set()
        self._refused: Final[set[str]] = set()

    def execute(
        self, cursor: extensions.cursor, send: Callable[[bytes], None], read: Read, values: Any
    ) -> None:
        """Send a read as one message, or as two if the server refuses it prepared.

        It has to be sent outside transaction blocks, which a refusal would abort.
        """
        statement = read.to_prepare
        if statement and statement.name not in self._refused:
            message = cursor.mogrify(statement.execute, values)
            if statement.name not in self._known:
                self._known.add(statement.name)
                message = statement.prepare + b"; " + message
            try:
                send(message)
                return
            except DataError:
                # A number that is too large for the declared type may be compared all the same.
                pass
            except _REFUSALS:
                self._refused.add(statement.name)
        send(cursor.mogrify(read.text, values))


def plan_for_values(connection: extensions.connection) -> None:
    """Have a CockroachDB plan each time for the values; does nothing on any other server."""
    if connection.get_parameter_status(_COCKROACHDB):
        # Older versions lack the setting and always plan like this.
        with suppress(DataError, *_REFUSALS), connection.cursor() as cursor:
            cursor.execute(_PLAN_FOR_VALUES)


class _Parameters(dict[str, str]):
    """What stands for each parameter in a statement to prepare, in the order of first use."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self._constants: Final = constants
        self.names: Final[list[str]] = []

    def __missing__(self, name: str) -> str:
        constant = self._constants.get(name)
        # A plan for any LIMIT would be one for a tenth of the table. (After a minus, one more would
        # begin a comment.)
        if type(constant) is int and constant >= 0:
            return str(constant)
        self.names.append(name)
        return self.setdefault(name, f"${len(self.names)}")


def _to_prepare(compiled: SQLCompiler, constants: Mapping[str, Any]) -> _ToPrepare | None:
    """Return None if nobody knows the type of a parameter."""
    parameters = _Parameters(constants)
    text = compiled.string % parameters
    types = compiled.dialect.type_compiler_instance
    try:
        # Without its type, a number in the list of columns would come back as text.
        declared = [types.process(compiled.binds[name].type) for name in parameters.names]
    except CompileError:
        return None
    meaning = f"{_listed(declared)} AS {text}"
    name = f"movr_{blake2b(meaning.encode(), digest_size=12).hexdigest()}"
    values = _listed([f"%({name})s" for name in parameters.names])
    return _ToPrepare(name, f"PREPARE {name}{meaning}".encode(), f"EXECUTE {name}{values}")


def _listed(items: list[str]) -> str:
    return f"({', '.join(items)})" if items else ""
