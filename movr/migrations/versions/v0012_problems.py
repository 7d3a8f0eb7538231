"""What riders report of a vehicle, and since when a vehicle has an open problem.

To the version before, a vehicle with a problem is one that its owner has paused: it neither shows
nor starts it. If it ends a ride of such a vehicle, the vehicle is available until somebody reports
it again.
"""

import sqlalchemy as sa
from alembic import op

from movr.migrations.columns import add_column

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table, its index and the column where they are missing."""
    add_column("vehicles", sa.Column("problem_since", sa.DateTime(timezone=True)))
    op.create_table(
        "problems",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("rider_city", sa.String(32), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("reported_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_time", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("city", "id", name="pk_problems"),
        sa.ForeignKeyConstraint(
            ["city", "vehicle_id"],
            ["vehicles.city", "vehicles.id"],
            name="fk_problems_city_vehicle_id",
        ),
        sa.ForeignKeyConstraint(
            ["rider_city", "rider_id"],
            ["users.city", "users.id"],
            name="fk_problems_rider_city_rider_id",
        ),
        sa.CheckConstraint(
            "kind IN ('flat tyre', 'brakes', 'lock', 'missing', 'other')", name="ck_problems_kind"
        ),
        if_not_exists=True,
    )
    is_open = sa.text("resolved_time IS NULL")
    op.create_index(
        "uq_problems_open",
        "problems",
        ["city", "vehicle_id", "rider_city", "rider_id", "kind"],
        unique=True,
        if_not_exists=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
