"""The mails that are promised and not sent yet.

The version before promises none, and closes accounts without deleting the mails to them: they are
deleted unsent when their turn comes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table and its indexes, where they are missing."""
    op.create_table(
        "mails",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("created_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name="pk_mails"),
        sa.ForeignKeyConstraint(
            ["city", "user_id"], ["users.city", "users.id"], name="fk_mails_city_user_id"
        ),
        if_not_exists=True,
    )
    for name, *columns in (
        ("ix_mails_due", "city", "due_time", "id"),
        ("ix_mails_of_user", "city", "user_id"),
    ):
        op.create_index(name, "mails", columns, if_not_exists=True)
