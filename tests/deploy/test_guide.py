"""deploy/README.md: that what it tells operators to do fits what is there, and is enough."""

import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
import yaml
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place, Point
from tests.deploy.manifests import FOLDER
from tests.deploy.promql import RULES
from tests.support.gunicorn_server import ROOT
from tests.support.postgres_server import PostgresServer
from tests.support.prometheus_server import PrometheusServer
from tests.support.requirements import require
from tests.support.standin import install_retry_savepoint

GUIDE = Path(ROOT, "deploy", "README.md").read_text()
CITY = "new york"
SPOT = Place("Union Square", Point(40.7359, -73.9908))


def discovery() -> dict[str, Any]:
    """What the guide puts in the place of the targets in Kubernetes."""
    (text,) = re.findall(r"^```yaml\n(kubernetes_sd_configs:.*?)^```$", GUIDE, re.M | re.S)
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


def test_prometheus_finds_the_pods_of_movr_and_no_others():
    found = discovery()
    keep, region = found["relabel_configs"]
    deployment = yaml.safe_load((FOLDER / "base" / "deployment.yaml").read_text())
    namespace = yaml.safe_load((FOLDER / "base" / "namespace.yaml").read_text())
    pod = deployment["spec"]["template"]
    (port,) = pod["spec"]["containers"][0]["ports"]
    (search,) = found["kubernetes_sd_configs"]
    assert search == {"role": "pod", "namespaces": {"names": [namespace["metadata"]["name"]]}}
    # Prometheus' names: whatever is no letter or digit becomes a line below.
    meta = {"__meta_kubernetes_pod_container_port_name": port["name"]} | {
        "__meta_kubernetes_pod_label_" + re.sub(r"\W", "_", name): value
        for name, value in pod["metadata"]["labels"].items()
    }
    values = [meta[label] for label in keep["source_labels"]]
    assert keep["action"] == "keep"
    assert re.fullmatch(keep["regex"], ";".join(values))
    for number in range(len(values)):
        other = [*values[:number], "other", *values[number + 1 :]]
        assert not re.fullmatch(keep["regex"], ";".join(other))
    assert region == {"target_label": "region", "replacement": "gcp-us-east1"}


def test_prometheus_accepts_the_rules_for_pods(tmp_path):
    """Not the search itself, which Debian's Prometheus is built without."""
    require(PrometheusServer.available())
    read = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    (job,) = read["scrape_configs"]
    del read["rule_files"]
    rules = discovery()["relabel_configs"]
    file = tmp_path / "prometheus.yml"
    command = ["promtool", "check", "config", "--syntax-only", str(file)]
    for tried, accepted in ((rules, True), ([rules[0] | {"action": "retain"}], False)):
        jobs = [job | {"relabel_configs": tried}]
        file.write_text(yaml.safe_dump(read | {"scrape_configs": jobs}))
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert (done.returncode == 0) is accepted, done.stderr


@pytest.fixture(scope="module")
def movr():
    """MovR with the account that the guide describes, its tables made by another."""
    require(PostgresServer.available())
    with PostgresServer() as server:
        uri = server.uri(server.create_database())
        owner = MovR(uri)
        owner.create_schema()
        grants = re.findall(r"^GRANT .*;$", GUIDE, re.MULTILINE)
        assert len(grants) == 2
        with owner.engine.begin() as connection:
            connection.execute(text("CREATE USER app WITH PASSWORD 'secret'"))
            for grant in grants:
                connection.execute(text(grant.replace("TO movr;", "TO app;")))
        owner.engine.dispose()
        address = make_url(uri).set(username="app", password="secret")
        movr = MovR(address.render_as_string(hide_password=False))
        install_retry_savepoint(*movr.engines)
        yield movr
        movr.engine.dispose()


@pytest.fixture(scope="module")
def ridden(movr):
    """Everything that MovR writes, once: somebody came, shared a bike, rode it and left."""
    movr.check_schema()
    rider = movr.add_user(
        city=CITY,
        first_name="Ada",
        last_name="Rider",
        email="ada@example.com",
        username="ada",
        password="correct horse battery",
    )
    identity = movr.authenticate(username="ada", password="correct horse battery", cities=[CITY])
    assert identity is not None
    assert identity[:2] == (CITY, rider.id)
    movr.change_password(
        city=CITY,
        user_id=rider.id,
        old_password="correct horse battery",
        new_password="correct horse battery",
        mail_in="en",
    )
    (mail,) = movr.get_due_mails(city=CITY)
    assert movr.claim_mail(mail)
    movr.remove_mail(city=CITY, mail_id=mail.id)
    vehicle_id = movr.add_vehicle(
        city=CITY,
        owner_id=rider.id,
        vehicle_type=VehicleType.BIKE,
        color="red",
        brand="City",
        place=SPOT,
    )
    ride = {"city": CITY, "rider_city": CITY, "rider_id": rider.id}
    ride_id = uuid4()
    movr.start_ride(**ride, vehicle_id=vehicle_id, ride_id=ride_id)
    movr.end_ride(**ride, ride_id=ride_id, place=SPOT)
    assert movr.get_rides(cities=[CITY], rider_city=CITY, rider_id=rider.id).rows
    movr.remove_vehicle(city=CITY, owner_city=CITY, owner_id=rider.id, vehicle_id=vehicle_id)
    movr.remove_user(city=CITY, user_id=rider.id, password="correct horse battery")


def test_the_account_of_the_guide_may_do_all_that_movr_does(movr, ridden):
    assert list(movr.get_users(city=CITY).rows) == []
    assert list(movr.get_vehicles(city=CITY).rows) == []


@pytest.mark.parametrize("statement", ["DELETE FROM rides", "DROP TABLE rides"])
def test_the_account_of_the_guide_may_delete_nothing(movr, ridden, statement):
    with movr.engine.connect() as connection:
        rides = connection.execute(text("SELECT count(*) FROM rides")).scalar_one()
    assert rides > 0
    with pytest.raises(ProgrammingError) as refused, movr.engine.begin() as connection:
        connection.execute(text(statement))
    assert isinstance(refused.value.orig, psycopg2.errors.InsufficientPrivilege)
    # The table and its rows are where they were.
    with movr.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM rides")).scalar_one() == rides
