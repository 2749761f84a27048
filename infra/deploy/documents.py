"""Every file that is written for deployments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.deploy import chart, compose, image, page, runtime_lock, units, values
from infra.documents.command import Document
from infra.monitoring import dashboard, rules


def list_documents() -> Sequence[Document]:
    """List them."""
    texts: Mapping[Path, Callable[[], str]] = {
        runtime_lock.LOCK: runtime_lock.write_lock,
        image.CONTAINERFILE: image.write_containerfile,
        compose.COMPOSE: compose.write_compose,
        chart.HEADER: chart.write_header,
        chart.FACTS: chart.write_facts,
        chart.RULES: rules.write_rules,
        chart.DASHBOARD: dashboard.write_dashboard,
        values.VALUES: values.write_values,
        values.SCHEMA: values.write_schema,
        page.PAGE: page.write_page,
        **{units.file_of(unit): partial(units.write_unit, unit) for unit in units.COMMANDS},
    }
    return [Document(file=file, write=partial(_encode, write)) for file, write in texts.items()]


def _encode(write: Callable[[], str]) -> bytes:
    return write().encode()
