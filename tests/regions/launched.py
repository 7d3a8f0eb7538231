"""Three regions as `make regions` starts them, on free ports, and the end of one or of all."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from movr.regions import REGIONS
from tests.support.gunicorn_server import ROOT
from tests.support.loopback import HOST, free_port
from tests.support.processes import children_of, is_running, kill_tree, wait_until
from tests.support.started import Started

# The rest of the developer's environment must not decide a test.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH")


class LaunchedRegions(Started):
    """Runs the launcher while the context lasts."""

    def __init__(self, db_uri: str, log: Path) -> None:
        self.port = free_port()
        self.region_ports = {region: free_port() for region in REGIONS}
        self._log = log
        self._env = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
            "DB_URI": db_uri,
            "LB_PORT": str(self.port),
            "REGION_PORTS": ",".join(map(str, self.region_ports.values())),
        }

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.nginx.regions"],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: self._process.poll() is not None or "Stop all" in self.output(), 90)
        if self._process.poll() is not None or "Stop all" not in self.output():
            kill_tree(self._process)
            raise RuntimeError(f"the regions do not start:\n{self.output()}")

    def output(self) -> str:
        """What the launcher and all that it has started have written."""
        return self._log.read_text(errors="replace")

    def listens(self, region: str) -> bool:
        """Whether the process of a region takes connections."""
        with suppress(OSError), socket.create_connection((HOST, self.region_ports[region])):
            return True
        return False

    def kill(self, region: str) -> None:
        """Let a region die as the launcher tells its users to, and see it dead."""
        found = re.search(rf"kill -s KILL -- -(\d+) +# {region},", self.output())
        assert found, f"nobody is told how to end {region}"
        leader = int(found[1])
        assert os.getpgid(leader) == leader != os.getpgid(0)
        os.killpg(leader, signal.SIGKILL)
        assert wait_until(lambda: not is_running(leader), 10), f"{region} does not die"

    def family(self) -> list[int]:
        """The ids of the launcher and of all that it has started, parents first."""
        return _family_of(self._process.pid)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Ask the launcher to end and see all gone that it has started; its exit status."""
        if self._process.poll() is not None:
            return self._process.returncode
        family = self.family()
        self._process.send_signal(with_signal)
        if not wait_until(lambda: self._process.poll() is not None, 30):
            kill_tree(self._process)
            raise RuntimeError(f"the launcher did not end:\n{self.output()}")
        left = [pid for pid in family if is_running(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if left:
            raise RuntimeError(f"the launcher left {left} running:\n{self.output()}")
        return self._process.returncode


def _family_of(pid: int) -> list[int]:
    return [pid, *(found for child in children_of(pid) for found in _family_of(child))]
