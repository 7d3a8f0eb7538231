"""A real Prometheus reads real workers as the guide says, and finds what the dashboard asks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.deploy.promql import RULES, names, panel_expressions
from tests.support.loopback import HOST
from tests.support.postgres_server import PostgresServer
from tests.support.processes import wait_until
from tests.support.prometheus_server import PrometheusServer
from tests.support.requirements import require
from tests.web.observed import CITY, METRICS_TOKEN, REGION, Observed, observe

PANELS = list(panel_expressions())


def configuration(folder: Path, port: int) -> dict[str, Any]:
    """That of the guide for the workers here, and once more with a token that is not theirs."""
    found: dict[str, Any] = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())
    found["global"] = {"scrape_interval": "200ms", "evaluation_interval": "200ms"}
    found["rule_files"] = [str(RULES)]
    (invited,) = found["scrape_configs"]
    invited["static_configs"] = [{"targets": [f"{HOST}:{port}"], "labels": {"region": REGION}}]
    tokens = {"movr": METRICS_TOKEN, "uninvited": f"{METRICS_TOKEN}x"}
    found["scrape_configs"] = []
    for job, token in tokens.items():
        # As whoever writes it with an editor has it.
        (folder / job).write_text(f"{token}\n")
        authorization = invited["authorization"] | {"credentials_file": str(folder / job)}
        found["scrape_configs"].append(invited | {"job_name": job, "authorization": authorization})
    return found


def use(site: Observed) -> None:
    """Let there be a bit of everything, a database that is away included."""
    rider = site.open_account()
    vehicle = site.add_vehicle(rider)
    browser, other = site.log_in(rider), site.log_in(site.open_account())
    ride_id = str(uuid4())
    start = {"city": CITY, "ride_id": ride_id}
    assert browser.submit(f"/rides/start/{vehicle}", start).ok
    start["ride_id"] = str(uuid4())
    assert other.submit(f"/rides/start/{vehicle}", start).status_code == 409
    assert browser.submit(f"/rides/end/{ride_id}", {"city": CITY, "location": "Spui"}).ok
    site.proxy.refuse()
    site.proxy.cut_all()
    assert other.get("/vehicles").status_code == 503
    site.proxy.accept()
    assert other.get("/vehicles").status_code == 200


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """It has read the workers before and after they were used."""
    require(PrometheusServer.available())
    require(PostgresServer.available())
    with observe() as site:
        read = configuration(tmp_path_factory.mktemp("prometheus"), site.gunicorn.port)
        with PrometheusServer(read) as prometheus:
            use(site)
            asked = 'movr_request_seconds_count{route="/vehicles",status="503"}'
            assert wait_until(lambda: prometheus.ask(asked) != [], 20, every=0.2)
            use(site)
            yield prometheus


def found(prometheus: PrometheusServer, expression: str) -> list[dict[str, Any]]:
    """What an expression gives as soon as it gives anything."""
    wait_until(lambda: prometheus.ask(expression) != [], 20, every=0.2)
    return prometheus.ask(expression)


def test_the_token_lets_prometheus_in(prometheus):
    up = {each["metric"]["job"]: each["value"][1] for each in found(prometheus, "up")}
    assert up == {"movr": "1", "uninvited": "0"}


def test_what_is_read_and_the_target_have_the_same_region(prometheus):
    for name in ("up", "movr_build", "movr_rides_total"):
        for each in found(prometheus, name):
            assert each["metric"]["region"] == REGION
            assert "exported_region" not in each["metric"]


@pytest.mark.parametrize("panel", PANELS, ids=[panel.where for panel in PANELS])
def test_a_panel_has_something_to_show(prometheus, panel):
    result = found(prometheus, panel.text)
    assert result != []
    for label in panel.shown:
        assert label in result[0]["metric"]


def test_a_panel_that_asks_for_what_is_not_there_would_be_empty(prometheus):
    first = PANELS[0]
    (name,) = names(first)
    assert prometheus.ask(first.text.replace(name, "movr_nothing_count")) == []
    with pytest.raises(ValueError, match="parse error"):
        prometheus.ask(first.text + ")")


def test_a_configuration_that_cannot_be_read_is_told_with_its_fault():
    require(PrometheusServer.available())
    with pytest.raises(RuntimeError, match="field nonsense not found"):
        PrometheusServer({"nonsense": 1}).__enter__()


def test_every_rule_can_be_run(prometheus):
    def health() -> set[str]:
        return {rule["health"] for rule in prometheus.rules()}

    assert len(prometheus.rules()) > 20
    assert wait_until(lambda: health() == {"ok"}, 20, every=0.2), prometheus.rules()
