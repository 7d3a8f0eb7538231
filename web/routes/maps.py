"""The data of a map: the vehicles in a part of it as GeoJSON, and the settings of its page."""

import math
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, jsonify, request

from movr.records import Box, Point, Vehicle
from movr.regions import CITIES
from web.arguments import wanted_type
from web.extensions import movr
from web.geoutils import is_far
from web.security import allow_google_maps, allow_tiles

blueprint = Blueprint("maps", __name__)

# About as long as somebody looks at a map before choosing.
_MAX_AGE_S: Final = 10


@blueprint.get("/vehicles.geojson")
def get_vehicles_in_view() -> Response:
    """Return the vehicles of ?city= in ?bbox=west,south,east,north, as in RFC 7946.

    The response depends on neither the client nor its location, so caches may share it. `complete`
    says whether it has all vehicles of this part.
    """
    city = CITIES.get(request.args.get("city", ""))
    if city is None:
        abort(404)
    vehicle_type = wanted_type()
    box = _box_in(request.args.get("bbox", ""))
    if box is None:
        abort(400)
    view = movr.get_vehicles_in_view(
        city=city.name,
        box=box,
        vehicle_type=vehicle_type,
        available_only=request.args.get("available") == "1",
        from_afar=is_far(city),
    )
    now = datetime.now(UTC)
    response = jsonify(
        type="FeatureCollection",
        complete=view.complete,
        features=[_feature(vehicle, now) for vehicle in view.vehicles],
    )
    response.mimetype = "application/geo+json"
    response.cache_control.public = True
    response.cache_control.max_age = _MAX_AGE_S
    response.add_etag()
    response.make_conditional(request)
    return response


def _box_in(text: str) -> Box | None:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180):
        return None
    return Box(south, west, north, east)


def _feature(vehicle: Vehicle, now: datetime) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [vehicle.longitude, vehicle.latitude]},
        "properties": {
            "id": vehicle.id,
            "type": vehicle.type,
            "status": "reserved" if vehicle.is_reserved(now) else vehicle.status,
            "color": vehicle.color,
            "brand": vehicle.brand,
            "location": vehicle.last_location,
        },
    }


def _city_centre(city: str) -> Point:
    return CITIES[city].centre


def _rounded(point: Point) -> str:
    """Return a point for a script, exact to ten metres."""
    return f"{point.latitude:.4f},{point.longitude:.4f}"


def init_app(app: Flask) -> None:
    """Give templates what a map needs."""
    key: str | None = app.config["API_KEY"]
    tile_url: str = app.config["TILE_URL"]
    words, _space, link = app.config["TILE_ATTRIBUTION"].rpartition(" ")
    if not link.startswith(("https://", "http://")):
        words, link = app.config["TILE_ATTRIBUTION"], ""
    tiles = {"tile_url": tile_url, "attribution": words, "attribution_link": link}

    def map_settings() -> dict[str, str]:
        """Return the settings of a page with a map, and allow its sources in the page's policy."""
        if key:
            return {"google_key": key, "nonce": allow_google_maps()}
        allow_tiles(tile_url)
        return tiles

    app.jinja_env.globals["map_settings"] = map_settings
    app.jinja_env.filters |= {"city_centre": _city_centre, "rounded": _rounded}
