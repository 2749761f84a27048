"""Refuses content that would be taken for catalogue entries, or for content of other applications."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.attempts.context import Context
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.jobs.requests import ImportRequest
from shared.joining.catalogue_content import require_plain_content, scopes_of
from shared.ports.import_plans import PlannedApplication


async def require_plain_contents(
    reader: ArchiveReader,
    chosen: Sequence[ApplicationManifest],
    planned: Sequence[PlannedApplication],
    request: ImportRequest,
    context: Context,
) -> None:
    """Refuse what readers of the target would take for something else. Raises: CatalogueContentError; as the ports."""
    scopes = scopes_of(await context.source(request.database).list_applications(), planned)
    for application in chosen:
        await require_plain_content(
            reader,
            application,
            scopes,
            batch_size=request.batch_size,
            after_batch=lambda: context.advance(context.lease.progress),
        )
