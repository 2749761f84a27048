"""What an import reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from handlers.imports.decisions import Decision
from shared.archive.inspection.preflight import Inspection
from shared.jobs.record import ArchiveFacts, Outcome, Progress, Status
from shared.jobs.requests import ImportRequest


def summarise(inspection: Inspection, request: ImportRequest, decisions: Sequence[Decision]) -> Mapping[str, Any]:
    """Say what the import does: JSON, kept in the journal too, so that any attempt can report it."""
    archive = ArchiveFacts(name=request.archive_name, bytes=inspection.size, sha256=inspection.sha256)
    return {
        "applications": [each.to_summary(request.database) for each in decisions],
        "archive": asdict(archive),
        "warnings": list(inspection.warnings),
    }


def close_import(summary: Mapping[str, Any], progress: Progress) -> Outcome:
    """Close the job with what its summary says."""
    rest = dict(summary)
    archive = ArchiveFacts(**rest.pop("archive"))
    return Outcome(status=Status.CLOSED, archive=archive, summary=rest, progress=progress)
