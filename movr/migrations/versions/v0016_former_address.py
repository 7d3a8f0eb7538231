"""The former address that a mail goes to, which says that the account has another one.

The version before neither promises such mails nor sends those that it finds: it does not know their
kind.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column where it is missing."""
    add_column("mails", sa.Column("to_address", sa.String(254)))
