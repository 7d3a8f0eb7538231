"""The numbers of vehicles, unique in their city.

The version before adds vehicles without one. upgrade-db numbers all that have none, after the last
revision and each time it runs, so that it may be run again when the version before is gone.
"""

import sqlalchemy as sa
from alembic import op

from movr.migrations.columns import add_column

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column and its index where they are missing."""
    add_column("vehicles", sa.Column("number", sa.String(8)))
    op.create_index(
        "uq_vehicles_number", "vehicles", ["city", "number"], unique=True, if_not_exists=True
    )
