"""Writes the balancer's configuration for compose.yaml: python -m deploy.compose.balancer FOLDER

It is that of deploy/nginx, with the names of containers in place of local ports.
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
# The balancer runs as the same account as MovR.
_ACCOUNT: Final = 10001


def host_of(region: str) -> str:
    """Return the host name of a region's container."""
    return f"movr-{region.removeprefix('gcp-')}"


def write(folder: Path) -> None:
    """Fill the folder that nginx runs in."""
    # Each local port is a placeholder, to be replaced by a container's name.
    ports = {region: number for number, region in enumerate(REGIONS, start=1)}
    write_configuration(folder, PORT, ports)
    upstreams = (folder / "upstreams.conf").read_text()
    for region, port in ports.items():
        upstreams = upstreams.replace(
            f"server {LOOPBACK}:{port} ", f"server {host_of(region)}:{_MOVR_PORT} "
        )
    (folder / "upstreams.conf").write_text(upstreams)
    (folder / "listen.conf").write_text(f"listen {PORT};\n")
    # Nginx is not started by root here, so it cannot change its user.
    (folder / "user.conf").write_text("")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write(target)
    os.chown(target, _ACCOUNT, _ACCOUNT)
