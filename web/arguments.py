"""Query parameters that several routes share, read and checked."""

from flask import abort, request

from movr.kinds import VehicleType


def wanted_type() -> VehicleType | None:
    """Return the vehicle type in ?type=, None for all types; aborts with 404 on an unknown one."""
    wanted = request.args.get("type") or None
    if wanted is not None and wanted not in list(VehicleType):
        abort(404)
    return VehicleType(wanted) if wanted else None
