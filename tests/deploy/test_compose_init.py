"""deploy/compose/init.sh, with a stand-in for `cockroach` that plays the cluster's part."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.gunicorn_server import ROOT

SCRIPT = Path(ROOT, "deploy", "compose", "init.sh")
STAND_IN = """#!/bin/sh
echo "$@" >>"$CALLS"
case $1 in
    init) echo "$INIT_SAYS"; exit "$INIT_ENDS" ;;
    sql) case $* in *REGIONS*) printf 'count\\n%s\\n' "$REGIONS_KNOWN" ;; esac ;;
esac
"""


@pytest.fixture
def prepare(tmp_path):
    """Run the script against a cluster like this; what it called, and how it ended."""

    def run(*, says="Cluster successfully initialized", ends=0, regions=3):
        calls = tmp_path / "calls"
        for name, text in (("cockroach", STAND_IN), ("sleep", "#!/bin/sh\n")):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        variables = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "CALLS": str(calls),
            "INIT_SAYS": says,
            "INIT_ENDS": str(ends),
            "REGIONS_KNOWN": str(regions),
        }
        ended = subprocess.run(
            ["sh", str(SCRIPT), "db-1", "/dbinit.sql"],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return calls.read_text().splitlines(), ended

    return run


def test_a_new_cluster_is_initialised_and_gets_the_schema_last(prepare):
    calls, ended = prepare()
    assert ended.returncode == 0
    assert calls[0] == "init --insecure --host=db-1"
    assert calls[-1] == "sql --insecure --host=db-1 --file=/dbinit.sql"


def test_a_cluster_that_was_initialised_before_gets_the_schema_too(prepare):
    calls, ended = prepare(says="ERROR: cluster has already been initialized", ends=1)
    assert ended.returncode == 0
    assert calls[-1] == "sql --insecure --host=db-1 --file=/dbinit.sql"


def test_without_three_regions_there_is_no_schema_and_the_job_fails(prepare):
    calls, ended = prepare(regions=2)
    assert ended.returncode == 1
    assert "knows_three_regions" in ended.stderr
    assert not any("--file" in call for call in calls)


def test_nodes_that_never_answer_fail_the_job(prepare):
    calls, ended = prepare(says="ERROR: cannot dial server", ends=1)
    assert ended.returncode == 1
    assert "cannot dial server" in ended.stderr
    assert all(call.startswith("init") for call in calls)
