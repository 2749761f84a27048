"""Lets Helm look at the chart, and render it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from infra.deploy.checking.tools import fetch_tools
from infra.deploy.facts import CHART, CHECKOUT
from infra.engines.process import EngineError

_ICON: Final = "icon is recommended"
"""We have none."""

Manifest = Mapping[str, Any]


def list_examples() -> Sequence[Mapping[str, Any]]:
    """List values of the chart that a check renders."""
    return [yaml.safe_load(file.read_text()) for file in sorted((CHART / "ci").iterdir())]


def lint_chart(chart: Path, values: Mapping[str, Any]) -> Sequence[str]:
    """List what Helm's own lint finds. Raises: EngineError."""
    return [
        f"{chart.name}/{each['path']}: {each['error']}"
        for each in _ask(chart, values)["messages"]
        if each["error"] != _ICON
    ]


def render_chart(chart: Path, values: Mapping[str, Any]) -> Sequence[Manifest]:
    """Return the manifests of an installation. Raises: EngineError with Helm's message where it refuses the values."""
    answer = _ask(chart, values)
    if answer["refusal"]:
        raise EngineError(answer["refusal"])
    texts = [text for name, text in sorted(answer["rendered"].items()) if name.endswith(".yaml")]
    return [manifest for text in texts for manifest in yaml.safe_load_all(text) if manifest is not None]


def _ask(chart: Path, values: Mapping[str, Any]) -> Any:
    path = os.pathsep.join(map(str, (fetch_tools(), CHECKOUT)))
    done = subprocess.run(
        [sys.executable, "-m", "infra.deploy.checking.rendering", chart],
        input=json.dumps(values),
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EngineError(f"Helm has failed:\n{done.stderr}")
    return json.loads(done.stdout)
