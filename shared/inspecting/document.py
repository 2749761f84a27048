"""What an inspection found, in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from shared.archive.inspection.report import report_inspection
from shared.archive.zip.archive_kind import ArchiveKind
from shared.catalogue import DEFAULT_VERSION
from shared.graph import SchemaEntry
from shared.inspecting.stored import Conflict, DiskNeed, StoredInspection
from shared.jobs.summaries import Refusal, RefusedNode, TypedValues
from shared.joining.judging import ApplicationJoins


class SourceAnswer(TypedDict):
    """Where an archive comes from."""

    database: str
    engine: str


class ContentAnswer(TypedDict):
    """An application in an archive."""

    name: str
    version: str
    kind: str
    service_id: str
    version_id: str
    folder: str
    entry: str
    digest: str
    nodes: int
    relationships: int
    properties: int
    labels: Mapping[str, int]
    types: Mapping[str, int]
    shared_nodes: int
    external_references: Mapping[str, int]
    others: int
    """More references, to applications that whoever exported it could not see."""
    secured_properties: Mapping[str, int]
    fidelity: Mapping[str, int]
    dialects: list[str]


class RefusedNodeAnswer(TypedDict):
    """A node because of which an import would be refused."""

    application: str
    labels: Sequence[str]
    constraint: str
    key: TypedValues
    reason: Refusal | str
    properties: Sequence[str]
    labels_differ: bool
    nodes: Sequence[int]
    """The numbers of two nodes of the application that have the key; empty where the database has it."""


class JoinsAnswer(TypedDict):
    """What an import would do with an application's nodes whose keys are taken in the database."""

    joined: int
    unmarked: int
    labels: Mapping[str, int]
    refused: int
    listed: list[RefusedNodeAnswer]
    message: str | None


class ConflictAnswer(TypedDict):
    """How an application of an archive stands to what the database holds."""

    name: str
    version: str
    exists: bool
    present_versions: list[str]
    missing_schema: Sequence[SchemaEntry]
    catalogue_content: str | None
    """Why an import would fail with CATALOGUE_CONTENT; null also for those who may not import, as for joins."""
    refusal: str | None
    """Why an import would fail as the database is now: its name or label is not free, or another job works on it."""
    joins: JoinsAnswer | None


class JudgementAnswer(TypedDict):
    """What an import of the archive would find."""

    name: str
    bytes: int
    sha256: str
    kind: ArchiveKind
    format_version: int | None
    tool_version: str | None
    source: SourceAnswer | None
    applications: list[ContentAnswer]
    checks: list[str]
    warnings: list[str]
    database: str | None
    conflicts: list[ConflictAnswer]
    disk: DiskNeed


def view_inspection(name: str, found: StoredInspection) -> Mapping[str, Any]:
    """Return what an archive holds, the checks that it has passed, what an import would meet and take."""
    return {
        **report_inspection(name, found.inspection),
        "database": found.database,
        "conflicts": [_view_conflict(each) for each in found.conflicts],
        "disk": found.disk,
    }


def _view_conflict(conflict: Conflict) -> ConflictAnswer:
    foretold = conflict.foretold
    return {
        "name": conflict.application.name,
        "version": conflict.application.version or DEFAULT_VERSION,
        "exists": bool(conflict.present),
        "present_versions": [each.version or DEFAULT_VERSION for each in conflict.present],
        "missing_schema": conflict.missing_schema,
        "catalogue_content": None if foretold is None else foretold.catalogue_content,
        "refusal": None if foretold is None else foretold.refusal,
        "joins": None if foretold is None else _view_joins(foretold.joins),
    }


def _view_joins(joins: ApplicationJoins) -> JoinsAnswer:
    return {
        "joined": joins.joined,
        "unmarked": joins.unmarked,
        "labels": dict(sorted(joins.labels.items())),
        "refused": joins.refusals.count,
        "listed": [_view_refused(each) for each in joins.refusals.listed],
        "message": joins.message,
    }


def _view_refused(refused: RefusedNode) -> RefusedNodeAnswer:
    return {
        "application": refused.application,
        "labels": refused.labels,
        "constraint": refused.constraint,
        "key": refused.key,
        "reason": refused.reason,
        "properties": refused.properties,
        "labels_differ": refused.labels_differ,
        "nodes": refused.nodes,
    }
