"""Writes nginx's configuration as the global load balancer, from the catalogue of cities.

nginx.conf says how it works; the generated files list the cities, regions and ports.
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
# Where nginx is if it is not on PATH: on Debian, only root has this folder there, and on macOS
# nobody.
_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")
# Places that MovR does not serve: clients there see the nearest city.
_ELSEWHERE: Final = (
    ("Berlin", 52.5200, 13.4050),
    ("Chicago", 41.8781, -87.6298),
    ("Las Vegas", 36.1716, -115.1391),
)
# After three failures in a row, nginx skips a region for five seconds.
_HEALTH: Final = "max_fails=3 fail_timeout=5s"


class Client(NamedTuple):
    """Where a client may be, and the region that serves it."""

    host: str
    city: str
    point: Point
    region: str


def clients() -> Iterator[Client]:
    """Yield the place of each host name: MovR's cities, and some others."""
    for city in CITIES.values():
        yield Client(_host(city.label), city.label, city.centre, city.region)
    for label, latitude, longitude in _ELSEWHERE:
        point = Point(latitude, longitude)
        region = nearest_city(point, CITIES.values()).region
        yield Client(_host(label), label, point, region)


def by_distance(region: str) -> list[str]:
    """Return all regions by their distance from this one, which comes first."""

    def distance(other: str) -> float:
        return sum(
            min(distance_km(city.centre, there.centre) for there in REGIONS[other])
            for city in REGIONS[region]
        )

    return sorted(REGIONS, key=distance)


def write_configuration(folder: Path, port: int, region_ports: Mapping[str, int]) -> None:
    """Fill the folder that nginx runs in, to listen on `port` of this machine only."""
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
    """Return the path of nginx, or None if it is not installed."""
    return shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), *_FOLDERS)))


def nginx_command(program: str, folder: Path, *options: str) -> list[str]:
    """Return the command to run nginx in `folder`, in the foreground."""
    return [program, "-e", "stderr", "-p", f"{folder}/", "-c", "nginx.conf", *options]


def _host(label: str) -> str:
    return f"{label.lower().replace(' ', '-')}.localhost"


def _user() -> str:
    # If root started it, nginx would switch to a user who may not be able to read the folder. The
    # regions run as root then, too.
    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name};\n"


def _upstream(region: str, ports: Mapping[str, int]) -> str:
    own, nearer, *farther = (
        f"server {LOOPBACK}:{ports[name]} {_HEALTH}" for name in by_distance(region)
    )
    # Backups have no order, only weights: a farther one gets a request if the nearer one fails, or
    # once in a thousand.
    servers = [own, f"{nearer} backup weight=1000", *(f"{server} backup" for server in farther)]
    return "".join((f"upstream {region} {{\n", *(f"    {server};\n" for server in servers), "}\n"))
