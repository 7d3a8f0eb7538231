"""compose.yaml: to the letter of its schema, in the right order, and for this machine only."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator, ValidationError
from sqlalchemy import make_url

from deploy.compose import balancer
from movr.regions import REGIONS
from tests.deploy.settings import accepted
from tests.support.gunicorn_server import ROOT

SCHEMA = Draft7Validator(
    json.loads(Path(__file__).with_name("schemas").joinpath("compose-spec.json").read_text())
)
COMPOSE = yaml.safe_load(Path(ROOT, "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DATABASE = {name: node for name, node in SERVICES.items() if "start" in node.get("entrypoint", ())}
DONE = {"condition": "service_completed_successfully"}
HEALTHY = {"condition": "service_healthy"}


def locality_of(node):
    """The region and the zone that a node says it is in."""
    return re.search(r"--locality=region=([\w-]+),zone=([\w-]+)'", str(node["command"])).groups()


def region_of(node):
    return locality_of(node)[0]


def aliases(node):
    return node["networks"]["default"]["aliases"]


def test_it_keeps_to_the_schema():
    SCHEMA.validate(COMPOSE)


def test_a_misspelt_field_does_not_keep_to_the_schema():
    with pytest.raises(ValidationError):
        SCHEMA.validate({**COMPOSE, "services": {"movr": {"imagee": "movr"}}})


@pytest.mark.parametrize(("profile", "zones"), [(None, 1), ("nine", 3)])
def test_each_region_has_a_node_and_with_the_profile_one_in_each_of_three_zones(profile, zones):
    nodes = [node for node in DATABASE.values() if profile in node.get("profiles", [profile])]
    localities = [locality_of(node) for node in nodes]
    assert len(set(localities)) == len(localities) == zones * len(REGIONS)
    for region in REGIONS:
        assert sum(there == region for there, _zone in localities) == zones


def test_a_node_advertises_its_own_name_and_joins_nodes_that_always_run():
    for name, node in DATABASE.items():
        assert f"--advertise-addr={name}" in node["command"]
        (joined,) = (word for word in node["entrypoint"] if word.startswith("--join="))
        for other in joined.removeprefix("--join=").split(","):
            assert "profiles" not in DATABASE[other]


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_has_a_movr_that_asks_the_nodes_of_its_own_region(region):
    service = SERVICES[balancer.host_of(region)]
    config = accepted(service["environment"])
    serves, host = config.REGION, make_url(config.DB_URI).host
    assert serves == region
    assert config.TRUSTED_PROXIES == 1
    assert int(service["stop_grace_period"].removesuffix("s")) > config.GRACEFUL_TIMEOUT
    assert {region_of(node) for node in DATABASE.values() if host in aliases(node)} == {region}


@pytest.mark.parametrize("region", REGIONS)
def test_movr_waits_for_the_schema_and_for_a_node_of_its_region(region):
    waits_for = dict(SERVICES[balancer.host_of(region)]["depends_on"])
    assert waits_for.pop("upgrade") == DONE
    ((node, condition),) = waits_for.items()
    assert condition == HEALTHY
    assert region_of(DATABASE[node]) == region
    assert "profiles" not in DATABASE[node]


def test_the_balancer_waits_for_every_movr_and_for_its_own_configuration():
    regions = {balancer.host_of(region): HEALTHY for region in REGIONS}
    assert SERVICES["balancer"]["depends_on"] == {"balancer-setup": DONE, **regions}


def test_an_older_cluster_is_upgraded_before_anybody_uses_it():
    upgrade = SERVICES["upgrade"]
    assert upgrade["command"] == ["flask", "--app", "server", "upgrade-db"]
    assert upgrade["depends_on"] == {"db-init": DONE}
    assert SERVICES["seed"]["depends_on"] == {"upgrade": DONE}


def test_the_schema_waits_for_a_node_of_each_region_to_be_started():
    nodes = SERVICES["db-init"]["depends_on"]
    assert {region_of(DATABASE[node]) for node in nodes} == set(REGIONS)
    assert list(nodes.values()) == [{"condition": "service_started"}] * len(REGIONS)


def test_only_this_machine_can_reach_it():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_image_has_a_tag_that_names_a_version_or_is_built_here():
    for name, service in SERVICES.items():
        repository, _, tag = service["image"].partition(":")
        assert tag not in ("", "latest"), name
        assert re.search(r"\d", tag) or (repository == "movr" and service["build"] == "."), name


def test_movr_runs_with_nothing_to_write_to_and_no_privileges():
    for region in REGIONS:
        service = SERVICES[balancer.host_of(region)]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_file_that_is_mounted_exists():
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(files) == 3
    assert all(Path(ROOT, file).exists() for file in files)
