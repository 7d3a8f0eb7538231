"""Databases at a distance: how far the regions are from each other, and a wire of that length."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import make_url

from movr.regions import REGIONS
from tests.support.loopback import HOST
from tests.support.tcp_proxy import TcpProxy

PRIMARY: Final = next(iter(REGIONS))

# Round trips to the primary region in milliseconds. They are an assumption: what is usually
# published as the median between these regions of Google Cloud. Within a region, and within one
# of its zones still more so, it is less than one, which is what the wire alone takes here.
ROUND_TRIP_MS: Final = {PRIMARY: 0.0, "gcp-us-west1": 66.0, "gcp-europe-west1": 93.0}

FARTHEST: Final = max(ROUND_TRIP_MS, key=lambda region: ROUND_TRIP_MS[region])

_COCKROACHDB_PORT: Final = 26257


@contextmanager
def wire(uri: str) -> Iterator[tuple[TcpProxy, str]]:
    """Lend a wire to the server of an address, whose length can be set, and the address by it."""
    url = make_url(uri)
    server = url.host or HOST
    with TcpProxy(url.port or _COCKROACHDB_PORT, server) as proxy:
        # The host's name stays, since a certificate may be checked against it.
        by_wire = url.set(port=proxy.port).update_query_dict({"hostaddr": HOST})
        yield proxy, by_wire.render_as_string(hide_password=False)


def one_way(region: str) -> float:
    """Return the time from a region to the primary one in seconds."""
    return ROUND_TRIP_MS[region] / 2 / 1_000
