"""Runs three regions of MovR on this machine, behind nginx as the global load balancer.

`make regions` runs it; the README.md beside this file explains how to use it. A region that dies is
reported and not restarted, so that you can watch its riders being served elsewhere.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from deploy.nginx.children import ROOT, Child, end_all, say
from deploy.nginx.config import (
    by_distance,
    clients,
    nginx_command,
    nginx_program,
    write_configuration,
)
from deploy.nginx.settings import chosen_ports, environment, read_settings
from movr.regions import REGIONS

_LONGEST_START_S: Final = 60
_GLANCE_S: Final = 0.1
_INSTALL_NGINX: Final = (
    "nginx plays the load balancer, and it is not installed.\n"
    "  Debian or Ubuntu: sudo apt-get install nginx (its own service is not needed: sudo systemctl"
    " disable --now nginx)\n"
    "  macOS: brew install nginx"
)


def main() -> None:
    """Run the regions and the balancer until a signal comes or the balancer ends."""
    program = nginx_program()
    if program is None:
        sys.exit(_INSTALL_NGINX)
    settings = read_settings()
    port, region_ports = chosen_ports(settings)
    environments = {
        region: environment(region, region_ports[region], settings) for region in REGIONS
    }
    # Signals are only noted here, and handled between two steps, so that no program is left
    # running.
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: signals.append(received))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="movr-regions-")))
        write_configuration(folder, port, region_ports)
        children: list[Child] = []
        stack.callback(end_all, children)
        _fill_files(environments)
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.py", "server:app"]
        for region, variables in environments.items():
            children.append(Child(region, region_ports[region], gunicorn, variables))
        _wait_until_healthy(children, signals)
        balancer = Child("balancer", port, nginx_command(program, folder), os.environ)
        children.append(balancer)
        _wait_until_healthy([balancer], signals)
        _introduce(balancer, children[:-1])
        watch(balancer, children[:-1], signals)


def _fill_files(environments: Mapping[str, Mapping[str, str]]) -> None:
    """Create tables and demonstration data in SQLite files; leave clusters alone."""
    for variables in {each["DB_URI"]: each for each in environments.values()}.values():
        if variables["DB_URI"].startswith("sqlite:"):
            for command in (["upgrade-db"], ["seed", "--if-empty"]):
                flask = [sys.executable, "-m", "flask", "--app", "server", *command]
                if subprocess.run(flask, cwd=ROOT, env=variables, check=False).returncode:  # noqa: S603 (written here)
                    sys.exit("The database could not be prepared.")


def _wait_until_healthy(children: Sequence[Child], signals: Sequence[int]) -> None:
    deadline = time.monotonic() + _LONGEST_START_S
    while not all(child.is_healthy() for child in children):
        for child in children:
            if child.has_ended():
                sys.exit(child.how_it_ended())
        if signals:
            sys.exit(0)
        if time.monotonic() > deadline:
            sys.exit("The start takes too long.")
        time.sleep(_GLANCE_S)


def _introduce(balancer: Child, regions: Sequence[Child]) -> None:
    say("\n  MovR is served from three regions. The host name stands for where you are:")
    for client in clients():
        say(f"    {f'http://{client.host}:{balancer.port}':38} {client.region}")
    say(f"    {f'http://localhost:{balancer.port}':38} a client whose place is unknown")
    say("\n  Let a region die, and reload a page of one of its cities:")
    for region in regions:
        say(f"    kill -s KILL -- -{region.pid:<8} # {region.name}, on port {region.port}")
    say("\n  Stop all with Ctrl-C.\n")


def watch(balancer: Child, regions: Sequence[Child], signals: Sequence[int]) -> None:
    """Report each region's death until a signal comes; ends the program with the balancer."""
    alive = list(regions)
    while not signals:
        if balancer.has_ended():
            sys.exit(balancer.how_it_ended())
        for region in [region for region in alive if region.has_ended()]:
            alive.remove(region)
            names = {other.name for other in alive}
            heirs = [name for name in by_distance(region.name) if name in names]
            served = f"{heirs[0]} serves its riders now" if heirs else "No region is left"
            say(f"{region.how_it_ended()} {served}.")
        time.sleep(_GLANCE_S)


if __name__ == "__main__":
    main()
