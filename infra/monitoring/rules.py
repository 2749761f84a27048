"""Writes the alerts as Prometheus reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.monitoring.alerts import ALERTS, Alert

RULES: Final = Path(__file__).parent / "rules.yml"

_HEAD: Final = """\
# Written by `python3 -m infra documents` from infra/monitoring/alerts.py.
# Scrape gateways as the job "graphferry-gateway".
groups:
  - name: graphferry
    rules:
"""


def write_rules() -> str:
    """Return the file's text."""
    return _HEAD + "".join(map("".join, map(_write, ALERTS)))


def _write(alert: Alert) -> Iterator[str]:
    yield f"      - alert: {alert.name}\n"
    yield f"        expr: {json.dumps(alert.expression)}\n"
    if alert.minutes:
        yield f"        for: {alert.minutes}m\n"
    yield f"        labels: {{severity: {alert.severity}}}\n"
    yield "        annotations:\n"
    yield f"          summary: {json.dumps(alert.summary)}\n"
    yield f"          action: {json.dumps(alert.action)}\n"
