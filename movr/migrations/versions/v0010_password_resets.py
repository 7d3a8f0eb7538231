"""The newest link by which a rider may set a new password, on the rider's own row.

The version before leaves it as it is. A password that it changes makes the link void all the same,
since that counts up session_epoch.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns where they are missing."""
    add_column("users", sa.Column("reset_hash", sa.String(64)))
    add_column("users", sa.Column("reset_epoch", sa.Integer()))
    add_column("users", sa.Column("reset_until", sa.DateTime(timezone=True)))
