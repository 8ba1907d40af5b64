"""The dashboard and the rules ask for nothing but what is measured, by labels and at edges that there are."""

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from ops.layout import ROOT
from ops.processes import MEASURED
from rapport.telemetry import metrics

RULES = ROOT / "ops/prometheus/rules.yml"
DASHBOARD = ROOT / "ops/grafana/rapport.json"
SCRAPED = ROOT / "ops/prometheus/prometheus.yml"


def asked() -> list[tuple[str, str]]:
    """Every query, with what it is of."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [(rule.get("record") or rule["alert"], rule["expr"]) for group in groups for rule in group["rules"]]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return rules + [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


def families() -> dict[str, Any]:
    """What is measured, by the name that a sample has without its suffix."""
    return {family.name: family for family in REGISTRY.collect() if family.name.startswith("rapport_")}


@pytest.mark.parametrize(("what", "query"), asked())
def test_each_query_is_of_what_is_measured(what: str, query: str) -> None:
    recorded = {name for name, _ in asked()}
    named = re.findall(r"\brapport_\w+", re.sub(r"rapport:\w+:\w+", "", query))
    assert named or re.search(r"rapport:|\bup\b", query), what
    assert set(re.findall(r"rapport:\w+:\w+", query)) <= recorded
    for name in named:
        assert re.sub(r"_(?:total|bucket|count|sum)$", "", name) in families(), name
    assert query.count("(") == query.count(")")


@pytest.mark.parametrize(("what", "query"), asked())
def test_each_label_and_edge_is_there(what: str, query: str) -> None:
    by_name = {metric._name: metric for metric in vars(metrics).values() if hasattr(metric, "_labelnames")}
    for name, selector in re.findall(r"\b(rapport_\w+)\{([^}]*)\}", query):
        metric = by_name[re.sub(r"_(?:total|bucket|count|sum)$", "", name)]
        for label, value in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', selector):
            if label == "le":
                assert float(value) in metrics.BUCKETS_S, what
            else:
                assert label in metric._labelnames, what


def test_all_that_is_measured_is_shown() -> None:
    everything = " ".join(query for _, query in asked())
    assert [name for name in families() if name not in everything] == []


def test_each_process_that_measures_is_asked() -> None:
    targets = yaml.safe_load(SCRAPED.read_text())["scrape_configs"][0]["static_configs"]
    ports = [int(target["targets"][0].rpartition(":")[2]) for target in targets]
    assert ports == list(range(ports[0], ports[0] + len(MEASURED)))


def test_every_alert_says_what_to_do() -> None:
    alerts = [
        rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "alert" in rule
    ]
    assert all(rule["annotations"]["todo"] and rule["labels"]["severity"] in ("page", "ticket") for rule in alerts)
