"""The address that the owner of an account has confirmed, as a hash.

The version before confirms none. It leaves the hash where it is when it changes an address, whose
hash is another one then, and when it closes an account, of which nobody can tell the address by it.
"""

import sqlalchemy as sa

from movr.migrations.columns import add_column

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column where it is missing."""
    add_column("users", sa.Column("confirmed_hash", sa.String(32)))
