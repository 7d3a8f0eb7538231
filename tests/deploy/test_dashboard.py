"""Dashboard and rules: they ask for metrics that the application has."""

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.promql import (
    Expression,
    dashboard,
    labels,
    names,
    panel_expressions,
    recorded_labels,
    rule_expressions,
    rules,
)
from web.config import Config

TOKEN = "a token for those who read metrics"
EXPRESSIONS = [*panel_expressions(), *rule_expressions()]


@pytest.fixture
def config(config: Config) -> Config:
    return Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, METRICS_TOKEN=TOKEN)


@pytest.fixture
def metrics(app: Flask) -> dict[str, set[str]]:
    """The labels of each series that the application shows."""
    client = app.test_client()
    assert client.get("/vehicles").status_code == 200
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    metrics: dict[str, set[str]] = {"up": {"region"}}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            metrics.setdefault(sample.name, set()).update(sample.labels)
    return metrics


def test_expressions_ask_for_metrics_and_labels_that_exist(metrics):
    recorded = {
        rule["record"]: recorded_labels(rule["record"]) for rule in rules() if "record" in rule
    }
    known = metrics | recorded
    for expression in EXPRESSIONS:
        asked = names(expression)
        assert asked, expression
        assert asked <= known.keys(), expression
        assert labels(expression) <= set().union(*(known[name] for name in asked)), expression


def test_a_metric_or_label_that_does_not_exist_would_be_noticed(metrics):
    wrong = Expression("", 'sum by (region, nothing) (rate(movr_nothing_total{rout="/x"}[5m]))')
    assert names(wrong) == {"movr_nothing_total"}
    assert labels(wrong) == {"region", "nothing", "rout"}
    assert "movr_nothing_total" not in metrics


def test_every_metric_of_movr_is_shown(metrics):
    shown = set().union(*(names(expression) for expression in panel_expressions()))
    families = {name for name in metrics if name.startswith("movr_")}
    # Sums and creation times say nothing that the rest does not.
    wanted = {name for name in families if not name.endswith(("_sum", "_created"))}
    assert wanted - shown == set()


def test_panels_choose_a_region_and_a_source():
    found = dashboard()
    assert [variable["name"] for variable in found["templating"]["list"]] == [
        "datasource",
        "region",
    ]
    assert found["templating"]["list"][1]["query"]["query"] == "label_values(movr_build, region)"
    for panel in found["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert 'region=~"$region"' in target["expr"]


def test_panels_lie_side_by_side():
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
