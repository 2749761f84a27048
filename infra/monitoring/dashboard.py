"""Writes a dashboard as Grafana reads it: how jobs, requests and the volume do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DASHBOARD: Final = Path(__file__).parent / "dashboard.json"

_COLUMNS, _WIDTH, _HEIGHT = 2, 12, 8
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One graph."""

    title: str
    expression: str
    legend: str
    unit: str = "short"


PANELS: Final = (
    Panel(
        title="Jobs that have not ended",
        expression="max without (instance) (graphferry_jobs_unfinished)",
        legend="{{status}} {{surface}} {{kind}}",
    ),
    Panel(
        title="Jobs ended, an hour",
        expression="max without (instance) (increase(graphferry_jobs_ended_total[1h]))",
        legend="{{kind}} {{status}} {{code}}",
    ),
    Panel(
        title="Waiting before the first attempt, 9 of 10 jobs",
        expression="histogram_quantile(0.9, max without (instance) "
        "(sum by (instance, kind, le) (rate(graphferry_job_wait_seconds_bucket[30m]))))",
        legend="{{kind}}",
        unit="s",
    ),
    Panel(
        title="Running, 9 of 10 jobs",
        expression="histogram_quantile(0.9, max without (instance) "
        "(sum by (instance, kind, le) (rate(graphferry_job_seconds_bucket[30m]))))",
        legend="{{kind}}",
        unit="s",
    ),
    Panel(
        title="The store's answer to a scrape, 9 of 10",
        expression="histogram_quantile(0.9, sum by (instance, le) (rate(graphferry_store_seconds_bucket[15m])))",
        legend="{{instance}}",
        unit="s",
    ),
    Panel(
        title="Elements a second",
        expression="max without (instance) (rate(graphferry_elements_total[5m]))",
        legend="{{kind}}",
    ),
    Panel(
        title="Attempts given up, an hour",
        expression="max without (instance) (increase(graphferry_attempts_given_up_total[1h]))",
        legend="{{reason}}",
    ),
    Panel(title="Workers", expression="max without (instance) (graphferry_workers)", legend="{{state}}"),
    Panel(
        title="Requests a second",
        expression="sum by (status) (rate(graphferry_requests_total[5m]))",
        legend="{{status}}",
        unit="reqps",
    ),
    Panel(
        title="Seconds of a request, 19 of 20",
        expression="histogram_quantile(0.95, sum by (route, le) (rate(graphferry_request_seconds_bucket[5m])))",
        legend="{{route}}",
        unit="s",
    ),
    Panel(
        title="The archives' volume",
        expression="graphferry_archives_volume_bytes",
        legend="{{instance}} {{part}}",
        unit="bytes",
    ),
    Panel(
        title="Each tenant's archives",
        expression="max without (instance) (graphferry_tenant_archives_bytes)",
        legend="{{tenant}}",
        unit="bytes",
    ),
    Panel(
        title="Uploads to the bucket that are not completed",
        expression="max without (instance) (graphferry_open_multipart_bytes)",
        legend="{{job}}",
        unit="bytes",
    ),
)


def write_dashboard() -> str:
    """Return the file's text."""
    source = {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"}
    dashboard = {
        "title": "Graphferry",
        "uid": "graphferry",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [source]},
        "panels": [_draw(number, panel) for number, panel in enumerate(PANELS)],
    }
    return json.dumps(dashboard, indent=2) + "\n"


def _draw(number: int, panel: Panel) -> Mapping[str, Any]:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [{"refId": "A", "datasource": _SOURCE, "expr": panel.expression, "legendFormat": panel.legend}],
    }
