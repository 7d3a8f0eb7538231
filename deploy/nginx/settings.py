"""The ports of the balancer and the regions, and the environment of each process."""

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from typing import Final

from dotenv import dotenv_values

from deploy.nginx.children import LOOPBACK, ROOT
from movr.regions import REGIONS

# These follow from nginx and plain HTTP on this machine, whatever .env says. An empty variable
# counts as absent.
_FIXED: Final = {
    "DEBUG": "True",
    "HOST": LOOPBACK,
    "TRUSTED_PROXIES": "1",
    "TRUSTED_HOSTS": "",
    "BALANCER": "google-cloud",
    "CITY_HEADER": "",
    "CITY_LAT_LONG_HEADERS": "",
}


def read_settings() -> dict[str, str]:
    """Return the environment, completed by the file .env and by defaults."""
    given = {**dotenv_values(ROOT / ".env"), **os.environ}
    defaults = {
        "DB_URI": "sqlite:///movr.db",
        "LB_PORT": "8080",
        # All regions must accept each other's cookies.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "WEB_CONCURRENCY": "1",
    }
    return defaults | {name: value for name, value in given.items() if value}


def chosen_ports(settings: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Return the balancer's port and each region's; exits if one cannot be used."""
    try:
        port = int(settings["LB_PORT"])
        following = ",".join(str(port + count) for count in range(1, len(REGIONS) + 1))
        ports = [int(number) for number in settings.get("REGION_PORTS", following).split(",")]
        region_ports = dict(zip(REGIONS, ports, strict=True))
        for number in (port, *ports):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((LOOPBACK, number))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(
            f"These ports cannot be used: {error}. Choose others: LB_PORT=8080 for the balancer and"
            " REGION_PORTS=8081,8082,8083 for the regions."
        )
    return port, region_ports


def environment(region: str, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the process that serves `region` on `port`.

    DB_URI_GCP_US_EAST1 and the like take precedence over DB_URI, because in a cluster each region
    has nodes of its own.
    """
    own = "DB_URI_" + region.upper().replace("-", "_")
    uri = settings.get(own, settings["DB_URI"])
    return {**settings, **_FIXED, "DB_URI": uri, "REGION": region, "PORT": str(port)}
