"""Servers of the tests end, with all they started, and nothing else does."""

import platform
import select
import signal
import subprocess
import sys

import pytest

from tests.support.loopback import free_port
from tests.support.processes import children_of, end_group, is_running, kill_tree, wait_until
from tests.support.requirements import require

# A parent that ignores SIGTERM, and a child in a session of its own, as PostgreSQL's are.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(sleeper, start_new_session={new_session})
print(child.pid, flush=True)
time.sleep(60)
"""

# The number of the system call `exit` on this machine.
EXIT = {"x86_64": 60, "aarch64": 93}.get(platform.machine()) if sys.platform == "linux" else None


def start(new_session):
    return subprocess.Popen(
        [sys.executable, "-c", STUBBORN.format(new_session=new_session)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def test_kill_tree_ends_children_with_sessions_of_their_own():
    with start(new_session=True) as process:
        child = int(process.stdout.readline())
        assert children_of(process.pid) == [child]
        kill_tree(process)
        assert process.returncode == -signal.SIGKILL
        assert not is_running(child)
        kill_tree(process)


@pytest.mark.parametrize("_", range(5))
def test_kill_tree_misses_no_child_that_is_just_being_made(_):
    code = "import os, time; print(flush=True)\n"
    code += "for _ in range(300): os.fork() or (time.sleep(9), os._exit(0))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        kill_tree(process)
        # All have inherited the pipe, which ends with the last of them.
        assert select.select([process.stdout], [], [], 3)[0]
        assert process.stdout.read() == b""


def test_end_group_kills_what_does_not_obey():
    with start(new_session=False) as process:
        child = int(process.stdout.readline())
        end_group(process, 0.2, signal.SIGTERM)
        assert process.returncode == -signal.SIGKILL
        assert wait_until(lambda: not is_running(child), 5)
        end_group(process, 0.2, signal.SIGTERM)


def test_process_whose_main_thread_has_ended_is_still_running():
    require(None if EXIT is not None else "the number of Linux's exit is not known here")
    # The bare system call ends the main thread alone; Linux then calls the process a zombie.
    code = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    code += f"; print(flush=True); ctypes.CDLL(None).syscall({EXIT}, 0)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert not wait_until(lambda: not is_running(process.pid), 0.3)
        kill_tree(process)
        assert not is_running(process.pid)


def test_free_ports_lie_outside_the_range_of_outgoing_connections():
    assert all(20_000 <= free_port() < 32_000 for _ in range(20))
