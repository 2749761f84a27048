"""Summaries: those that earlier versions wrote, and some for tests that care for little of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from shared.jobs.record import Job, JobKind, Status, Surface
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import (
    ApplicationStatus,
    ExportedVersion,
    ImportedVersion,
    JoinedReport,
    ReferencesReport,
    Summary,
    UndoReport,
)
from shared.jobs.summary_json import from_json

_RECORDED = Path(__file__).parents[1] / "data" / "summaries"

DONE = Summary(warnings=("done",))
UNDONE = Summary(undone=UndoReport(nodes_removed=1, relationships_removed=2, nodes_left=0))
NOTHING_CONNECTED = ReferencesReport(connected=0, pending=0, listed=())
NOTHING_JOINED = JoinedReport(joined=0, differing=0, listed=())


def exported(name: str = "MyApp", **changes: Any) -> ExportedVersion:
    fields: dict[str, Any] = {
        "version": "2.1.0",
        "folder": "source",
        "service_id": "service",
        "version_id": "version",
        "nodes": 60,
        "relationships": 59,
        "digest": "0" * 32,
    }
    return ExportedVersion(name=name, **{**fields, **changes})


def imported(name: str = "MyApp", **changes: Any) -> ImportedVersion:
    fields: dict[str, Any] = {
        "source_folder": "source",
        "source_name": "MyApp",
        "source_version": None,
        "source_service_id": "service",
        "source_version_id": "version",
        "kind": "APPLICATION",
        "database": "target",
        "version": None,
        "service_id": "new service",
        "version_id": "new version",
        "status": ApplicationStatus.ADDED,
        "nodes": 1,
        "relationships": 0,
        "digest": "0" * 32,
    }
    return ImportedVersion(name=name, **{**fields, **changes})


def read_recorded(name: str) -> Any:
    """Read JSON that an earlier version wrote, by its path in the folder."""
    return orjson.loads((_RECORDED / f"{name}.json").read_bytes())


def record_of(name: str, kind: JobKind = JobKind.IMPORT) -> Job:
    """Make the record of a closed job that told this."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(
        id="01a2038b-0f42-700b-b8a1-47b5e23c6bdf",
        tenant="acme",
        kind=kind,
        surface=Surface.NATIVE,
        database="left",
        created_by="user",
        request=ImportRequest(database="left", archive_name="out.zip"),
        status=Status.CLOSED,
        attempt=1,
        deadline_seconds=60,
        summary=from_json(read_recorded(f"records/{name}")),
        created=now,
        updated=now,
    )
