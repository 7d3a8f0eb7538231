"""deploy/prometheus/alerts.yml: each alert fires when it should, and is explained."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.alert_cases import CASES, Series, answers, build, pool, rides, target
from tests.deploy.promql import RULES, alerts, panel_expressions
from tests.support.gunicorn_server import ROOT
from tests.support.prometheus_server import PrometheusServer
from tests.support.requirements import require

CHAPTER = "What each alert means"


@pytest.fixture(scope="module", autouse=True)
def promtool() -> None:
    """What runs the rules."""
    require(PrometheusServer.available())


def run(*arguments: str | Path) -> str:
    """Run promtool; the text of its complaints, "" if it has none."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


Answers = dict[str, list[dict[str, Any]]]


def difference(
    folder: Path, *tries: tuple[Series, Answers], at: str = "30m", step: str = "1m"
) -> str:
    """What differs between the answers to some expressions on their series and those expected."""
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": step,
        "tests": [
            {
                "interval": step,
                "input_series": [
                    {"series": name, "values": values} for name, values in series.items()
                ],
                "promql_expr_test": [
                    {"expr": expr, "eval_time": at, "exp_samples": samples}
                    for expr, samples in asked.items()
                ],
            }
            for series, asked in tries
        ],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump(test))
    return run("test", "rules", file)


def raised(alert: str) -> str:
    """The expression for what an alert is about."""
    return f'ALERTS{{alertname="{alert}",alertstate="firing"}}'


def test_prometheus_accepts_the_rules_and_the_configuration():
    assert run("check", "rules", RULES) == ""
    assert run("check", "config", "--syntax-only", RULES.with_name("prometheus.yml")) == ""


def test_prometheus_refuses_rules_that_it_cannot_read(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(RULES.read_text().replace("> 0.02", "> > 0.02"))
    assert "parse error" in run("check", "rules", broken)


def test_every_alert_is_tried():
    assert CASES.keys() == alerts().keys()


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_fires_when_it_should_and_only_then(tmp_path, alert):
    case = CASES[alert]
    severity = alerts()[alert]["labels"]["severity"]
    labels = f'alertname="{alert}", alertstate="firing", severity="{severity}"'
    sample = {"labels": f"ALERTS{{{labels}, {case.about}}}", "value": 1}
    tries = [(case.raised_by, {raised(alert): [sample]})]
    tries += [(series, {raised(alert): []}) for series in case.not_by]
    assert difference(tmp_path, *tries, at=case.at, step=case.step) == ""


def test_nothing_is_raised_where_all_is_well(tmp_path):
    well = answers(200, "0+100x60") | target("1x60") | build("v1", "1x60") | pool("2x60")
    well |= rides("0+2x60", "0+2x60")
    assert difference(tmp_path, (well, {'ALERTS{alertname!=""}': []})) == ""


def test_the_dashboard_has_the_latency_of_each_transaction(tmp_path):
    here = 'region="gcp-us-east1",name="start_ride",error=""'
    name = f"movr_transaction_seconds_bucket{{{here},le="
    # Of a hundred, 50 take up to 10 ms, 40 up to 50 ms, 9 up to a tenth of a second.
    shares = {"0.01": 50, "0.05": 90, "0.1": 99, "1.0": 100, "+Inf": 100}
    series = {f'{name}"{le}"}}': f"0+{share}x60" for le, share in shares.items()}
    table = [each.text for each in panel_expressions() if each.where.startswith("Transactions ")]
    expected = dict(zip(table[1:4], (0.01, 0.05, 0.1), strict=True))
    labels = '{region="gcp-us-east1", name="start_ride"}'
    asked = {expr: [{"labels": labels, "value": value}] for expr, value in expected.items()}
    assert difference(tmp_path, (series, asked)) == ""
    wrong = {expr: [{"labels": labels, "value": 0.02}] for expr in expected}
    assert difference(tmp_path, (series, wrong)) != ""


# --- The guide ---


def sections() -> dict[str, str]:
    """What the chapter says of each alert."""
    guide = Path(ROOT, "deploy", "README.md").read_text()
    chapter = guide.split(f"\n## {CHAPTER}\n")[1].split("\n## ")[0]
    parts = re.split(r"^### (\w+)\n", chapter, flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_alert_has_a_section_and_every_section_an_alert():
    assert list(sections()) == list(alerts())
    assert [name for name, text in sections().items() if len(text) < 100] == []


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_says_what_it_is_and_where_to_read_on(alert):
    rule = alerts()[alert]
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"deploy/README.md#{alert.lower()}"
    assert "\n" not in rule["annotations"]["summary"]
