"""The balancer of compose.yaml: deploy/nginx's configuration, for containers instead of ports."""

import re
import subprocess

import pytest

from deploy.compose import balancer
from deploy.nginx.config import by_distance, nginx_command, nginx_program
from movr.regions import REGIONS
from tests.regions.balancer import unavailable_reason
from tests.support.requirements import require


@pytest.fixture
def folder(tmp_path):
    balancer.write(tmp_path)
    return tmp_path


def test_each_region_is_a_group_of_containers_its_own_first(folder):
    groups = re.findall(r"upstream ([\w-]+) \{([^}]*)\}", (folder / "upstreams.conf").read_text())
    assert [name for name, _ in groups] == list(REGIONS)
    for region, servers in groups:
        assert re.findall(r"server (\S+)", servers) == [
            f"{balancer.host_of(name)}:8000" for name in by_distance(region)
        ]


def test_it_listens_where_compose_publishes_it(folder):
    assert (folder / "listen.conf").read_text() == "listen 8080;\n"


def test_nginx_accepts_it(folder):
    require(unavailable_reason())
    program = nginx_program() or "nginx"
    upstreams = folder / "upstreams.conf"
    # Outside of compose nobody knows the names of the containers.
    upstreams.write_text(re.sub(r"movr-[\w-]+:", "127.0.0.1:", upstreams.read_text()))
    tested = subprocess.run(
        nginx_command(program, folder, "-t"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stderr
