"""What expressions of Prometheus speak of: names and labels; and where they stand here."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.support.gunicorn_server import ROOT

RULES = Path(ROOT, "deploy", "prometheus", "alerts.yml")
DASHBOARD = Path(ROOT, "deploy", "grafana", "movr.json")

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
# Prometheus adds these two to whatever it reads.
_OF_TARGETS = {"instance", "job"}


class Expression(NamedTuple):
    """An expression, where it stands, and the labels that are shown with its result."""

    where: str
    text: str
    shown: frozenset[str] = frozenset()


def rules() -> list[dict[str, Any]]:
    """Every rule, in its order."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """The rules of the alerts, by their names."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    parsed: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return parsed


def panel_expressions() -> Iterator[Expression]:
    """What the panels ask, with Grafana's variables filled in."""
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            text = target["expr"].replace("$region", ".*")
            text = re.sub(r"\$__(?:rate_interval|range)", "5m", text)
            shown = frozenset(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            yield Expression(f"{panel['title']} {target['refId']}", text, shown)


def rule_expressions() -> Iterator[Expression]:
    """What the rules ask; their texts show labels as well."""
    for rule in rules():
        texts = " ".join(rule.get("annotations", {}).values())
        shown = frozenset(re.findall(r"\$labels\.(\w+)", texts))
        yield Expression(rule.get("alert") or rule["record"], rule["expr"], shown)


def names(expression: Expression) -> set[str]:
    """The series that an expression reads, recorded ones included."""
    found = _NAME.findall(_without_lists(expression.text))
    return {name for name in found if "movr_" in name or name == "up"}


def labels(expression: Expression) -> set[str]:
    """The labels that an expression selects or groups by, and those shown with it."""
    text = re.sub(r'"[^"]*"', '""', expression.text)
    found = {
        label for inside in re.findall(r"{([^}]*)}", text) for label in _MATCHER.findall(inside)
    }
    for group in _GROUPING.findall(text):
        found |= {label.strip() for label in group.split(",") if label.strip()}
    return (found | expression.shown) - _OF_TARGETS


def recorded_labels(name: str) -> set[str]:
    """The labels of a recorded series, with which its name begins."""
    return set(name.split(":")[0].split("_"))


def _without_lists(text: str) -> str:
    """An expression without its selectors, groupings and strings: what is left are names."""
    return re.sub(r"{[^}]*}", "", _GROUPING.sub("", re.sub(r'"[^"]*"', "", text)))
