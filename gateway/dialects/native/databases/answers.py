"""The answers of databases and their applications, and the functions that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from gateway.dialects.native.databases.counts import Counted
from gateway.dialects.native.databases.schema import ApplicationSchema, KeyFacts
from gateway.dialects.native.paging import Part
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.damaged_entries import DamagedEntry


class DatabaseAnswer(TypedDict):
    """A database of the tenant."""

    name: str


class DatabasesAnswer(TypedDict):
    """The tenant's databases, the preferred one first."""

    databases: list[DatabaseAnswer]


class ApplicationAnswer(TypedDict):
    """An application version, as the catalogue has it."""

    name: str
    version: str
    kind: str
    label: str
    service_id: str
    version_id: str
    nodes: NotRequired[int | None]
    """Where counts are asked for; null: not known yet. As for relationships."""
    relationships: NotRequired[int | None]
    counted: NotRequired[Time | None]
    """When the counts were true; null: not known yet."""


class DamagedAnswer(TypedDict):
    """A node that looks like an entry of the catalogue and cannot be one."""

    id: str
    name: str | None
    reason: str


class ApplicationsAnswer(TypedDict):
    """The catalogue of a database."""

    database: str
    applications: list[ApplicationAnswer]
    damaged: list[DamagedAnswer]
    """Empty for those who do not see all applications, and beside all parts but the first."""
    next_cursor: str | None
    """Where the next part begins; null: this is the last."""


class LabelAnswer(TypedDict):
    """Nodes by label."""

    label: str
    count: int


class TypeAnswer(TypedDict):
    """Relationships by type."""

    type: str
    count: int


PatternAnswer = TypedDict("PatternAnswer", {"from": str, "type": str, "to": str, "count": int})
"""Relationships by type, with the labels at both ends."""


class OwnerAnswer(TypedDict):
    """A label, or a relationship type."""

    label: NotRequired[str]
    type: NotRequired[str]


class PropertyKeyAnswer(OwnerAnswer):
    """A property key of a label, or of a relationship type, with the types of its values."""

    key: str
    types: Sequence[str]
    count: int


class SchemaAnswer(TypedDict):
    """What an application's elements look like."""

    name: str
    version: str
    nodes: int
    relationships: int
    sampled: bool
    labels: list[LabelAnswer]
    types: list[TypeAnswer]
    patterns: list[PatternAnswer]
    properties: list[PropertyKeyAnswer]


def view_databases(names: Sequence[str]) -> DatabasesAnswer:
    """Return the tenant's databases."""
    return {"databases": [{"name": name} for name in names]}


def view_applications(
    database: str,
    part: Part[CatalogueEntry],
    damaged: Sequence[DamagedEntry],
    counts: Mapping[str, Counted] | None,
) -> ApplicationsAnswer:
    """Return a part of the catalogue of a database, with what is known of the counts by label."""
    return {
        "database": database,
        "applications": [
            _view_application(each)
            if counts is None
            else {**_view_application(each), **_view_counts(counts.get(each.label))}
            for each in part.items
        ],
        "damaged": [{"id": each.id, "name": each.name, "reason": each.reason} for each in damaged],
        "next_cursor": part.next_cursor,
    }


class _Counts(TypedDict):
    nodes: int | None
    relationships: int | None
    counted: Time | None


def _view_counts(known: Counted | None) -> _Counts:
    if known is None:
        return {"nodes": None, "relationships": None, "counted": None}
    return {"nodes": known.nodes, "relationships": known.relationships, "counted": view_time(known.at)}


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


def _view_key(owner: OwnerAnswer, key: KeyFacts) -> PropertyKeyAnswer:
    return {**owner, "key": key.key, "types": key.types, "count": key.count}
