"""In which language riders are mailed of a ride that seems forgotten.

The version before notes none, so nobody is mailed of a ride that it starts. When it ends a ride, it
leaves the language where it is, and no mail is promised of a ride that has ended.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column where it is missing."""
    add_column("rides", sa.Column("note_in", sa.String(16)))
