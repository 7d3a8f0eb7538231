"""Who has reserved a vehicle, and until when: on the vehicle's row and on the rider's.

The version before starts a reserved vehicle for anybody, as it always has, and leaves the columns
alone. A reservation ends by itself, so nothing of it is left to mend.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns where they are missing."""
    add_column("vehicles", sa.Column("reserver_city", sa.String(32)))
    add_column("vehicles", sa.Column("reserver_id", sa.Uuid()))
    add_column("vehicles", sa.Column("reserved_until", sa.DateTime(timezone=True)))
    add_column("users", sa.Column("reserved_city", sa.String(32)))
    add_column("users", sa.Column("reserved_vehicle_id", sa.Uuid()))
    add_column("users", sa.Column("reserved_until", sa.DateTime(timezone=True)))
