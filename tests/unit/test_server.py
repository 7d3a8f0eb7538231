"""The entry, in a process of its own: what it made, it closes."""

import os
import subprocess
import sys

from tests.support.gunicorn_server import ROOT

# What is registered first is called last.
SCRIPT = """
import atexit
atexit.register(lambda: print(movr.engine.pool.checkedin()))
from server import app
movr = app.extensions["movr"]
movr.ping()
print(movr.engine.pool.checkedin())
"""


def test_no_connection_is_open_any_more_when_the_process_has_ended(tmp_path):
    settings = {"DEBUG": "True", "DB_URI": f"sqlite:///{tmp_path}/movr.db"}
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.split() == ["1", "0"]
