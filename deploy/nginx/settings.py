"""What each process of the three regions is told: its ports and its environment."""

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from typing import Final

from dotenv import dotenv_values

from deploy.nginx.children import LOOPBACK, ROOT
from movr.regions import REGIONS

# What follows from nginx in front and from plain HTTP on this machine, whatever .env says. To set
# a variable to nothing is not to set it.
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
    """Return what the environment says, the file .env where it is silent, and else a default."""
    given = {**dotenv_values(ROOT / ".env"), **os.environ}
    defaults = {
        "DB_URI": "sqlite:///movr.db",
        "LB_PORT": "8080",
        # All regions must believe each other's cookies.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "WEB_CONCURRENCY": "1",
    }
    return defaults | {name: value for name, value in given.items() if value}


def chosen_ports(settings: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Return the balancer's port and each region's; ends the program if one is not to be had."""
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

    DB_URI_GCP_US_EAST1 and its like go before DB_URI: in a cluster, each region has nodes of its
    own to speak to.
    """
    own = "DB_URI_" + region.upper().replace("-", "_")
    uri = settings.get(own, settings["DB_URI"])
    return {**settings, **_FIXED, "DB_URI": uri, "REGION": region, "PORT": str(port)}
