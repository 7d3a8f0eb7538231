"""Rides that were cancelled just after their start: kept, and counted nowhere.

The former version takes such a ride for one that has ended where it began.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column where it is missing."""
    add_column(
        "rides",
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
