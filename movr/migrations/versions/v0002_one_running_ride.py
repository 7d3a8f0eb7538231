"""A unique index, so that no vehicle has two running rides.

Clusters created by an early dbinit.sql lack it, because CockroachDB refused the statement.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the index where it is missing."""
    running = sa.text("end_time IS NULL")
    op.create_index(
        "uq_rides_running",
        "rides",
        ["city", "vehicle_id"],
        unique=True,
        if_not_exists=True,
        sqlite_where=running,
        postgresql_where=running,
    )
