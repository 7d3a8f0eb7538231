"""Ending the servers that tests start, politely or as a crash would.

Only processes that descend from a given Popen are touched, each by its id.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class _Entry(NamedTuple):
    """The part of /proc/PID/stat that matters here."""

    state: str
    parent: int
    threads: int


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """True as soon as the condition holds, False when it still does not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def children_of(pid: int) -> list[int]:
    """The ids of the direct children of a process, dead ones that nobody has reaped included."""
    if Path("/proc/self/stat").exists():
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [child for child in pids if (entry := _stat(child)) and entry.parent == pid]
    listing = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
    pairs = (line.split() for line in listing.stdout.decode().splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than an entry that waits to be reaped."""
    if Path("/proc/self/stat").exists():
        # In a container nobody may ever reap an orphan, so that kill(pid, 0) would go on working.
        # Where other threads are still ending, so is the process, and its sockets are open.
        entry = _stat(pid)
        return entry is not None and (entry.state not in ("Z", "X") or entry.threads > 1)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill_tree(process: "subprocess.Popen[bytes]", seconds: float = 10) -> None:
    """SIGKILL the process and all that descend from it, and see them gone, as after a crash.

    Groups and sessions do not matter: each PostgreSQL backend, for one, has a session of its own.
    """
    if process.poll() is None:
        family = _freeze(process.pid)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(seconds)
        if not wait_until(lambda: not any(map(is_running, family)), seconds):
            raise RuntimeError(f"still running {seconds} s after SIGKILL: one of {family}")


def end_group(process: "subprocess.Popen[bytes]", seconds: float, with_signal: int) -> None:
    """Signal the leader, grant it so many seconds, then SIGKILL what is left of its group.

    The process must lead a group of its own (start_new_session=True).
    """
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    wait_until(lambda: _has_exited(process.pid), seconds)
    # While the leader is not reaped its id cannot go to a stranger's group.
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses when only a zombie is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _freeze(pid: int) -> list[int]:
    """Stop a process and its descendants; their ids, parents first.

    A stopped parent neither makes children nor reaps them, so the ids remain theirs.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    # The signal takes a moment, in which a parent may finish making a child.
    wait_until(lambda: _is_stopped(pid), 1, every=0.001)
    return [pid, *(pid for child in children_of(pid) for pid in _freeze(child))]


def _is_stopped(pid: int) -> bool:
    entry = _stat(pid)
    return entry is None or entry.state in ("T", "t", "Z", "X")


def _has_exited(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _stat(pid: int) -> _Entry | None:
    """What Linux says of a process, None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name before the last parenthesis may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return _Entry(state=fields[0], parent=int(fields[1]), threads=int(fields[17]))
