"""Writes what nginx needs to play the global load balancer, out of the catalogue of cities.

nginx.conf says how it works; the files written here say which cities, regions and ports there are.
"""

import grp
import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from deploy.nginx.children import LOOPBACK
from movr.records import Point
from movr.regions import CITIES, REGIONS, distance_km, nearest_city

_HERE: Final = Path(__file__).resolve().parent
# Where nginx is when it is not on PATH: Debian keeps it from all but root, and so does macOS.
_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")
# Not served by MovR: clients there see the nearest city.
_ELSEWHERE: Final = (
    ("Berlin", 52.5200, 13.4050),
    ("Chicago", 41.8781, -87.6298),
    ("Las Vegas", 36.1716, -115.1391),
)
# What nginx is to think of a region's health: three failures in a row, and it is left alone for
# five seconds.
_HEALTH: Final = "max_fails=3 fail_timeout=5s"


class Client(NamedTuple):
    """Where a client may be, and the region that is to serve it."""

    host: str
    city: str
    point: Point
    region: str


def clients() -> Iterator[Client]:
    """Yield every place that a host name stands for: the cities of MovR, then some others."""
    for city in CITIES.values():
        yield Client(_host(city.label), city.label, city.centre, city.region)
    for label, latitude, longitude in _ELSEWHERE:
        point = Point(latitude, longitude)
        region = nearest_city(point, CITIES.values()).region
        yield Client(_host(label), label, point, region)


def by_distance(region: str) -> list[str]:
    """Return all regions, this one first, then the one whose cities are nearest to its own."""

    def distance(other: str) -> float:
        return sum(
            min(distance_km(city.centre, there.centre) for there in REGIONS[other])
            for city in REGIONS[region]
        )

    return sorted(REGIONS, key=distance)


def write_configuration(folder: Path, port: int, region_ports: Mapping[str, int]) -> None:
    """Make `folder` the one that nginx runs in, listening on `port` of this machine only."""
    for name in ("nginx.conf", "unavailable.html"):
        shutil.copyfile(_HERE / name, folder / name)
    maps = {
        "cities": {client.host: client.city for client in clients()},
        "coordinates": {
            client.host: f"{client.point.latitude:.6f},{client.point.longitude:.6f}"
            for client in clients()
        },
        "regions": {"default": next(iter(REGIONS))}
        | {client.host: client.region for client in clients()},
    }
    for name, entries in maps.items():
        lines = (f'{host} "{value}";\n' for host, value in entries.items())
        (folder / f"{name}.map").write_text("".join(lines))
    (folder / "user.conf").write_text(_user())
    (folder / "listen.conf").write_text(f"listen {LOOPBACK}:{port};\n")
    (folder / "upstreams.conf").write_text(
        "".join(_upstream(region, region_ports) for region in REGIONS)
    )


def nginx_program() -> str | None:
    """Return where nginx is, None if it is not installed."""
    return shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), *_FOLDERS)))


def nginx_command(program: str, folder: Path, *options: str) -> list[str]:
    """Return the command that runs nginx in `folder`, in the foreground."""
    return [program, "-e", "stderr", "-p", f"{folder}/", "-c", "nginx.conf", *options]


def _host(label: str) -> str:
    return f"{label.lower().replace(' ', '-')}.localhost"


def _user() -> str:
    # Started by root, nginx would go on as somebody who may not be able to enter the folder. The
    # regions run as root then, too.
    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name};\n"


def _upstream(region: str, ports: Mapping[str, int]) -> str:
    own, nearer, *farther = (
        f"server {LOOPBACK}:{ports[name]} {_HEALTH}" for name in by_distance(region)
    )
    # Backups have no order, only weights: a farther one gets a request when the nearer one fails,
    # or once in a thousand.
    servers = [own, f"{nearer} backup weight=1000", *(f"{server} backup" for server in farther)]
    return "".join((f"upstream {region} {{\n", *(f"    {server};\n" for server in servers), "}\n"))
