"""What an import would do, without writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.attempts.context import Context
from handlers.imports.choices import choices_of
from handlers.imports.comparing import Comparing
from handlers.imports.content import require_plain_contents
from handlers.imports.decisions import Decision, Decisions
from handlers.imports.keys import find_joins
from handlers.imports.summary import make_outcome, summarise
from handlers.journalled import begin_journalled
from shared.archive.inspection.inspected_archive import InspectedArchive
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.record import Outcome
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import JoinForecast


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
        joins = await _foresee_joins(reader, foreseen, request, context)
    summary = summarise(archive.inspection, request, applications, foreseen)
    return make_outcome(replace(summary, joins=joins, dry_run=True), context.lease.progress)


async def _foresee_joins(
    reader: ArchiveReader, decisions: Sequence[Decision], request: ImportRequest, context: Context
) -> JoinForecast | None:
    """Say what would be joined, or refused, of the applications that would be written; None: nothing.

    Raises: CatalogueContentError, InvalidDataError; what GraphTarget.begin raises for names and labels.
    """
    pairs = [(each.application, each.planned) for each in decisions if each.planned is not None]
    if not pairs:
        return None
    chosen, planned = [one for one, _ in pairs], [one for _, one in pairs]
    await require_plain_contents(reader, chosen, planned, request, context)
    target = context.target(request.database)
    await begin_journalled(target, lambda: target.require_beginning(context.job.id, planned), context)
    joins = await find_joins(reader, chosen, planned, request, context)
    joins.require_fitting()
    forecast = joins.forecast
    return forecast if forecast.joined or forecast.refused else None
