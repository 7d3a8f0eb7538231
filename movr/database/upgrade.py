"""Upgrades a database: revisions, then what is missing, then the cluster's regions.

It continues from whatever it finds, so it may be repeated, and two containers may run it at once.
The revisions are in movr/migrations.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    Connection,
    Engine,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from movr.database import relocation
from movr.database.placement import read_placements
from movr.database.schema import REVISIONS
from movr.errors import UpgradeFailed
from movr.migrations import NEWEST
from movr.models import Base

Say = Callable[[str], None]

_FOLDER: Final = Path(__file__).resolve().parent.parent / "migrations"
# Another container may have started the same statement first, and be done by then.
_ATTEMPTS: Final = 5
_PAUSE_S: Final = 1.0


def create_schema(engine: Engine) -> None:
    """Create the tables that are missing, and note the revision of a new database."""
    with _connected(engine) as connection:
        is_new = "users" not in inspect(connection).get_table_names()
        Base.metadata.create_all(connection)
        REVISIONS.create(connection, checkfirst=True)
        if is_new and _revision(connection) is None:
            connection.execute(REVISIONS.insert().values(version_num=NEWEST))


def upgrade(engine: Engine, say: Say) -> None:
    """Upgrade a database, and report each step; raises UpgradeFailed."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            with _connected(engine) as connection:
                _upgrade(connection, say)
            return
        except (CommandError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and _is_silent(error):
                raise
            if not attempts_left:
                raise UpgradeFailed(_explanation(error)) from None
        sleep(_PAUSE_S)


def statements(engine: Engine) -> list[str]:
    """Return what `upgrade` would run, without running it; raises UpgradeFailed.

    On a cluster of regions, tables that do not exist yet get their region in a second upgrade.
    """
    with _connected(engine) as connection:
        found = _revisions_as_sql(connection)
        # The first revision creates what a database without revisions lacks.
        if _revision(connection) is not None:
            found += [_sql(statement, connection) for statement in _missing(connection)]
        return found + list(_relocation(connection))


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """Open a connection on which each statement commits by itself; on SQLite, all together.

    CockroachDB allows one schema change in a transaction, while SQLite can roll back any number.
    """
    if engine.name == "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def _upgrade(connection: Connection, say: Say) -> None:
    _require_known(connection)
    command.upgrade(_config(connection, say), "head")
    for statement in _missing(connection):
        say(f"Creating {statement.element.name}, which was missing")
        connection.execute(statement)
    for sql in _relocation(connection):
        say(sql)
        connection.exec_driver_sql(sql)


def _config(connection: Connection, say: Say, buffer: io.StringIO | None = None) -> Config:
    def on_version_apply(*, step: Any, **_others: object) -> None:
        say(f"Revision {step.up_revision_id}: {step.up_revision.doc.rstrip('.')}")

    config = Config(output_buffer=buffer) if buffer else Config()
    # In this kind of configuration a percent sign has a meaning.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["options"] = {
        "connection": connection,
        "on_version_apply": on_version_apply,
    }
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(connection: Connection) -> None:
    revision = _revision(connection)
    scripts = ScriptDirectory(str(_FOLDER))
    if revision is not None and revision not in {
        each.revision for each in scripts.walk_revisions()
    }:
        raise UpgradeFailed(
            f"The database is of revision {revision}, which this version of MovR does not know:"
            " a newer version has upgraded it. Nothing was changed, and nothing needs to be."
        )


def _revisions_as_sql(connection: Connection) -> list[str]:
    _require_known(connection)
    revision = _revision(connection)
    if revision == NEWEST:
        return []
    buffer = io.StringIO()
    span = f"{revision}:head" if revision else "head"
    command.upgrade(_config(connection, lambda _: None, buffer), span, sql=True)
    # An empty table of revisions may exist already.
    sql = buffer.getvalue().replace("CREATE TABLE alem", "CREATE TABLE IF NOT EXISTS alem")
    return [statement.strip() for statement in sql.split(";") if statement.strip()]


def _missing(connection: Connection) -> list[CreateTable | CreateIndex]:
    """Return statements that create the tables and indexes that somebody has dropped."""
    inspector = inspect(connection)
    present = inspector.get_table_names()
    found: list[CreateTable | CreateIndex] = []
    for table in Base.metadata.sorted_tables:
        indexes = set()
        if table.name in present:
            indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        else:
            found.append(CreateTable(table, if_not_exists=True))
        found += [
            CreateIndex(index, if_not_exists=True)
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if index.name not in indexes
        ]
    return found


def _sql(statement: CreateTable | CreateIndex, connection: Connection) -> str:
    return str(statement.compile(dialect=connection.dialect)).strip()


def _relocation(connection: Connection) -> Iterator[str]:
    placements = read_placements(connection)
    if not any(found.locality for found in placements.values()):
        return
    database = str(connection.scalar(text("SELECT current_database()")))
    rows = connection.execute(text("SHOW REGIONS FROM DATABASE")).mappings()
    yield from relocation.new_regions(database, [str(row["region"]) for row in rows])
    for table, found in placements.items():
        yield from relocation.new_places(table, found)


def _is_silent(error: DBAPIError) -> bool:
    """Return whether the database did not respond, rather than refuse."""
    if error.connection_invalidated:
        return True
    sqlite_error: str | None = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_error is not None:
        return sqlite_error.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN"))
    return getattr(error.orig, "pgcode", None) is None


def _explanation(error: CommandError | DBAPIError) -> str:
    if isinstance(error, CommandError):
        return f"{error} Run it again; what is done already is left as it is."
    # Further lines of the driver's message may quote a row.
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig)
    return (
        f"This statement failed:\n  {error.statement}\nbecause the database says:"
        f" {said.splitlines()[0]}\nWhat came before it is done and stays. Mend the cause, then run"
        " the same command again: it goes on from here."
    )
