"""The programs that regions.py starts: their output, health and end."""

import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LOOPBACK: Final = "127.0.0.1"

_LONGEST_END_S: Final = 10


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Child:
    """A program that listens on a port; its output is printed with its name before each line.

    It has a process group of its own, so that Ctrl-C reaches it only through us, and everything it
    has started can be ended with it.
    """

    def __init__(self, name: str, port: int, command: list[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.port = port
        self._process = subprocess.Popen(  # noqa: S603 (regions.py wrote the command)
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._has_ended = False
        self._reader = threading.Thread(target=self._pass_on, daemon=True)
        self._reader.start()

    def has_ended(self) -> bool:
        """Return whether the program has ended; ends what is left of its process group."""
        if not self._has_ended and self._process.poll() is not None:
            self._finish()
        return self._has_ended

    def how_it_ended(self) -> str:
        """Return a sentence on how the program has ended."""
        status = self._process.returncode
        reason = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        return f"{self.name} has ended with {reason}."

    def is_healthy(self) -> bool:
        """Return whether it responds."""
        with closing(http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)) as connection:
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            return False

    def _finish(self) -> None:
        # At once and only once: later, the id may belong to another process group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._has_ended = True
        self._reader.join(_LONGEST_END_S)

    def ask_to_end(self) -> None:
        """Ask it to finish and end."""
        if not self.has_ended():
            self._process.terminate()

    def end(self) -> None:
        """Wait for it to end, and kill it if it takes too long."""
        if not self.has_ended():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LONGEST_END_S)
            self._finish()

    def _pass_on(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    say(f"[{self.name}] {line.rstrip()}")


def end_all(children: Sequence[Child]) -> None:
    """End all programs, in parallel."""
    for child in children:
        child.ask_to_end()
    for child in children:
        child.end()
