"""Refuses content that would be taken for catalogue entries, or for content of other applications."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.attempts.context import Context
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import CATALOGUE_LABEL
from shared.errors import CatalogueContentError
from shared.jobs.requests import ImportRequest
from shared.joining.placed import Placed, place
from shared.ports.import_plans import PlannedApplication

_WAYS_OUT = (
    "Nothing was written. Choose another name with import_as, another label with rename_labels, or change the data."
)


async def require_plain_content(
    reader: ArchiveReader,
    chosen: Sequence[ApplicationManifest],
    planned: Sequence[PlannedApplication],
    request: ImportRequest,
    context: Context,
) -> None:
    """Refuse what readers of the target would take for something else. Raises: CatalogueContentError; as the ports."""
    entries = await context.source(request.database).list_applications()
    scopes = {each.label: each.name for each in entries} | {each.label: each.name for each in planned}
    for application in chosen:
        for label in application.labels:
            if (owner := scopes.get(label)) is not None:
                raise CatalogueContentError(
                    f"{application.labels[label]} nodes of {application.name!r} carry the label {label!r}, by which "
                    f"the database finds application {owner!r}. {_WAYS_OUT}"
                )
    for placed in place(chosen):
        if CATALOGUE_LABEL in placed.application.labels:
            await _require_no_entries(reader, placed, request.batch_size, context)


async def _require_no_entries(reader: ArchiveReader, placed: Placed, batch_size: int, context: Context) -> None:
    async for rows in reader.read_nodes(placed.application, batch_size=batch_size):
        for ordinal, labels, properties in rows:
            if CATALOGUE_LABEL in labels and "Name" in properties:
                raise CatalogueContentError(
                    f"Node {ordinal} of {placed.application.name!r} has the label {CATALOGUE_LABEL} and a Name, as "
                    f"only entries of the catalogue have. {_WAYS_OUT}"
                )
        await context.advance(context.lease.progress)
