"""Writes what the chart has from elsewhere: facts for its templates, alerts, the dashboard."""

from __future__ import annotations

import json
from typing import Final

from infra.deploy import facts
from infra.deploy.facts import CHART, HEAD, VERSION

HEADER: Final = CHART / "Chart.yaml"
FACTS: Final = CHART / "templates" / "_facts.tpl"
RULES: Final = CHART / "files" / "rules.yml"
DASHBOARD: Final = CHART / "files" / "dashboard.json"

OLDEST_KUBERNETES: Final = "1.25"

_FACTS: Final = {
    "data": facts.DATA,
    "files": facts.FILES,
    "graceSeconds": facts.GRACE_SECONDS,
    "metricsPort": facts.METRICS_PORT,
    "port": facts.PORT,
    "scratch": facts.SCRATCH,
    "user": facts.USER,
    "workerMetricsPort": facts.WORKER_METRICS_PORT,
}


def write_header() -> str:
    """Return the text of Chart.yaml."""
    return f"""\
{HEAD}apiVersion: v2
name: graphferry
description: Moves applications between Neo4j databases.
type: application
version: {VERSION}
appVersion: {json.dumps(VERSION)}
kubeVersion: ">={OLDEST_KUBERNETES}.0-0"
"""


def write_facts() -> str:
    """Return the text of the templates' facts."""
    lines = (f'{{{{- define "graphferry.{name}" }}}}{fact}{{{{ end -}}}}\n' for name, fact in _FACTS.items())
    return f"{{{{- /* {HEAD.removeprefix('# ').strip()} */ -}}}}\n{''.join(lines)}"
