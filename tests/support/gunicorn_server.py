"""The application behind real gunicorn workers, in processes of its own.

For what a test client cannot show: several processes, crashes, signals and lost connections.
"""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.loopback import HOST, free_port
from tests.support.processes import end_group, kill_tree, wait_until
from tests.support.started import Started

ROOT = Path(__file__).resolve().parents[2]

# The rest of the developer's environment (REGION, DB_URI, proxies, ...) must not decide a test.
_INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "PYTHONDONTWRITEBYTECODE",
)


class GunicornServer(Started):
    """Starts gunicorn on entering the context and ends it on leaving.

    The app is named as on gunicorn's command line and imported from the root of the repository, or
    from another one. `run_by` is a command that runs it with other rights, as setpriv does.
    Settings reach web/gunicorn.py by PORT, WEB_CONCURRENCY and WEB_THREADS.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        app: str = "server:app",
        workers: int = 2,
        threads: int = 4,
        config: str = "web/gunicorn.py",
        start_within: float = 30,
        port: int | None = None,
        root: Path = ROOT,
        run_by: Sequence[str] = (),
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._root = root
        self._command = [*run_by, sys.executable, "-m", "gunicorn", "-c", config, app]
        self._env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._env |= dict(env or {})
        self._env |= {
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(workers),
            "WEB_THREADS": str(threads),
            "PYTHONUNBUFFERED": "1",
        }
        self._start_within = start_within
        self._process: subprocess.Popen[bytes] | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._last_log = ""

    @property
    def pid(self) -> int:
        """The id of the gunicorn master."""
        if self._process is None:
            raise RuntimeError("gunicorn is not running")
        return self._process.pid

    def start(self) -> None:
        """Start on the same port as before and return when GET /healthz answers 200."""
        if self._process is not None:
            raise RuntimeError("gunicorn is already running")
        # A home of its own: gunicorn keeps a control socket there that instances would share.
        self._home = tempfile.TemporaryDirectory(prefix="movr-gunicorn-")
        with self._log_path(self._home).open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._root,
                env={
                    "HOME": self._home.name,
                    "PROMETHEUS_MULTIPROC_DIR": self._home.name,
                    **self._env,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or self._is_healthy(), self._start_within)
        if process.poll() is not None or not self._is_healthy():
            code = process.poll()
            what = "is not healthy" if code is None else f"has ended with status {code}"
            self.stop()
            raise RuntimeError(f"gunicorn {what}. Its log:\n{self.log()}")

    def stop(self, seconds: float = 15) -> int | None:
        """SIGTERM, then SIGKILL for what is left after so many seconds; the exit status."""
        if self._process is not None:
            end_group(self._process, seconds, signal.SIGTERM)
        return self._forget()

    def kill(self) -> None:
        """SIGKILL master and workers at once, as when a container dies; start() may follow."""
        if self._process is not None:
            kill_tree(self._process)
        self._forget()

    def log(self) -> str:
        """What gunicorn and the application wrote since the last start, also after the end."""
        if self._home is None:
            return self._last_log
        return self._log_path(self._home).read_text(errors="replace")

    def _forget(self) -> int | None:
        if self._process is None or self._home is None:
            return None
        self._last_log = self.log()
        status = self._process.returncode
        self._home.cleanup()
        self._process = self._home = None
        return status

    @staticmethod
    def _log_path(home: "tempfile.TemporaryDirectory[str]") -> Path:
        return Path(home.name, "gunicorn.log")

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            with connection.getresponse() as response:
                healthy = response.status == 200
            connection.close()
            return healthy
        connection.close()
        return False
