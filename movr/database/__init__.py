"""The one door to the database: connections, transactions with their retries, and the schema.

What goes through it is elsewhere: the tables are in models.py, the statements in the
queries.py and transactions.py of each subject. Nothing here knows of riders or vehicles.
"""

from movr.database.database import Database
from movr.database.engine import Limits, knows_its_server, require_supported
from movr.database.reports import Report
from movr.database.schema import multi_region_schema

__all__ = [
    "Database",
    "Limits",
    "Report",
    "knows_its_server",
    "multi_region_schema",
    "require_supported",
]
