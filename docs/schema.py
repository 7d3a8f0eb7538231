"""Draws the tables of the models as a Mermaid diagram in docs/tutorial.md: `python -m docs.schema`.

With --check it writes nothing, and exits with 1 if the diagram is outdated. Libraries that draw
models draw a line for each column of a foreign key, and ours have two columns each.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from movr.models import Base

FILE = Path(__file__).resolve().parent / "tutorial.md"
_BLOCK = re.compile(r"^```mermaid\nerDiagram\n.*?^```$", re.MULTILINE | re.DOTALL)


def diagram() -> str:
    """Return the tables with their columns and keys, and a line for each foreign key."""
    return "\n".join(["```mermaid", "erDiagram", *_lines(), "```"])


def _lines() -> Iterator[str]:
    tables = Base.metadata.sorted_tables
    for table in tables:
        yield f"    {table.name} {{"
        yield from (f"        {_described(table, column)}" for column in table.columns)
        yield "    }"
    for table in tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            columns = ", ".join(key.column_keys)
            yield f'    {key.referred_table.name} ||--o{{ {table.name} : "{columns}"'


def _described(table: Table, column: Column[object]) -> str:
    # Mermaid allows no spaces in a type.
    kind = column.type.compile(postgresql.dialect()).lower().replace(" with time zone", "tz")
    in_foreign_key = any(column.name in key.column_keys for key in table.foreign_key_constraints)
    marks = (
        (column.primary_key, "PK"),
        (in_foreign_key, "FK"),
        (bool(column.unique), "UK"),
    )
    keys = ", ".join(mark for holds, mark in marks if holds)
    note = '"nullable"' if column.nullable else ""
    return " ".join(filter(None, (kind, column.name, keys, note)))


def main() -> None:
    """Write the diagram, or check it."""
    written = FILE.read_text()
    drawn, count = _BLOCK.subn(lambda _: diagram(), written)
    if count != 1:
        sys.exit(f"{FILE.name} has no place for the diagram, or more than one.")
    if "--check" in sys.argv[1:]:
        sys.exit(drawn != written)
    FILE.write_text(drawn)


if __name__ == "__main__":
    main()
