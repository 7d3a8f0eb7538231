"""A Redis server for the length of a test, on a free port, which keeps nothing."""

import shutil
import signal
import socket
import subprocess
from contextlib import suppress

from tests.support.loopback import HOST, free_port
from tests.support.processes import end_group, kill_tree, wait_until
from tests.support.started import Started


def unavailable_reason() -> str | None:
    """Why there can be no server here, None when there can."""
    if shutil.which("redis-server"):
        return None
    return "Redis is not installed (apt install redis-server)"


class RedisServer(Started):
    """Runs while the context lasts."""

    def __init__(self) -> None:
        self.port = free_port()
        self.uri = f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        settings = {"port": str(self.port), "bind": HOST, "save": "", "appendonly": "no"}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            ["redis-server", *options],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not wait_until(lambda: self._process.poll() is not None or self._answers(), 10):
            self.stop()
        if self._process.poll() is not None:
            raise RuntimeError("redis-server does not start")

    def stop(self) -> None:
        self.resume()
        end_group(self._process, 10, signal.SIGTERM)

    def pause(self) -> None:
        """Have it take connections and requests, as its kernel does, and answer none."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        kill_tree(self._process)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=2) as client:
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False
