"""The alerts are ones that Prometheus takes, fire for their faults alone, and ask for metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.monitoring.alerts import ALERTS, Alert
from infra.monitoring.dashboard import write_dashboard
from infra.monitoring.rules import RULES
from shared import errors
from tests.support.promtool import NEEDS_PROMTOOL, promtool


def describe(alert: Alert, series: Mapping[str, str], *, fires: bool) -> Mapping[str, Any]:
    """Return a test as promtool reads it."""
    asked = {"eval_time": "85m", "alertname": alert.name}
    test = {
        "interval": "1m",
        "name": alert.name,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
    }
    if not fires:
        return {**test, "alert_rule_test": [{**asked, "exp_alerts": []}]}
    return {**test, "promql_expr_test": [_count_firing(alert)]}


def _count_firing(alert: Alert) -> Mapping[str, Any]:
    expression = f'count(ALERTS{{alertname="{alert.name}",alertstate="firing"}})'
    return {"expr": expression, "eval_time": "85m", "exp_samples": [{"labels": "{}", "value": 1}]}


@NEEDS_PROMTOOL
def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", str(RULES))


@NEEDS_PROMTOOL
def test_each_alert_fires_for_its_fault_and_for_nothing_else(tmp_path: Path) -> None:
    tests = [
        describe(alert, series, fires=fires)
        for alert in ALERTS
        for series, fires in ((alert.fault, True), (alert.sound, False))
    ]
    path = tmp_path / "tests.yml"
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", str(path))


def test_every_code_that_is_asked_for_is_one() -> None:
    asked = {code for each in ALERTS for code in re.findall(r'code="([A-Z_]+)"', each.expression)}
    known = Path(errors.__file__).read_text(encoding="utf-8")
    assert [code for code in asked if f'"{code}"' not in known] == []
    assert len(ALERTS) >= 16


def test_the_dashboard_lets_its_source_be_chosen() -> None:
    dashboard = json.loads(write_dashboard())
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {"${datasource}"}
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["datasource"]
