"""The cluster that CI starts has a node in each region of the catalogue, in its order."""

import re
from pathlib import Path

import yaml

from movr.regions import REGIONS
from tests.support.cluster import VARIABLE, read_addresses

WORKFLOW = Path(__file__).resolve().parents[2] / ".github" / "workflows" / "ci.yml"


def test_ci_tests_on_a_cluster_of_the_catalogues_regions():
    job = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["cluster"]
    assert job["timeout-minutes"] == 20
    ports = [url.port for url in read_addresses(job["env"][VARIABLE]).values()]
    (start,) = [step["run"] for step in job["steps"] if "docker network" in step.get("run", "")]
    nodes = re.search(r"for node in ([^;]+);", start)[1].split()
    assert [f"gcp-{node.rpartition('-')[0]}" for node in nodes] == list(REGIONS)
    assert ports == list(range(26257, 26257 + len(nodes)))
    assert f"--join={','.join(nodes)}" in start
    tests = [step["run"] for step in job["steps"] if "make test" in step.get("run", "")]
    assert tests == [
        "make test PYTEST_ARGS=tests/cluster",
        'make test PYTEST_ARGS="tests/database -k cluster-"',
    ]
