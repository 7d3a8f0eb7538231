"""A private single-node CockroachDB, where the program is installed; used like PostgresServer.

A single node has one region: the multi-region schema needs `cockroach demo` or a real cluster.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from tests.support.database_server import DatabaseServer
from tests.support.loopback import HOST, free_port


class CockroachServer(DatabaseServer):
    """CockroachDB on free ports of this machine, in memory unless it is to be durable."""

    def __init__(self, *, durable: bool = False, start_within: float = 60) -> None:
        super().__init__(durable=durable, start_within=start_within)
        self._http_port = free_port()

    @staticmethod
    def available() -> str | None:
        """Why no server can be started here, None when one can."""
        return None if shutil.which("cockroach") else "CockroachDB is not installed"

    def uri(self, database: str = "defaultdb", port: int | None = None) -> str:
        """The address of a database for SQLAlchemy; give the port of a proxy to go through it."""
        where = f"{HOST}:{port or self.port}/{database}"
        return f"cockroachdb+psycopg2://root@{where}?sslmode=disable"

    def _create_data(self, home: Path) -> None:
        """Nothing to do: the first start makes the store."""

    def _run(self, home: Path) -> dict[str, Any]:
        store = f"path={home}/data" if self.durable else "type=mem,size=640MiB"
        addresses = [f"--listen-addr={HOST}:{self.port}", f"--http-addr={HOST}:{self._http_port}"]
        return {
            "args": [
                "cockroach",
                "start-single-node",
                "--insecure",
                f"--store={store}",
                *addresses,
            ],
            "cwd": home,
            # Without this it reports statistics to its makers.
            "env": os.environ | {"COCKROACH_SKIP_ENABLING_DIAGNOSTIC_REPORTING": "true"},
        }

    def _login(self) -> dict[str, Any]:
        return {"user": "root", "dbname": "defaultdb", "sslmode": "disable"}
