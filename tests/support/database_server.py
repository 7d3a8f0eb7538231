"""What private database servers of the tests have in common: start, kill, start again, stop.

postgres_server.py and cockroach_server.py say how their server is run.
"""

import signal
import subprocess
import tempfile
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import psycopg2

from tests.support.loopback import HOST, free_port
from tests.support.processes import end_group, kill_tree, wait_until
from tests.support.started import Started


class DatabaseServer(Started):
    """A server with data of its own, started on entering the context and gone on leaving.

    With durable=True a commit that was answered outlives kill(); without, it may not.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, *, durable: bool = False, start_within: float = 60) -> None:
        self.port = free_port()
        self.durable = durable
        self._start_within = start_within
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    @staticmethod
    @abstractmethod
    def available() -> str | None:
        """Why no server can be started here, None when one can."""

    @abstractmethod
    def uri(self, database: str, port: int | None = None) -> str:
        """The address of a database for SQLAlchemy; give the port of a proxy to go through it."""

    @abstractmethod
    def _create_data(self, home: Path) -> None:
        """Fill the new folder with what the server needs before its first start."""

    @abstractmethod
    def _run(self, home: Path) -> dict[str, Any]:
        """The arguments of Popen that run the server."""

    @abstractmethod
    def _login(self) -> dict[str, Any]:
        """The arguments of psycopg2.connect for a connection that may create databases."""

    def create_database(self) -> str:
        """The name of a new, empty database, to be handed to uri()."""
        self._databases += 1
        name = f"movr_{self._databases}"
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        finally:
            connection.close()
        return name

    def start(self) -> None:
        """Start, on the same port and data after kill(), and return when the server answers."""
        if reason := self.available():
            raise RuntimeError(reason)
        if self._process is not None:
            raise RuntimeError("the server is already running")
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """SIGKILL the whole server as in a crash; the data stays for start()."""
        if self._process is not None:
            kill_tree(self._process)
            self._process = None

    def stop(self) -> None:
        """End the server and delete its data."""
        if self._process is not None:
            end_group(self._process, 10, self.stop_signal)
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def log(self) -> str:
        """What the server wrote, empty before start() and after stop()."""
        if self._folder is None:
            return ""
        return Path(self._folder.name, "log").read_text(errors="replace")

    def _start(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="movr-database-")
            self._create_data(Path(self._folder.name))
        home = Path(self._folder.name)
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                **self._run(home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process
        wait_until(lambda: process.poll() is not None or self._answers(), self._start_within)
        if process.poll() is not None or not self._answers():
            raise RuntimeError(f"the database did not start. Its log:\n{self.log()}")

    def _connect(self) -> Any:
        return psycopg2.connect(host=HOST, port=self.port, connect_timeout=5, **self._login())

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True
