"""The one door to the database: connections, transactions with their retries, and the schema.

What goes through it is elsewhere: the tables are in models.py, the statements in *transactions.py
and *queries.py. Nothing here knows of riders or vehicles.
"""

from movr.database.database import Database, Report
from movr.database.engine import Limits, knows_its_server, require_supported
from movr.database.schema import multi_region_schema

__all__ = [
    "Database",
    "Limits",
    "Report",
    "knows_its_server",
    "multi_region_schema",
    "require_supported",
]
