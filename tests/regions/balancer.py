"""nginx alone, as `make regions` configures it, in front of whatever listens at given ports."""

import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deploy.nginx.config import nginx_command, nginx_program, write_configuration
from tests.support.loopback import HOST, free_port
from tests.support.processes import end_group, wait_until
from tests.support.started import Started


def unavailable_reason() -> str | None:
    """Why there can be no balancer here, None when there can."""
    return None if nginx_program() else "nginx is not installed (apt install nginx)"


class Balancer(Started):
    """nginx on a free port while the context lasts, with its files in the caller's folder."""

    def __init__(self, folder: Path, region_ports: Mapping[str, int]) -> None:
        self.port = free_port()
        self._folder = folder
        self._log = folder / "log"
        write_configuration(folder, self.port, region_ports)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if not wait_until(lambda: self._process.poll() is not None or self._listens(), 10):
            self.stop()
        if self._process.poll() is not None:
            raise RuntimeError(f"nginx does not start. Its log:\n{self.log()}")

    def stop(self) -> None:
        end_group(self._process, 10, signal.SIGTERM)

    def command(self, *options: str) -> list[str]:
        """How it is run."""
        return nginx_command(nginx_program() or "nginx", self._folder, *options)

    def log(self) -> str:
        """What it has written, a line for each request."""
        return self._log.read_text()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=2):
            return True
        return False
