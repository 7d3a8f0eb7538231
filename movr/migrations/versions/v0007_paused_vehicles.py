"""When a vehicle was paused by its owner.

To the version before, a paused vehicle is one that is no longer shared: it neither shows nor starts
it, and leaves the column alone.
"""

import sqlalchemy as sa
from alembic import op

from movr.migrations.columns import add_column

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and the index of an owner's paused vehicles where they are missing."""
    add_column("vehicles", sa.Column("paused_since", sa.DateTime(timezone=True)))
    is_paused = sa.text("paused_since IS NOT NULL")
    op.create_index(
        "ix_vehicles_paused",
        "vehicles",
        ["city", "owner_id", "id"],
        if_not_exists=True,
        sqlite_where=is_paused,
        postgresql_where=is_paused,
    )
