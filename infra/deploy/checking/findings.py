"""Asks every tool."""

from __future__ import annotations

from collections.abc import Sequence

from infra.deploy.checking.charts import lint_chart, list_examples, render_chart
from infra.deploy.checking.image import lint_image
from infra.deploy.checking.manifests import check_compose, check_manifests
from infra.deploy.checking.units import verify_units
from infra.deploy.compose import COMPOSE
from infra.deploy.facts import CHART
from infra.deploy.image import CONTAINERFILE
from infra.deploy.units import UNITS


def find_all() -> Sequence[str]:
    """List what is wrong. Raises: EngineError where a tool cannot be had, or has failed."""
    examples = list_examples()
    rendered = [manifest for values in examples for manifest in render_chart(CHART, values)]
    return [
        *lint_image(CONTAINERFILE),
        *(finding for values in examples for finding in lint_chart(CHART, values)),
        *check_manifests(rendered),
        *check_compose(COMPOSE),
        *verify_units(UNITS),
    ]
