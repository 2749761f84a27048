"""How databases and their applications are shown."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.databases.answers import (
    ApplicationAnswer,
    ApplicationsAnswer,
    DatabasesAnswer,
    KeyAnswer,
    OwnerAnswer,
    SchemaAnswer,
)
from gateway.dialects.native.databases.schema import ApplicationSchema, KeyFacts
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.graph import GraphCounts


def view_databases(names: Sequence[str]) -> DatabasesAnswer:
    """Return the tenant's databases."""
    return {"databases": [{"name": name} for name in names]}


def view_applications(
    database: str, entries: Sequence[CatalogueEntry], counts: Sequence[GraphCounts] | None
) -> ApplicationsAnswer:
    """Return the catalogue of a database."""
    applications = [_view_application(entry) for entry in entries]
    if counts is not None:
        for each, counted in zip(applications, counts, strict=True):
            each |= {"nodes": counted.nodes, "relationships": counted.relationships}
    return {"database": database, "applications": applications}


def _view_application(entry: CatalogueEntry) -> ApplicationAnswer:
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        "kind": entry.kind,
        "label": entry.label,
        "service_id": entry.service_id,
        "version_id": entry.version_id,
    }


def view_schema(entry: CatalogueEntry, schema: ApplicationSchema) -> SchemaAnswer:
    """Return what an application's elements look like."""
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        "nodes": schema.counts.nodes,
        "relationships": schema.counts.relationships,
        "sampled": schema.sampled,
        "labels": [{"label": label, "count": count} for label, count in schema.labels.items()],
        "types": [{"type": name, "count": count} for name, count in schema.types.items()],
        "patterns": [
            {"from": start, "type": name, "to": end, "count": count}
            for (start, name, end), count in schema.patterns.items()
        ],
        "properties": [
            *(_view_key({"label": each.owner}, each) for each in schema.label_keys),
            *(_view_key({"type": each.owner}, each) for each in schema.type_keys),
        ],
    }


def _view_key(owner: OwnerAnswer, key: KeyFacts) -> KeyAnswer:
    return {**owner, "key": key.key, "types": key.types, "count": key.count}
