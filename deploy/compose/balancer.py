"""Writes the balancer's configuration for compose.yaml: python -m deploy.compose.balancer FOLDER

It is the one of deploy/nginx, with the names of containers where that has ports of this machine.
"""

import os
import sys
from pathlib import Path
from typing import Final

from deploy.nginx.children import LOOPBACK
from deploy.nginx.config import write_configuration
from movr.regions import REGIONS

PORT: Final = 8080
_MOVR_PORT: Final = 8000
# The account that the balancer runs as: the same as MovR's, for want of a reason to have another.
_ACCOUNT: Final = 10001


def host_of(region: str) -> str:
    """Return the name that the region's MovR has among the containers."""
    return f"movr-{region.removeprefix('gcp-')}"


def write(folder: Path) -> None:
    """Make `folder` the one that nginx runs in."""
    # Ports of this machine only stand in until the names of the containers take their places.
    ports = {region: number for number, region in enumerate(REGIONS, start=1)}
    write_configuration(folder, PORT, ports)
    upstreams = (folder / "upstreams.conf").read_text()
    for region, port in ports.items():
        upstreams = upstreams.replace(
            f"server {LOOPBACK}:{port} ", f"server {host_of(region)}:{_MOVR_PORT} "
        )
    (folder / "upstreams.conf").write_text(upstreams)
    (folder / "listen.conf").write_text(f"listen {PORT};\n")
    # Nginx is not started by root here, so there is nobody to become.
    (folder / "user.conf").write_text("")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write(target)
    os.chown(target, _ACCOUNT, _ACCOUNT)
