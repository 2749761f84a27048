"""How databases and their applications are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gateway.application_schema import ApplicationSchema, KeyFacts
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.graph import GraphCounts


def view_databases(names: Sequence[str]) -> Mapping[str, Any]:
    """Return the tenant's databases."""
    return {"databases": [{"name": name} for name in names]}


def view_applications(
    database: str, entries: Sequence[CatalogueEntry], counts: Sequence[GraphCounts] | None
) -> Mapping[str, Any]:
    """Return the catalogue of a database."""
    applications = [_view_application(entry) for entry in entries]
    if counts is not None:
        applications = [{**each, **asdict(counted)} for each, counted in zip(applications, counts, strict=True)]
    return {"database": database, "applications": applications}


def _view_application(entry: CatalogueEntry) -> Mapping[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        "kind": entry.kind,
        "label": entry.label,
        "service_id": entry.service_id,
        "version_id": entry.version_id,
    }


def view_schema(entry: CatalogueEntry, schema: ApplicationSchema) -> Mapping[str, Any]:
    """Return what an application's elements look like."""
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        **asdict(schema.counts),
        "sampled": schema.sampled,
        "labels": [{"label": label, "count": count} for label, count in schema.labels.items()],
        "types": [{"type": name, "count": count} for name, count in schema.types.items()],
        "patterns": [
            {"from": start, "type": name, "to": end, "count": count}
            for (start, name, end), count in schema.patterns.items()
        ],
        "properties": [
            *({"label": each.owner, **_view_key(each)} for each in schema.label_keys),
            *({"type": each.owner, **_view_key(each)} for each in schema.type_keys),
        ],
    }


def _view_key(key: KeyFacts) -> Mapping[str, Any]:
    return {"key": key.key, "types": key.types, "count": key.count}
