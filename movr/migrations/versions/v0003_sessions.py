"""The sessions of a rider, on the rider's own row.

The version before leaves them empty: its cookies have no session, and `session_epoch` holds them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column where it is missing."""
    column = sa.Column("sessions", sa.String(1060), server_default=sa.text("''"), nullable=False)
    if op.get_context().dialect.name != "sqlite":
        op.add_column("users", column, if_not_exists=True)
    # SQLite cannot be told to do it only where it is missing.
    elif op.get_context().as_sql or "sessions" not in _columns_of_users():
        op.add_column("users", column)


def _columns_of_users() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")}
