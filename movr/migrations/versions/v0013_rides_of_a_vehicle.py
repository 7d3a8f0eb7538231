"""The index by which an owner reads the rides of a vehicle, newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the index where it is missing."""
    has_ended = sa.text("end_time IS NOT NULL")
    op.create_index(
        "ix_rides_of_vehicle",
        "rides",
        ["city", "vehicle_id", "start_time", "id"],
        if_not_exists=True,
        sqlite_where=has_ended,
        postgresql_where=has_ended,
    )
