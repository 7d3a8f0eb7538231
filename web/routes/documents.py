"""Help, terms and privacy: in the operator's words, or in MovR's own."""

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue

from web.documents import read

blueprint = Blueprint("documents", __name__)


@blueprint.get("/help")
def get_help() -> ResponseReturnValue:
    """Say how to ride and share, and whom to ask."""
    return _document("help")


@blueprint.get("/terms")
def get_terms() -> ResponseReturnValue:
    """Say what riders and owners agree to."""
    return _document("terms")


@blueprint.get("/privacy")
def get_privacy() -> ResponseReturnValue:
    """Say what is kept about riders, and for how long."""
    return _document("privacy")


def _document(name: str) -> ResponseReturnValue:
    own = current_app.extensions["documents"].get(name)
    return render_template(f"documents/{name}.html", own=own)


def init_app(app: Flask) -> None:
    """Read the operator's texts once, for this process."""
    folder = app.config["DOCUMENTS"]
    app.extensions["documents"] = read(folder) if folder else {}
