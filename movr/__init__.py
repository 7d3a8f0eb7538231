"""The lower floors of MovR: the data and what may be done with it.

The floor above asks `MovR` for what it needs, and finds here what it takes to set one up and to
watch it. Nothing in this package knows of Flask or HTTP.
"""

from movr.database import (
    Limits,
    Report,
    knows_its_server,
    multi_region_schema,
    require_supported,
)
from movr.movr import MovR

__all__ = [
    "Limits",
    "MovR",
    "Report",
    "knows_its_server",
    "multi_region_schema",
    "require_supported",
]
