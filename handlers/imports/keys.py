"""Looks, before anything is written, which nodes of an import have keys that are taken, and what is too long."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.attempts.context import Context
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.requests import CopyRequest, ImportRequest
from shared.joining.judging import Joins, Wishes, judge_keys
from shared.ports.import_plans import PlannedApplication


async def find_joins(
    reader: ArchiveReader,
    chosen: Sequence[ApplicationManifest],
    planned: Sequence[PlannedApplication],
    request: ImportRequest,
    context: Context,
) -> Joins:
    """Compare what has the key of a node of the database with that. Raises: as the ports and advance."""
    job = context.job
    wishes = Wishes(
        join_labels=request.join_labels,
        joins_equal=not (isinstance(job.request, CopyRequest) and job.request.stays_inside),
        batch_size=request.batch_size,
    )
    lookup = await context.target(request.database).look_up_keys(job.id, planned)
    return await judge_keys(
        reader, chosen, planned, lookup, wishes, after_batch=lambda: context.advance(context.lease.progress)
    )
