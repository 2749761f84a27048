"""What an import reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.imports.decisions import Decision
from shared.archive.inspection.inspection import Inspection
from shared.jobs.record import Outcome, Progress, Status
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import ArchiveFacts, ImportedVersion, Summary


def summarise(
    inspection: Inspection,
    request: ImportRequest,
    applications: Sequence[ImportedVersion],
    decisions: Sequence[Decision],
) -> Summary:
    """Say what the import does; the journal keeps it too, so that any attempt can report it."""
    warnings = [*inspection.warnings, *(warning for each in decisions for warning in each.identity.warnings)]
    return Summary(
        applications=tuple(applications),
        archive=ArchiveFacts(name=request.archive_name, bytes=inspection.size, sha256=inspection.sha256),
        warnings=tuple(warnings),
    )


def make_outcome(summary: Summary, progress: Progress) -> Outcome:
    """Make the outcome of a closed import; its record has the archive beside the summary."""
    rest = replace(summary, archive=None)
    return Outcome(status=Status.CLOSED, archive=summary.archive, summary=rest, progress=progress)
