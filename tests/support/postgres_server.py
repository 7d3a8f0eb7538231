"""A private PostgreSQL server that stands in for CockroachDB over a real wire.

standin.py gives it CockroachDB's way of retrying. It can be killed as in a crash and started again.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.database_server import DatabaseServer
from tests.support.loopback import HOST

_USER = "movr"
_PROGRAMS = ("initdb", "postgres")

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    # CockroachDB's default, and what MovR is written for.
    "default_transaction_isolation": "serializable",
    "timezone": "UTC",
    "max_connections": "200",
    # Kept in the data folder, so that a killed server leaves nothing in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# After a crash every file is put on disk before the server answers: one by one, if nothing is said.
_DURABLE = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}


class PostgresServer(DatabaseServer):
    """PostgreSQL on a free port of this machine, serializable unless told otherwise.

    With durable=True every commit is on disk before it is answered: for tests that kill the server.
    """

    # "Immediate shutdown" in PostgreSQL's words: the data is not needed any more.
    stop_signal = signal.SIGQUIT

    def __init__(self, *, durable: bool = False, start_within: float = 60) -> None:
        super().__init__(durable=durable, start_within=start_within)
        # Any user of the machine can connect to a loopback port.
        self._password = secrets.token_hex(16)

    @staticmethod
    def available() -> str | None:
        """Why no server can be started here, None when one can."""
        if _programs() is None:
            return "PostgreSQL is not installed (apt install postgresql)"
        return None

    def uri(self, database: str = "postgres", port: int | None = None) -> str:
        """The address of a database for SQLAlchemy; give the port of a proxy to go through it."""
        where = f"{HOST}:{port or self.port}/{database}"
        return f"cockroachdb+psycopg2://{_USER}:{self._password}@{where}"

    def _create_data(self, home: Path) -> None:
        password_file = home / "password"
        password_file.write_text(self._password)
        account = _unprivileged()
        if account:
            for path in (home, password_file):
                os.chown(path, account["user"], account["group"])
        command = [_program("initdb"), "-D", f"{home}/data", "-U", _USER, "--no-sync"]
        # CockroachDB compares text by code point, as the locale C does.
        command += ["--encoding=UTF8", "--locale=C"]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, **account)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")

    def _run(self, home: Path) -> dict[str, Any]:
        # After kill() it names a process that is gone, and whose id others may have by now.
        (home / "data" / "postmaster.pid").unlink(missing_ok=True)
        settings = _SETTINGS | (_DURABLE if self.durable else _FAST)
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [_program("postgres"), "-D", f"{home}/data", "-p", str(self.port), *options]
        return {"args": command, "cwd": "/", **_unprivileged()}

    def _login(self) -> dict[str, Any]:
        return {"user": _USER, "password": self._password, "dbname": "postgres"}


def _programs() -> Path | None:
    """The folder with initdb and postgres; Debian keeps it away from PATH."""
    folders = [Path(found).parent for found in map(shutil.which, _PROGRAMS) if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        folders.append(Path(answer.stdout.strip()))
    return next((f for f in folders if all((f / name).is_file() for name in _PROGRAMS)), None)


def _program(name: str) -> str:
    folder = _programs()
    if folder is None:
        raise RuntimeError(f"{name} is not installed")
    return str(folder / name)


def _unprivileged() -> dict[str, Any]:
    """Popen's arguments for the account that runs the server, since PostgreSQL refuses root.

    They do what `runuser -u nobody --` does, without a process between us and the server.
    """
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
