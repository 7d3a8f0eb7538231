"""The history of a vehicle, for its owner."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.sessions import login_along

blueprint = Blueprint("histories", __name__)


@blueprint.get("/vehicles/history/<uuid:vehicle_id>")
def get_history(vehicle_id: UUID) -> ResponseReturnValue:
    """Show when one of the rider's own vehicles was ridden, and for how long, newest first."""
    with login_along() as (asking, owner):
        history = asking.get_history(
            city=owner.city,
            vehicle_id=vehicle_id,
            owner_city=owner.city,
            owner_id=owner.id,
            cursor=request.args.get("after") or None,
        )
    return render_template("history.html", vehicle=history.vehicle, page=history.uses)
