"""The sessions of a rider, on the rider's own row.

The former version leaves them empty: its cookies have no session id and rely on `session_epoch`.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column where it is missing."""
    add_column(
        "users",
        sa.Column("sessions", sa.String(1060), server_default=sa.text("''"), nullable=False),
    )
