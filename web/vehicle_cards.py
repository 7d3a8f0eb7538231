"""The cards of a city's vehicles. They look the same to everybody, so that each is rendered once.

What a card shows comes in as arguments, which tell it from others. Nothing else may be in it:
templates/_vehicle_card.html is rendered without the page's context.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from flask import Flask
from markupsafe import Markup

from movr.records import Vehicle
from movr.regions import Point
from web.filters import distance

# The first pages of nine cities, as riders and as visitors see them, several times over; 2 MB.
_MAX_KEPT: Final = 2048
_INDENTATION: Final = re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Give templates `vehicle_cards`."""

    def render(
        vehicle: Vehicle, level: int, far: str, start_at: str | None, log_in_at: str | None
    ) -> str:
        card = getattr(app.jinja_env.get_template("_vehicle_card.html").module, "card")  # noqa: B009
        # There are many of them, and half of each would be blanks.
        return _INDENTATION.sub("\n", card(vehicle, level, far, start_at, log_in_at))

    # A developer sees what is saved with the next reload.
    kept = render if app.config["DEBUG"] else lru_cache(_MAX_KEPT)(render)

    def vehicle_cards(
        vehicles: Sequence[Vehicle],
        level: int,
        near: Point | None,
        start_at: str | None = None,
        log_in_at: str | None = None,
    ) -> Markup:
        """Return the entries of a list of vehicles; with `near`, they say how far they are."""
        return Markup(  # noqa: S704 (out of templates, which have escaped what needs it)
            "".join(
                kept(vehicle, level, distance(vehicle, near) if near else "", start_at, log_in_at)
                for vehicle in vehicles
            )
        )

    app.jinja_env.globals["vehicle_cards"] = vehicle_cards
