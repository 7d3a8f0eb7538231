"""Reads that the server has prepared: PREPARE travels with the first over a connection.

To parse and to plan a read takes a server several times as long as to run it. A name stands for the
same statement everywhere: so whatever a pooler has done with the session meanwhile, no other one is
executed. A server that refuses a prepared read gets it as it is, from then on, over this
connection: it may have forgotten the name, or a column may have another type by now.

PostgreSQL soon makes a plan for any values, which it keeps until the next ANALYZE. CockroachDB
plans for the values each time.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from psycopg2 import DataError, NotSupportedError, ProgrammingError, extensions
from psycopg2.errors import InvalidSqlStatementName
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import SQLCompiler

AS_IT_IS: Final = {"movr_as_it_is": True}
"""The execution options of a SELECT that is never prepared."""

_REFUSALS: Final = (NotSupportedError, ProgrammingError, InvalidSqlStatementName)

# CockroachDB's parameter that says which version it is.
_COCKROACHDB: Final = "crdb_version"
# The region of a row follows from its city. With a plan for any city, CockroachDB might ask all
# regions for what is at home.
_PLAN_FOR_VALUES: Final = "SET plan_cache_mode = force_custom_plan"


class _Prepared(NamedTuple):
    name: str
    prepare: bytes
    execute: str


class Read:
    """A SELECT in the words of a driver, to be sent as it is or prepared."""

    def __init__(self, compiled: SQLCompiler, constants: Mapping[str, Any]) -> None:
        self.text: Final = compiled.string
        # Drivers whose parameters have no names have nothing to prepare.
        can_be_prepared = not (
            compiled.positiontup or AS_IT_IS.keys() & compiled.execution_options.keys()
        )
        self.prepared: Final = _prepared(compiled, constants) if can_be_prepared else None
        """What a server is sent to prepare and to execute it; None to send it as it is."""


class PreparedReads:
    """The reads of one connection: which the server has prepared, and which it has refused."""

    def __init__(self, connection: extensions.connection) -> None:
        self._known: Final[set[str]] = set()
        self._refused: Final[set[str]] = set()
        if connection.get_parameter_status(_COCKROACHDB):
            # Older versions don't know the setting, and plan in no other way.
            with suppress(ProgrammingError), connection.cursor() as cursor:
                cursor.execute(_PLAN_FOR_VALUES)

    def execute(
        self, cursor: extensions.cursor, send: Callable[[bytes], None], read: Read, values: Any
    ) -> None:
        """Send a read as one message, or as two if the server refuses it prepared.

        It has to be sent outside transaction blocks, which a refusal would end.
        """
        prepared = read.prepared
        if prepared and prepared.name not in self._refused:
            message = cursor.mogrify(prepared.execute, values)
            if prepared.name not in self._known:
                self._known.add(prepared.name)
                message = prepared.prepare + b"; " + message
            try:
                send(message)
                return
            except DataError:
                # A number that is too large for the declared type may be compared all the same.
                pass
            except _REFUSALS:
                self._refused.add(prepared.name)
        send(cursor.mogrify(read.text, values))


class _Parameters(dict[str, str]):
    """What stands for each parameter in a statement to prepare, in the order of first use."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self._constants: Final = constants
        self.names: Final[list[str]] = []

    def __missing__(self, name: str) -> str:
        constant = self._constants.get(name)
        # A plan for any LIMIT would be one for a tenth of the table.
        if type(constant) is int and constant >= 0:
            return str(constant)
        self.names.append(name)
        return self.setdefault(name, f"${len(self.names)}")


def _prepared(compiled: SQLCompiler, constants: Mapping[str, Any]) -> _Prepared | None:
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
    return _Prepared(name, f"PREPARE {name}{meaning}".encode(), f"EXECUTE {name}{values}")


def _listed(items: list[str]) -> str:
    return f"({', '.join(items)})" if items else ""
