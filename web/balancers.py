"""How each load balancer says where the client is."""

from typing import Final

BALANCERS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "google-cloud": ("X-City", ("X-City-Lat-Long",)),
    "cloudflare": ("CF-IPCity", ("CF-IPLatitude", "CF-IPLongitude")),
    "cloudfront": (
        "CloudFront-Viewer-City",
        ("CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude"),
    ),
    "none": (None, ()),
}
"""The header with the city, and the one or two with the coordinates (web/geoutils.py)."""
