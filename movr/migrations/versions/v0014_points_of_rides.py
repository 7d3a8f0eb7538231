"""Where a ride began and ended, as points on the map.

The version before notes neither: its rides have the words alone, as all that have ended by now.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_checked_column, add_column

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns and their check where they are missing."""
    for name in ("start_latitude", "start_longitude", "end_latitude"):
        add_column("rides", sa.Column(name, sa.Float()))
    add_checked_column(
        "rides",
        "end_longitude",
        sa.Float(),
        "ck_rides_points",
        "(start_latitude IS NULL) = (start_longitude IS NULL)"
        " AND (end_latitude IS NULL) = (end_longitude IS NULL)"
        " AND (end_latitude IS NULL OR end_time IS NOT NULL)"
        " AND (start_latitude IS NULL OR start_latitude BETWEEN -90 AND 90)"
        " AND (start_longitude IS NULL OR start_longitude BETWEEN -180 AND 180)"
        " AND (end_latitude IS NULL OR end_latitude BETWEEN -90 AND 90)"
        " AND (end_longitude IS NULL OR end_longitude BETWEEN -180 AND 180)",
    )
