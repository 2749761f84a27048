"""What an import would do, without writing."""

from __future__ import annotations

from dataclasses import replace

from handlers.attempts.context import Context
from handlers.imports.choices import choices_of
from handlers.imports.comparing import Comparing
from handlers.imports.decisions import Decisions
from handlers.imports.summary import make_outcome, summarise
from shared.archive.inspection.inspected_archive import InspectedArchive
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.record import Outcome
from shared.jobs.requests import ImportRequest


async def foresee(archive: InspectedArchive, request: ImportRequest, context: Context) -> Outcome:
    """Say what an import would do, and how it would change what is there."""
    source = context.source(request.database)
    wanted = choices_of(request, archive.inspection.manifest.applications)
    decisions = Decisions(source)
    foreseen = [await decisions.foresee(application, choice) for application, choice in wanted]
    comparing = Comparing(source, context, batch_size=request.batch_size)
    applications = []
    async with ArchiveReader.open(archive.path, context.limits) as reader:
        for each in foreseen:
            entry = each.present if request.compare else None
            difference = None if entry is None else await comparing.compare(reader, each.application, entry)
            applications.append(replace(each.describe(request.database), difference=difference))
    summary = summarise(archive.inspection, request, applications)
    return make_outcome(replace(summary, dry_run=True), context.lease.progress)
