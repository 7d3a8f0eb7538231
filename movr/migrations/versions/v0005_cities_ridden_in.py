"""The cities that a rider has ridden in, on the rider's own row.

They are not filled in here, which would lock every rider's row while all regions are asked.
`note_cities_txn` does it for one rider at a time, also while the former version goes on ending
rides without noting anything.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns where they are missing."""
    add_column(
        "users",
        sa.Column("ridden_in", sa.String(2000), server_default=sa.text("''"), nullable=False),
    )
    add_column(
        "users",
        sa.Column("rides_noted", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
