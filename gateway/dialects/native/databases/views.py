"""How databases and their applications are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.catalogue import DEFAULT_VERSION, CatalogueEntry


def view_databases(names: Sequence[str]) -> Mapping[str, Any]:
    """Return the tenant's databases."""
    return {"databases": [{"name": name} for name in names]}


def view_applications(database: str, entries: Sequence[CatalogueEntry]) -> Mapping[str, Any]:
    """Return the catalogue of a database."""
    return {"database": database, "applications": [_view_application(entry) for entry in entries]}


def _view_application(entry: CatalogueEntry) -> Mapping[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        "kind": entry.kind,
        "label": entry.label,
        "service_id": entry.service_id,
        "version_id": entry.version_id,
    }
