"""A program that is not installed: skipped and summed up at home, a failure in CI."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.gunicorn_server import ROOT
from tests.support.requirements import require


def test_missing_program_skips_at_home_and_fails_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    require(None)
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        require("no such thing")
    monkeypatch.setenv("CI", "true")
    require(None)
    with pytest.raises(pytest.fail.Exception, match="no such thing"):
        require("no such thing")


def test_at_home_one_line_says_what_to_install_for_all_tests_that_need_it():
    # The tests of the alerts where nothing is on PATH.
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/deploy/test_alerts.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": "", "CI": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    (said,) = (line for line in run.stdout.splitlines() if "prometheus" in line.lower())
    assert re.fullmatch(
        r"Tests skipped: \d{2,}\. Prometheus is not installed \(apt install prometheus\)\.", said
    )
