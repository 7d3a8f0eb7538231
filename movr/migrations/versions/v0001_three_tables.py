"""The tables of users, vehicles and rides.

They are as they were when revisions began. In a database that is older, this adds what is missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables and their indexes, where they are missing."""
    _create_users()
    _create_vehicles()
    _create_rides()


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(64)),
        sa.Column("last_name", sa.String(64)),
        sa.Column("email", sa.String(254)),
        sa.Column("username", sa.String(32)),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("active_ride_city", sa.String(32)),
        sa.Column("active_ride_id", sa.Uuid()),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("ride_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("time_ridden", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name="pk_users"),
        sa.CheckConstraint(
            "(active_ride_city IS NULL) = (active_ride_id IS NULL)", name="ck_users_active_ride"
        ),
        sa.CheckConstraint(
            "(username IS NULL) = (password_hash IS NULL)"
            " AND (username IS NULL) = (first_name IS NULL)"
            " AND (username IS NULL) = (last_name IS NULL)"
            " AND (username IS NULL) = (email IS NULL)"
            " AND (username IS NOT NULL OR active_ride_id IS NULL)",
            name="ck_users_open_or_closed",
        ),
        sa.UniqueConstraint("username", name="uq_users_username"),
        if_not_exists=True,
    )
    _create_index("ix_users_list", "users", "city", "username", where="username IS NOT NULL")


def _create_vehicles() -> None:
    op.create_table(
        "vehicles",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("date_added", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("last_location", sa.String(120), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("color", sa.String(64), nullable=False),
        sa.Column("brand", sa.String(64), nullable=False),
        sa.Column("cell", sa.BigInteger()),
        sa.Column("ride_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("time_ridden", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name="pk_vehicles"),
        sa.ForeignKeyConstraint(
            ["city", "owner_id"], ["users.city", "users.id"], name="fk_vehicles_city_owner_id"
        ),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)"
            " AND (latitude IS NULL) = (cell IS NULL)"
            " AND (latitude IS NULL OR latitude BETWEEN -90 AND 90)"
            " AND (longitude IS NULL OR longitude BETWEEN -180 AND 180)",
            name="ck_vehicles_coordinates",
        ),
        sa.CheckConstraint("type IN ('bike', 'scooter', 'skateboard')", name="ck_vehicles_type"),
        sa.CheckConstraint(
            "status IN ('available', 'unavailable', 'removed')", name="ck_vehicles_status"
        ),
        if_not_exists=True,
    )
    in_service = "status != 'removed'"
    for name, *columns in (
        ("ix_vehicles_cells", "city", "cell", "id"),
        ("ix_vehicles_list", "city", "status", "id"),
        ("ix_vehicles_list_of_owner", "city", "owner_id", "id"),
        ("ix_vehicles_list_of_type", "city", "type", "status", "id"),
    ):
        _create_index(name, "vehicles", *columns, where=in_service)


def _create_rides() -> None:
    op.create_table(
        "rides",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_city", sa.String(32), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("start_location", sa.String(120), nullable=False),
        sa.Column("end_location", sa.String(120)),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("length", sa.Interval()),
        sa.PrimaryKeyConstraint("city", "id", name="pk_rides"),
        sa.ForeignKeyConstraint(
            ["city", "vehicle_id"],
            ["vehicles.city", "vehicles.id"],
            name="fk_rides_city_vehicle_id",
        ),
        sa.ForeignKeyConstraint(
            ["rider_city", "rider_id"],
            ["users.city", "users.id"],
            name="fk_rides_rider_city_rider_id",
        ),
        sa.CheckConstraint(
            "(end_time IS NULL) = (end_location IS NULL)"
            " AND (end_time IS NULL) = (length IS NULL)"
            " AND (end_time IS NULL OR end_time >= start_time)",
            name="ck_rides_running_or_ended",
        ),
        if_not_exists=True,
    )
    columns = ("city", "rider_city", "rider_id", "start_time", "id")
    _create_index("ix_rides_list", "rides", *columns, where="end_time IS NOT NULL")


def _create_index(name: str, table: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        if_not_exists=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )
