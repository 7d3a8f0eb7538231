"""What the query strings of several routes have in common, read and checked."""

from flask import abort, request

from movr.records import VehicleType


def wanted_type() -> VehicleType | None:
    """Return the type of vehicles in ?type=, None for all; one that there is not gives a 404."""
    wanted = request.args.get("type") or None
    if wanted is not None and wanted not in list(VehicleType):
        abort(404)
    return VehicleType(wanted) if wanted else None
