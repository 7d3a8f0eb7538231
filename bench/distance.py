"""The distances between regions, and a connection to a database at such a distance."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import make_url

from movr.regions import REGIONS
from tests.support.loopback import HOST
from tests.support.tcp_proxy import TcpProxy

PRIMARY: Final = next(iter(REGIONS))

# Round trips to the primary region in milliseconds. These are assumptions: published medians
# between these regions of Google Cloud. Within a region they take less than one, as they do here
# without added delay.
ROUND_TRIP_MS: Final = {PRIMARY: 0.0, "gcp-us-west1": 66.0, "gcp-europe-west1": 93.0}

FARTHEST: Final = max(ROUND_TRIP_MS, key=lambda region: ROUND_TRIP_MS[region])

_COCKROACHDB_PORT: Final = 26257


@contextmanager
def wire(uri: str) -> Iterator[tuple[TcpProxy, str]]:
    """Lend a proxy with adjustable delay to a database server, and the URL that goes through it."""
    url = make_url(uri)
    server = url.host or HOST
    with TcpProxy(url.port or _COCKROACHDB_PORT, server) as proxy:
        # Keep the host name, because a certificate may be checked against it.
        by_wire = url.set(port=proxy.port).update_query_dict({"hostaddr": HOST})
        yield proxy, by_wire.render_as_string(hide_password=False)


def one_way(region: str) -> float:
    """Return the one-way delay from a region to the primary one, in seconds."""
    return ROUND_TRIP_MS[region] / 2 / 1_000
